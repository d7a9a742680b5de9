"""Cells that a spreadsheet would run as a formula, made harmless and back again."""

from __future__ import annotations

import re

# After spaces too, which some programs drop; and as East Asian keyboards write them.
_FORMULA = r"(?:[\t\r]|[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
_RUNS = re.compile(f"'*{_FORMULA}")
_GUARDED = re.compile(f"'+{_FORMULA}")


def guarded(cell: str) -> str:
    """`cell` as a spreadsheet shows it and doesn't run it. `unguarded` undoes it.

    One quote goes in front of what has some already, too: else nobody could tell
    whose they are.
    """
    return f"'{cell}" if _RUNS.match(cell) else cell


def unguarded(cell: str) -> str:
    """What was in the cell before it was guarded."""
    return cell[1:] if _GUARDED.match(cell) else cell
