"""A rule's occurrences. Pure: no clock, no rows.

The rule counts in local times without an offset; `posts/local_time.py` makes moments of
them. Both are kept: the local time is what the rule says, the moment when it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim
from dateutil.rrule import rrulestr

from social_media.posts.local_time import SECOND, moment_of

#: A rule that is silent for so long has ended: nothing is searched for ever.
SILENCE = timedelta(days=3650)
#: Years in which rules fire: there the calendar repeats every 28 years.
FIRST_YEAR, LAST_YEAR = 1970, 2089
_CYCLE = 28


@dataclass(frozen=True, slots=True)
class Rule:
    """What comes again, checked by `parse.py`.

    One of `rrule` (RFC 5545, without COUNT and UNTIL) and `cron` (five fields) is set.
    `starts_at` is local, to the second. `until` is aware and included. `count` counts
    `excluded` ones too, which are local times and whole days as ISO 8601 has them.
    """

    zone: ZoneInfo
    starts_at: datetime
    rrule: str = ""
    cron: str = ""
    until: datetime | None = None
    count: int | None = None
    excluded: frozenset[str] = frozenset()

    def excludes(self, local: datetime) -> bool:
        """Whether nothing is to be made for this local time."""
        return not self.excluded.isdisjoint(
            (local.isoformat(), local.date().isoformat())
        )


@dataclass(frozen=True, slots=True)
class Occurring:
    """One occurrence: its number from 1, when it is (UTC), the rule's local time."""

    number: int
    at: datetime
    local: datetime

    def moved(self, zone: ZoneInfo) -> bool:
        """Clocks don't show `local` on that day: it comes as soon as they are past."""
        shown = self.at.astimezone(zone).replace(tzinfo=None)
        return shown.replace(fold=0) != self.local


def occurrences(rule: Rule, *, after: Occurring | None = None) -> Iterator[Occurring]:
    """In order, excluded ones left out; all of them, or those that follow `after`.

    `after` is an occurrence of this very rule, excluded or not: nothing before it is
    looked at, for a rule that starts at one of its occurrences has the same rest.
    """
    for one in every(rule, after=after):
        if not rule.excludes(one.local):
            yield one


def every(rule: Rule, *, after: Occurring | None = None) -> Iterator[Occurring]:
    """The same with excluded ones. Two local times of one moment are one."""
    number, last = (after.number, after.at) if after else (0, None)
    for local in _locals(rule, after.local if after else None):
        at = moment_of(local, rule.zone)
        if last is not None and at <= last:
            continue
        number, last = number + 1, at
        if _is_over(rule, number, at):
            return
        yield Occurring(number, at, local)


def _is_over(rule: Rule, number: int, at: datetime) -> bool:
    if rule.count is not None and number > rule.count:
        return True
    return rule.until is not None and at > rule.until


def _locals(rule: Rule, after: datetime | None) -> Iterator[datetime]:
    """The local times of a rule from its start, or those later than `after`."""
    begin, last = after or rule.starts_at, after
    while True:
        found = last
        for local in _stretch(rule, begin):
            if local.year > LAST_YEAR:
                return
            if last is None or local > last:
                yield local
                last = local
        if last == found or last is None:
            return
        begin = last


def _stretch(rule: Rule, begin: datetime) -> Iterator[datetime]:
    """The local times from `begin` until nothing is worth waiting for."""
    if rule.rrule:
        yield from _by_rrule(rule.rrule, begin)
        return
    for local in CronSim(rule.cron, begin - SECOND):
        if local > begin + SILENCE:
            return
        yield local


def _by_rrule(rrule: str, begin: datetime) -> Iterator[datetime]:
    """As dateutil has it, but what never comes is given up after 10 to 37 years.

    dateutil searches until the year 9999, whatever UNTIL says. So it is asked in a
    year of the same calendar that is nearly there: 9962 to 9989 are like 1962 to 1989.
    """
    shift = 8000 + (1989 - begin.year) // _CYCLE * _CYCLE
    late = begin.replace(year=begin.year + shift)
    for local in rrulestr(rrule, dtstart=late):
        if local > late + SILENCE:
            return
        yield local.replace(year=local.year - shift)
