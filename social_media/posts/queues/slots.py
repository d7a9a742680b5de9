"""Weekly slots: what a person writes, and the moments that follow. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from social_media.platforms.base import Problem
from social_media.posts.local_time import local_of, moment_of
from social_media.posts.validate import FARTHEST

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
#: One every quarter of an hour.
MOST_A_DAY = 96

Slots = Mapping[str, Sequence[str]]

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DAY = timedelta(days=1)


def slot_problems(given: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with weekly slots, by path."""
    found: list[Problem] = []
    for weekday, times in given.items():
        found += _day_problems(str(weekday), times)
    if not found and not any(given.values()):
        words = "Give at least one slot: without any, nothing would ever go out."
        return [Problem("required", "slots", words)]
    return found


def in_order(given: Slots) -> dict[str, list[str]]:
    """Slots without problems as they are kept: days and times in order."""
    return {day: sorted(given[day]) for day in WEEKDAYS if given.get(day)}


def slots_after(slots: Slots, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The moments (UTC) of `slots` after `after` (aware), ascending, each once.

    Ends ten years later. A slot that doesn't exist on its day moves to the first time
    that does; two that fall together so are one.
    """
    last, end = after, after + FARTHEST
    # Where a whole day is left out, a slot of the day before yesterday is still ahead.
    day = local_of(after, zone).date() - 2 * _DAY
    week = [[time.fromisoformat(at) for at in slots.get(name, ())] for name in WEEKDAYS]
    while True:
        for moment in _moments(day, week[day.weekday()], zone):
            if moment > end:
                return
            if moment > last:
                yield moment
                last = moment
        day += _DAY
        if datetime.combine(day, time(), UTC) - end > 2 * _DAY:
            return


def _moments(day: date, times: Sequence[time], zone: ZoneInfo) -> Iterator[datetime]:
    for at in times:
        yield moment_of(datetime.combine(day, at), zone)


def _day_problems(weekday: str, times: object) -> list[Problem]:
    path = f"slots.{weekday}"
    if weekday not in WEEKDAYS:
        words = f"'{weekday}' is no weekday. Use {', '.join(WEEKDAYS)}."
        return [Problem("unknown_weekday", path, words)]
    if not isinstance(times, list):
        words = 'This must be a list of times: ["09:00", "15:00"].'
        return [Problem("not_a_list", path, words)]
    if len(times) > MOST_A_DAY:
        words = f"A day takes up to {MOST_A_DAY} slots; these are {len(times)}."
        return [Problem("too_many", path, words)]
    return list(_time_problems(path, times))


def _time_problems(path: str, times: Sequence[object]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, at in enumerate(times):
        if not isinstance(at, str) or not _TIME.fullmatch(at):
            shown = str(at)[:20]
            words = f"'{shown}' is not a time of day. Write it like 09:00, up to 23:59."
            yield Problem("invalid", f"{path}.{place}", words)
        elif at in seen:
            words = f"{at} is in the list twice."
            yield Problem("duplicate", f"{path}.{place}", words)
        else:
            seen.add(at)
