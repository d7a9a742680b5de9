"""Whether a text shows anything at all."""

from __future__ import annotations

import regex

#: Controls, unassigned, white space, marks with nothing to stand on, and letters
#: without a shape: Hangul's fillers (ignorable by default), the empty Braille cell.
_UNSEEN = regex.compile(r"[\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*")


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: networks refuse it or show a gap."""
    return _UNSEEN.fullmatch(text) is not None
