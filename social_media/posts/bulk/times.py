"""Times as people write them into tables."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from accounts.zones import validate_zone
from social_media.posts.local_time import local_of, moment_of

WANTED = "2026-05-01T09:30:00+02:00, or 2026-05-01T09:30 with a timezone"
_FORM = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<offset>Z|[+-]\d\d:\d\d)?"
)


class WrongTime(Exception):
    """`code` and words; `column` says whose fault it is."""

    def __init__(self, code: str, message: str, column: str = "scheduled_time") -> None:
        super().__init__(message)
        self.code, self.message, self.column = code, message, column


@lru_cache(maxsize=1000)
def zone_of(name: str) -> ZoneInfo:
    """Raises WrongTime for what is no zone."""
    try:
        validate_zone(name)
    except ValidationError as error:
        raise WrongTime("unknown_zone", error.messages[0], "timezone") from None
    return ZoneInfo(name)


def moment_in(text: str, zone: ZoneInfo | None) -> datetime:
    """The moment (UTC) that `text` names; without an offset in `zone`.

    Raises WrongTime.
    """
    time, has_offset = _read(text)
    if has_offset:
        return _moved(time)
    if zone is None:
        words = f"Nobody knows which moment {text} is: write it like {WANTED}."
        raise WrongTime("naive", words)
    try:
        return moment_of(time, zone)
    except OverflowError:
        raise _out_of_range() from None


def local_in(text: str, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show then, naive; without an offset as it is written.

    Raises WrongTime.
    """
    time, has_offset = _read(text)
    return local_of(_moved(time), zone) if has_offset else time


def _read(text: str) -> tuple[datetime, bool]:
    found = _FORM.fullmatch(text)
    if found is None:
        words = (
            f"“{text[:40]}” is not a time that has one meaning. Write it like {WANTED}."
        )
        raise WrongTime("invalid", words)
    try:
        return datetime.fromisoformat(text), found["offset"] is not None
    except ValueError:
        words = f"“{text[:40]}” is not in the calendar, or no time of the day."
        raise WrongTime("invalid", words) from None


def _moved(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise _out_of_range() from None


def _out_of_range() -> WrongTime:
    return WrongTime("overflow", "This time is out of range.")
