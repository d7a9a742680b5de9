"""What a stranger's server says, made fit to be stored and shown."""

from __future__ import annotations

from unicodedata import category

#: Controls (NUL too) and lone surrogates.
_DROPPED = {"Cc", "Cs"}
_LONGEST = 255
_LONGEST_URL = 1000


def identifier(value: object) -> str:
    """`value` as an id, "" if it can't be one. Servers use numbers and texts."""
    text = str(value) if isinstance(value, int | str) else ""
    return text if text.isprintable() and len(text) <= _LONGEST else ""


def printable(value: object, *, longest: int = _LONGEST) -> str:
    """`value` in one line without control characters, "" if it isn't a text."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value.split())[:longest]
    # Joiners stay (they are not "printable" to Python): emoji are made with them.
    return "".join(char for char in line if category(char) not in _DROPPED)


def link(value: object) -> str:
    """`value` if it is a web address that may be shown as a link, else ""."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        return ""
    return value if value.isprintable() and len(value) <= _LONGEST_URL else ""
