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

from social_media.posts.local_time import SECOND, local_of, moment_of

#: A rule that is silent for so long has ended: nothing is searched for ever.
SILENCE = timedelta(days=3650)
#: Years in which rules fire: there the calendar repeats every 28 years.
FIRST_YEAR, LAST_YEAR = 1970, 2089
_CYCLE = 28
#: As RFC 5545 writes them, as Python counts them.
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


#: When it is (UTC), and the local time that means it.
_Moment = tuple[datetime, datetime]


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
        return local_of(self.at, zone) != self.local


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
    begin = after.number + 1 if after else 1
    for number, (at, local) in enumerate(_moments(rule, after), start=begin):
        if _is_over(rule, number, at):
            return
        yield Occurring(number, at, local)


def _moments(rule: Rule, after: Occurring | None) -> Iterator[_Moment]:
    """Each moment once, with the first local time of it that isn't excluded, if any."""
    last = after.at if after else None
    # Excluded, and moved by clocks: another local time may fall on its moment.
    held: _Moment | None = None
    for local in _locals(rule, after.local if after else None):
        at = moment_of(local, rule.zone)
        if held is not None and at > held[0]:
            yield held
            last, held = held[0], None
        if last is not None and at <= last:
            continue
        if rule.excludes(local) and local_of(at, rule.zone) != local:
            held = held or (at, local)
            continue
        last, held = at, None
        yield at, local
    if held is not None:
        yield held


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
    text, start = _from_whole_week(rrule, late)
    for local in rrulestr(text, dtstart=start):
        if local > late + SILENCE:
            return
        if local >= late:
            yield local.replace(year=local.year - shift)


def _from_whole_week(rrule: str, begin: datetime) -> tuple[str, datetime]:
    """The rule and the start that make dateutil choose BYSETPOS among whole weeks.

    Of the first week it sees nothing before the day on which it is told to start.
    """
    parts = dict(part.split("=") for part in rrule.split(";"))
    if parts["FREQ"] != "WEEKLY" or "BYSETPOS" not in parts:
        return rrule, begin
    if "BYDAY" not in parts:
        rrule += f";BYDAY={WEEKDAYS[begin.weekday()]}"
    first = WEEKDAYS.index(parts.get("WKST", "MO"))
    return rrule, begin - timedelta(days=(begin.weekday() - first) % 7)
