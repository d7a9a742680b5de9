"""What is remembered of rules, and how much."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from social_media.posts.recurrence import landmarks
from social_media.posts.recurrence.landmarks import Landmarks
from social_media.posts.recurrence.rules import every
from tests.social_media.posts.recurrence.recurring import rule_from


def test_the_nearest_one_before_is_found():
    rule, other = rule_from(rule="FREQ=DAILY"), rule_from(rule="FREQ=WEEKLY")
    known, days = Landmarks(), list(islice(every(rule), 10))
    for place in (6, 2, 6):
        known.note(rule, days[place])
    found = [known.before(rule, day.at) for day in days]
    assert found == [None] * 3 + [days[2]] * 4 + [days[6]] * 3
    assert known.before(other, days[9].at) is None


def test_it_stays_small(monkeypatch):
    monkeypatch.setattr(landmarks, "_OF_EACH", 4)
    monkeypatch.setattr(landmarks, "_RULES", 2)
    known, rules = Landmarks(), [rule_from(rule="FREQ=DAILY", count=n) for n in (7, 8)]
    for rule in rules:
        for day in every(rule):
            known.note(rule, day)
    later = day.at + timedelta(days=1)
    assert known.before(rules[0], later).number == 7
    assert known.before(rules[1], later).number == 8
    known.note(rule_from(rule="FREQ=WEEKLY"), day)
    assert known.before(rules[0], later) is None
    assert known.before(rules[1], later).number == 8
