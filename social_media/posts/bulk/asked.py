"""One row's values, each of the type that it should have."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from social_media.enums import LatePolicy
from social_media.models.label import MAX_LABEL, is_one_line
from social_media.posts.bulk.columns import OWN, OWN_CONTENT
from social_media.posts.bulk.reading import Row
from social_media.posts.limits import (
    MAX_ALT,
    MAX_FILES,
    MAX_LABELS,
    MAX_LATE_MINUTES,
    MAX_PARTS,
    MAX_TARGETS,
    MAX_TEXT,
)
from social_media.posts.recurrence.parse import MAX_EXCLUDED

T = TypeVar("T")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAX_NAME = 500
_OF_TARGET = (
    "account",
    "content",
    "thread",
    "media",
    "thread_media",
    "first_comment",
    "options",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A file by id, or where it is to be fetched from. `alt_text` None: its own."""

    file_id: uuid.UUID | None
    url: str
    alt_text: str | None


@dataclass(slots=True)
class AskedTarget:
    """What differs on one account; keys that are missing are as the row has them."""

    account: str
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Asked:
    """A row, checked for types and sizes and for nothing else."""

    content: str = ""
    own: dict[str, str] = field(default_factory=dict)
    accounts: list[str] = field(default_factory=list)
    scheduled_time: str = ""
    timezone: str = ""
    queue: str = ""
    recurrence: str = ""
    recurrence_excluded: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    thread: list[str] = field(default_factory=list)
    media: list[Shown] = field(default_factory=list)
    thread_media: list[list[Shown]] = field(default_factory=list)
    first_comment: str = ""
    late_policy: str = ""
    late_minutes: int | None = None
    targets: list[AskedTarget] = field(default_factory=list)


class _Wrong(Exception):
    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.path = code, message, path


def asked_of(row: Row) -> Asked:
    """`row`'s values; what is wrong is added to its faults and left out."""
    asked = Asked()
    for name, value in row.document.items():
        if value is None:
            continue
        try:
            if name in OWN_CONTENT:
                if text := _text(value):
                    asked.own[name.removeprefix(OWN)] = text
            else:
                setattr(asked, name, _READ[name](value))
        except _Wrong as wrong:
            path = f"{name}.{wrong.path}" if wrong.path else name
            row.fault(path, wrong.code, wrong.message)
    return asked


def _text(value: Any, most: int = MAX_TEXT) -> str:
    if not isinstance(value, str):
        raise _Wrong("invalid", 'This must be a text in quotes: "...".')
    if len(value) > most:
        words = f"This has {len(value)} characters; {most} are the most."
        raise _Wrong("too_long", words)
    if not value.isascii() or "\x00" in value:
        _require_storable(value)
    return value


def _require_storable(text: str) -> None:
    if _UNSTORABLE.search(text):
        words = (
            "This text has a character that can't be stored: NUL or half a surrogate."
        )
        raise _Wrong("unstorable_text", words)


def _name(value: Any) -> str:
    return _text(value, _MAX_NAME).strip()


def _items(value: Any, most: int, read: Callable[[Any], T]) -> list[T]:
    if not isinstance(value, list):
        raise _Wrong("invalid", "This must be a list: [ ... ].")
    if len(value) > most:
        raise _Wrong("too_many", f"{len(value)} are too many: {most} are the most.")
    found = []
    for place, one in enumerate(value):
        try:
            found.append(read(one))
        except _Wrong as wrong:
            path = f"{place}.{wrong.path}" if wrong.path else str(place)
            raise _Wrong(wrong.code, wrong.message, path) from None
    return found


def _label(value: Any) -> str:
    name = _name(value)
    if not 0 < len(name) <= MAX_LABEL:
        raise _Wrong("too_long", f"A label has 1 to {MAX_LABEL} characters.")
    if not is_one_line(name):
        raise _Wrong("lines", "A label stands on one line.")
    return name


def _texts(value: Any) -> list[str]:
    return _items(value, MAX_PARTS, _text)


def _names(value: Any, most: int) -> list[str]:
    return [name for name in _items(value, most, _name) if name]


def _shown(value: Any) -> Shown:
    keys = set(value) if isinstance(value, dict) else set()
    if keys - {"alt_text"} not in ({"file"}, {"url"}):
        words = 'Write {"file": "..."} or {"url": "..."}, and maybe "alt_text".'
        raise _Wrong("invalid", words)
    alt = value.get("alt_text")
    if alt is not None:
        alt = _at("alt_text", lambda: _text(alt, MAX_ALT))
    if "url" in keys:
        return Shown(None, _at("url", lambda: _text(value["url"], 2000).strip()), alt)
    return Shown(_at("file", lambda: _id(value["file"])), "", alt)


def _at(path: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except _Wrong as wrong:
        raise _Wrong(wrong.code, wrong.message, path) from None


def _id(value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(_text(value, 100).strip())
    except ValueError:
        words = "Write the id of a file of this workspace, or its address: https://..."
        raise _Wrong("invalid", words) from None


def _media(value: Any) -> list[Shown]:
    return _items(value, MAX_FILES, _shown)


def _thread_media(value: Any) -> list[list[Shown]]:
    found = _items(value, MAX_PARTS, _media)
    while found and not found[-1]:
        found.pop()
    return found


def _late_policy(value: Any) -> str:
    name = _name(value)
    if name and name not in LatePolicy.values:
        choices = ", ".join(LatePolicy.values)
        raise _Wrong("invalid", f"Write one of these, or nothing: {choices}.")
    return name


def _late_minutes(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or not 0 <= value <= MAX_LATE_MINUTES:
        words = f"Write a whole number of minutes from 0 to {MAX_LATE_MINUTES}."
        raise _Wrong("invalid", words)
    return int(value)


def _target(value: Any) -> AskedTarget:
    if not isinstance(value, dict) or "account" not in value:
        raise _Wrong("invalid", 'Write objects: {"account": "...", ...}.')
    for name in value:
        if name not in _OF_TARGET:
            raise _Wrong("unknown_field", "There is no such field.", name[:60])
    target = AskedTarget(_at("account", lambda: _name(value["account"])))
    for name, one in value.items():
        if name != "account":
            target.given[name] = _at(name, lambda n=name, o=one: _own(n, o))  # type: ignore[misc]
    return target


def _own(name: str, value: Any) -> Any:
    if value is None and name in {"content", "media", "first_comment"}:
        return None
    return _OWN[name](value)


def _options(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong("invalid", "This must be an object with names and values.")
    pending: list[Any] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            _require_storable(one)
        elif isinstance(one, dict):
            pending += [*one, *one.values()]
        elif isinstance(one, list):
            pending += one
    return value


_OWN: dict[str, Callable[[Any], Any]] = {
    "content": _text,
    "thread": _texts,
    "media": _media,
    "thread_media": _thread_media,
    "first_comment": _text,
    "options": _options,
}
_READ: dict[str, Callable[[Any], Any]] = {
    "content": _text,
    "accounts": lambda value: _names(value, MAX_TARGETS),
    "scheduled_time": _name,
    "timezone": _name,
    "queue": _name,
    "recurrence": lambda value: _text(value, 2000).strip(),
    "recurrence_excluded": lambda value: _names(value, MAX_EXCLUDED),
    "labels": lambda value: _items(value, MAX_LABELS, _label),
    "thread": _texts,
    "media": _media,
    "thread_media": _thread_media,
    "first_comment": _text,
    "late_policy": _late_policy,
    "late_minutes": _late_minutes,
    "targets": lambda value: _items(value, MAX_TARGETS, _target),
}
