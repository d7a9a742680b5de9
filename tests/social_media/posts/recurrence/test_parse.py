"""What is no rule, and the words for it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from social_media.posts.errors import InvalidDraft
from tests.social_media.posts.recurrence.recurring import rule_from

R = "rule"
EVERY_HOUR = "BYHOUR=" + ",".join(str(number) for number in range(24))
LAST = "BYSETPOS=" + ",".join(str(number) for number in range(13, 25))
Y = "2074-01-01T00:00:00"
MANY = ",".join(str(number) for number in range(60)) + "," + ",".join(["1"] * 60)


@pytest.mark.parametrize(
    ("given", "field", "code", "words"),
    [
        ({"rule": "FREQ=DAILY;BYMOON=FULL"}, R, "unknown_part", "no part BYMOON"),
        ({"rule": "FREQ=DAILY;FREQ=DAILY"}, R, "given_twice", "FREQ is given twice"),
        ({"rule": "FREQ=MONTHLY;BYDAY=53MO"}, R, "out_of_range", "no more than 5"),
        (
            {"rule": "FREQ=YEARLY;BYMONTH=12;BYDAY=-40MO"},
            R,
            "out_of_range",
            "no more than 5",
        ),
        ({"rule": "every day"}, R, "invalid_rule", "one line without spaces"),
        ({"rule": "DAILY"}, R, "invalid_rule", "'DAILY' is not NAME=VALUE"),
        ({"rule": "FREQ=;INTERVAL=2"}, R, "invalid_rule", "is not NAME=VALUE"),
        ({"rule": "FREQ=FORTNIGHTLY"}, R, "invalid_rule", "FREQ must be one of"),
        ({"rule": "BYDAY=MO"}, R, "invalid_rule", "FREQ must be one of"),
        ({"rule": "FREQ=SECONDLY"}, R, "too_often", "FREQ=SECONDLY is too often"),
        ({"rule": "FREQ=MINUTELY;INTERVAL=60"}, R, "too_often", "Use HOURLY"),
        ({"rule": "FREQ=HOURLY;BYMINUTE=0,1"}, R, "too_often", "at least 5 minutes"),
        ({"rule": "FREQ=HOURLY;BYSECOND=0,1"}, R, "too_often", "at least 5 minutes"),
        ({"cron": "* * * * *"}, "cron", "too_often", "1 minutes apart"),
        (
            {"rule": "DTSTART:20260101T090000\nRRULE:FREQ=DAILY"},
            *(R, "invalid_rule", "DTSTART is not a part of a rule. Say when it starts"),
        ),
        (
            {"rule": "FREQ=DAILY\nEXDATE:20260101T090000"},
            *(R, "invalid_rule", "Say what is left out in excluded"),
        ),
        (
            {"rule": "RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"},
            *(R, "invalid_rule", "one line"),
        ),
        ({"rule": "FREQ=DAILY;INTERVAL=0"}, R, "invalid_rule", "a number from 1"),
        ({"rule": "FREQ=DAILY;INTERVAL=9999999999"}, R, "invalid_rule", "INTERVAL"),
        ({"rule": "FREQ=DAILY;INTERVAL=4000"}, R, "out_of_range", "at most 3,650"),
        ({"rule": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0"}, R, "out_of_range", "no 0"),
        ({"rule": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=999"}, R, "out_of_range", "366"),
        (
            {"rule": "FREQ=HOURLY;BYMINUTE=0;BYSETPOS=2"},
            *(R, "invalid_rule", "BYSETPOS does not go with FREQ=HOURLY"),
        ),
        (
            {"rule": "FREQ=DAILY;BYHOUR=9,15;BYSETPOS=3"},
            *(R, "out_of_range", "it chooses among 2 at most"),
        ),
        (
            {"rule": "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1,-8"},
            *(R, "out_of_range", "it chooses among 7 at most"),
        ),
        (
            {"rule": f"FREQ=YEARLY;BYDAY=MO;BYSETPOS={MANY[:30]}"},
            *(R, "too_many", "BYSETPOS has more than 12"),
        ),
        ({"rule": "FREQ=MONTHLY;BYSETPOS=1"}, R, "invalid_rule", "there are none"),
        ({"rule": "FREQ=DAILY;BYHOUR=25"}, R, "out_of_range", "not '25'"),
        ({"rule": "FREQ=DAILY;BYHOUR=nine"}, R, "out_of_range", "not 'NINE'"),
        ({"rule": f"FREQ=DAILY;BYMINUTE={MANY}"}, R, "too_many", "more than 100"),
        ({"rule": "FREQ=DAILY;BYDAY=XX"}, R, "invalid_rule", "not 'XX'"),
        ({"rule": "FREQ=WEEKLY;BYDAY=2MO"}, R, "invalid_rule", "FREQ=MONTHLY and"),
        ({"rule": "FREQ=WEEKLY;BYMONTHDAY=1"}, R, "invalid_rule", "does not go with"),
        ({"rule": "FREQ=DAILY;WKST=1"}, R, "invalid_rule", "WKST must be one of"),
        ({"rule": "X" * 3000}, R, "invalid_rule", "at most 2,000"),
        ({"rule": "FREQ=DAILY;UNTIL=soon"}, R, "invalid_rule", "UNTIL must be like"),
        ({"rule": "FREQ=DAILY;UNTIL=20261399"}, "until", "invalid", "2026-12-31"),
        ({"rule": "FREQ=DAILY;COUNT=x"}, R, "invalid_rule", "COUNT must be a number"),
        (
            {"rule": "FREQ=DAILY;COUNT=3;UNTIL=20270101"},
            *("count", "two_ends", "one of count and until"),
        ),
        (
            {"rule": "FREQ=DAILY;COUNT=3", "until": "2027-01-01"},
            *("count", "two_ends", "one of count and until"),
        ),
        (
            {"rule": "FREQ=DAILY;COUNT=3", "count": 3},
            *("count", "given_twice", "in the rule and as count"),
        ),
        ({"rule": "FREQ=DAILY", "count": 0}, "count", "out_of_range", "from 1"),
        ({"rule": "FREQ=DAILY", "until": "never"}, "until", "invalid", "Write a time"),
        (
            {"rule": "FREQ=DAILY", "until": "2020-01-01"},
            *("until", "never_fires", "before the first"),
        ),
        (
            {"rule": "FREQ=DAILY;COUNT=1", "excluded": ("2026-03-27",)},
            *("excluded", "never_fires", "nothing is left"),
        ),
        (
            {"rule": "FREQ=DAILY", "excluded": ("2026-03-27T09:00:00Z",)},
            *("excluded.0", "invalid", "without an offset"),
        ),
        ({"cron": "0 9 * *"}, "cron", "invalid_cron", "has five fields"),
        ({"cron": "0 0 9 * * *"}, "cron", "invalid_cron", "no seconds and no years"),
        ({"cron": "@hourly"}, "cron", "invalid_cron", "five fields: 0 * * * *"),
        ({"cron": "@reboot"}, "cron", "invalid_cron", "Macros are not taken"),
        ({"cron": "61 9 * * *"}, "cron", "invalid_cron", "Bad minute"),
        ({"cron": "0 9 * * L/2"}, "cron", "invalid_cron", "Bad day-of-week"),
        ({"cron": "0 9 * * 1#9"}, "cron", "invalid_cron", "Bad day-of-week"),
        ({}, "rule", "required", "Give a rule or a cron"),
        ({"rule": "FREQ=DAILY", "cron": "0 9 * * *"}, R, "required", "Give one of"),
        (
            {"rule": "FREQ=DAILY", "zone": "Mars/Olympus"},
            *("timezone", "unknown_zone", "Use an IANA name"),
        ),
        (
            {"rule": "FREQ=DAILY", "start": "2026-01-01T09:00:00+01:00"},
            *("starts_at", "invalid", "without an offset"),
        ),
        ({"rule": "FREQ=DAILY", "start": "1.5.2026"}, "starts_at", "invalid", "local"),
        ({"rule": "FREQ=DAILY", "start": "2026-05-01"}, "starts_at", "invalid", "lo"),
        (
            {"rule": "FREQ=DAILY", "start": "9999-12-31T23:00:00"},
            *("starts_at", "out_of_range", "1970 to 2089"),
        ),
    ],
)
def test_what_is_wrong_is_told(given, field, code, words):
    with pytest.raises(InvalidDraft) as told:
        rule_from(**given)
    (problem,) = told.value.problems
    assert (problem.field, problem.code) == (field, code)
    assert words in problem.message


@pytest.mark.parametrize(
    "given",
    [
        {"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"},
        {"rule": "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"},
        {"rule": "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30;BYMINUTE=0,15,30,45"},
        {"rule": "FREQ=WEEKLY;INTERVAL=2;BYMONTH=2;BYDAY=MO;BYSETPOS=7"},
        {"rule": "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=6"},
        {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"},
        {"rule": f"FREQ=DAILY;{EVERY_HOUR};BYMONTH=2;BYMONTHDAY=30;{LAST}", "start": Y},
        {"rule": f"FREQ=MONTHLY;{EVERY_HOUR};BYMONTH=2;BYMONTHDAY=30;{LAST}"},
        {"cron": "0 0 30 2 *"},
        {"cron": "0 0 31 2,4 *"},
        {"cron": "0 0 31 */2 5#5"},
    ],
)
def test_what_never_fires_is_refused_before_anybody_waits(given):
    begin = time.process_time()
    if given == {"cron": "0 0 31 */2 5#5"}:  # either of its days will do
        assert rule_from(**given).cron
    else:
        with pytest.raises(InvalidDraft) as told:
            rule_from(**given)
        assert told.value.problems[0].code in {"never_fires", "invalid_cron"}
    assert time.process_time() - begin < 0.5


def test_several_problems_are_told_at_once():
    with pytest.raises(InvalidDraft) as told:
        rule_from("now", "Mars", rule="FREQ=OFTEN")
    assert {one.field for one in told.value.problems} == {
        *("timezone", "starts_at", "rule")
    }


def test_how_often_is_an_operators_choice(settings):
    settings.RECURRENCE_MIN_GAP = timedelta(minutes=1)
    assert rule_from(cron="* * * * *").cron == "* * * * *"
