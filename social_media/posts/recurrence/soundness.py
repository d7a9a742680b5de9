"""Whether a rule ever fires, and not too often. Pure but for the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice, pairwise

from django.conf import settings

from social_media.platforms.base import Problem
from social_media.posts.recurrence.rules import SILENCE, Rule, every

_LOOK_AT = 1000
#: So many excluded ones before the first that isn't.
_SEARCHED = 20_000
_LOOK_AHEAD = 2 * SILENCE


def rule_problems(rule: Rule) -> list[Problem]:
    """What speaks against the rule as a whole; the first thing that does."""
    field = "rule" if rule.rrule else "cron"
    try:
        return _problems(rule, field)
    except (ValueError, OverflowError) as error:
        words = f"This rule can't be read: {error}."
        return [Problem("invalid_rule", field, words)]


def _problems(rule: Rule, field: str) -> list[Problem]:
    endless = replace(rule, until=None, count=None, excluded=frozenset())
    if next(every(endless), None) is None:
        words = "This rule never fires within ten years of its start."
        return [Problem("never_fires", field, words)]
    if (found := _closest(endless)) < settings.RECURRENCE_MIN_GAP:
        words = f"{_minutes(found)} apart at times, and at least "
        words += f"{_minutes(settings.RECURRENCE_MIN_GAP)} are needed."
        return [Problem("too_often", field, words)]
    if next(every(rule), None) is None:
        words = "The end lies before the first occurrence."
        return [Problem("never_fires", "until", words)]
    if all(rule.excludes(one.local) for one in islice(every(rule), _SEARCHED)):
        words = "Every occurrence is excluded, as far as was looked: nothing is left "
        words += "to post."
        return [Problem("never_fires", "excluded", words)]
    return []


def _closest(rule: Rule) -> timedelta:
    """By local time: that clocks are put forward brings none too close."""
    first = [
        one.local
        for one in islice(every(rule), _LOOK_AT)
        if one.local - rule.starts_at < _LOOK_AHEAD
    ]
    return min((late - soon for soon, late in pairwise(first)), default=SILENCE)


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:g} minutes"
