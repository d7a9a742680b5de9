"""Where a rule stands: what has passed, what comes next, which one is meant."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from social_media.models import RecurringSchedule
from social_media.platforms.base import Problem
from social_media.posts.errors import InvalidDraft
from social_media.posts.recurrence.read import passed_of, rule_of
from social_media.posts.recurrence.rules import Occurring, Rule, every
from social_media.posts.validate import FARTHEST

#: A new rule that had more than this before it was written began in the wrong year.
MAX_PASSED = 20_000
#: Nobody means an occurrence farther away than this.
_GONE_THROUGH = 100_000


@dataclass(frozen=True, slots=True)
class Position:
    """The last occurrence before now, if any, and the next that isn't excluded."""

    passed: Occurring | None
    next: Occurring


def position_of(
    rule: Rule, now: datetime, *, stored: RecurringSchedule | None = None
) -> Position:
    """Where `rule` stands at `now`. Raises InvalidDraft when nothing lies ahead.

    It goes on from where `stored` is, if that has the same occurrences, however many
    have passed since.
    """
    passed = passed_of(stored) if stored and _goes_on(rule, stored) else None
    most = MAX_PASSED if passed is None else sys.maxsize
    for one in every(rule, after=passed):
        if one.at > now and not rule.excludes(one.local):
            if one.at - now > FARTHEST:
                words = "It starts more than ten years from now. Check the year."
                raise _refused("too_far_away", "starts_at", words)
            return Position(passed, one)
        if one.at <= now:
            passed = one
        if one.number > most:
            words = f"{MAX_PASSED:,} occurrences lie in the past: let it start later."
            raise _refused("too_many", "starts_at", words)
    words = "All of its occurrences lie in the past. Choose a later end."
    raise _refused("in_the_past", "until", words)


def _goes_on(rule: Rule, stored: RecurringSchedule) -> bool:
    """Whether only the end, or what is excluded, is another."""
    old = rule_of(stored)
    same = replace(rule, until=old.until, count=old.count, excluded=old.excluded)
    return same == old


def next_of(schedule: RecurringSchedule) -> Occurring:
    """Its next occurrence, or the last one where none is left."""
    rule, passed = rule_of(schedule), passed_of(schedule)
    found = next(every(rule, after=passed), passed)
    return found or next(every(rule))


def find(schedule: RecurringSchedule, at: datetime) -> Occurring:
    """The occurrence at `at`. Raises InvalidDraft that names the nearest ones."""
    rule, passed = rule_of(schedule), passed_of(schedule)
    if passed is not None and passed.at > at:
        passed = None
    before = passed
    if passed is not None and passed.at == at:
        return _not_excluded(rule, passed)
    for one in islice(every(rule, after=passed), _GONE_THROUGH):
        if one.at == at:
            return _not_excluded(rule, one)
        if one.at > at:
            raise _none_there(before, one)
        before = one
    raise _none_there(before, None)


def _not_excluded(rule: Rule, one: Occurring) -> Occurring:
    if rule.excludes(one.local):
        words = "This one is excluded. Take it out of excluded first."
        raise _refused("excluded", "occurs_at", words)
    return one


def _none_there(before: Occurring | None, after: Occurring | None) -> InvalidDraft:
    nearest = " and ".join(
        f"{one.at:%Y-%m-%dT%H:%M:%SZ}" for one in (before, after) if one
    )
    words = f"It has no occurrence at this time. The nearest: {nearest}."
    return _refused("no_occurrence", "occurs_at", words)


def _refused(code: str, field: str, words: str) -> InvalidDraft:
    return InvalidDraft([Problem(code, field, words)])
