"""When rules fire: over all zones, and on the days that are hard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.zones import zone_names
from social_media.posts.local_time import local_of, moment_of
from social_media.posts.recurrence.rules import Rule, every, occurrences
from tests.social_media.posts.recurrence.recurring import (
    BERLIN,
    NEW_YORK,
    at,
    rule_from,
)

ZONES = st.sampled_from(sorted(zone_names())).map(ZoneInfo)
STARTS = st.datetimes(datetime(1975, 1, 1), datetime(2080, 1, 1)).map(
    lambda one: one.replace(microsecond=0, fold=0)
)
RULES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYHOUR=2,14",
        "FREQ=HOURLY",
        "FREQ=HOURLY;INTERVAL=5;BYMINUTE=0,30",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
        "FREQ=WEEKLY;BYDAY=WE,TH,SA;BYSETPOS=2",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA;BYSETPOS=-1;WKST=TH",
        "FREQ=WEEKLY;BYHOUR=9,15,21;BYSETPOS=2",
        "FREQ=MONTHLY",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=1,12;BYDAY=2TU",
        "FREQ=YEARLY;BYYEARDAY=-1,60",
    ]
)
CRONS = st.sampled_from(
    [
        "0 9 * * *",
        "*/30 1-3 * * *",
        "15 2 29 2 *",
        "0 0 L * *",
        "30 2 * * 0",
        "0 8 1 */3 1",
    ]
)
FEW = 40


def every_until(rule, count):
    return list(islice(every(rule), count))


def shown(rule, count=5):
    return [one.at.isoformat() for one in islice(occurrences(rule), count)]


@given(ZONES, STARTS)
def test_nine_stays_nine_where_clocks_show_it(zone, start):
    rule = Rule(zone, start.replace(hour=9, minute=0, second=0), rrule="FREQ=DAILY")
    for one in islice(occurrences(rule), 400):
        clock = local_of(one.at, zone)
        if one.moved(zone):
            # The first that exists: a second before, it was earlier than nine.
            assert clock > one.local
            assert local_of(one.at - timedelta(seconds=1), zone) < one.local
        else:
            assert clock == one.local
            assert clock.hour == 9


@given(ZONES, STARTS, RULES)
def test_they_are_those_of_dateutil_as_moments_once_each_and_in_order(
    zone, start, text
):
    rule = Rule(zone, start, rrule=text)
    found = list(islice(every(rule), FEW))
    # A start of whole weeks: there dateutil has the weeks of BYSETPOS right.
    whole = start
    if "BYSETPOS" in text and "WEEKLY" in text:
        first = 3 if "WKST=TH" in text else 0
        whole -= timedelta(days=(start.weekday() - first) % 7)
        days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        text += "" if "BYDAY" in text else f";BYDAY={days[start.weekday()]}"
    coming = (one for one in rrulestr(text, dtstart=whole) if one >= start)
    locals_ = list(islice(coming, FEW + 10))
    wanted = list(dict.fromkeys(moment_of(one, zone) for one in locals_))
    assert [one.at for one in found] == wanted[: len(found)]
    assert len(found) == FEW or found[-1].local.year > 2080
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert all(soon.at < late.at for soon, late in pairwise(found))


@given(ZONES, STARTS, RULES | CRONS, st.integers(1, FEW - 1))
@settings(deadline=None)
def test_going_on_from_any_occurrence_gives_the_same_rest(zone, start, text, place):
    kind = "rrule" if "FREQ" in text else "cron"
    rule = Rule(zone, start, **{kind: text})
    whole = list(islice(every(rule), FEW))
    if place < len(whole):
        rest = list(islice(every(rule, after=whole[place]), FEW - 1 - place))
        assert rest == whole[place + 1 :]


@given(ZONES, STARTS, RULES | CRONS, st.integers(1, 30))
@settings(deadline=None)
def test_a_count_and_an_end_are_kept(zone, start, text, count):
    kind = "rrule" if "FREQ" in text else "cron"
    endless = list(islice(every(Rule(zone, start, **{kind: text})), count))
    counted = Rule(zone, start, **{kind: text}, count=count)
    assert list(every(counted)) == endless
    if endless:
        end = Rule(zone, start, **{kind: text}, until=endless[-1].at)
        assert list(every(end)) == endless
        early = endless[-1].at - timedelta(seconds=1)
        assert (
            list(every(Rule(zone, start, **{kind: text}, until=early)))
            == (endless[:-1])
        )


@given(ZONES, STARTS, st.integers(0, 9), st.booleans())
def test_what_is_excluded_keeps_its_number(zone, start, place, whole_day):
    rule = Rule(zone, start, rrule="FREQ=DAILY", count=10)
    whole = list(every(rule))
    if place >= len(whole):  # a zone that left out a day
        return
    out = whole[place].local
    text = out.date().isoformat() if whole_day else out.isoformat()
    less = Rule(zone, start, rrule="FREQ=DAILY", count=10, excluded=frozenset({text}))
    assert list(occurrences(less)) == whole[:place] + whole[place + 1 :]


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [
        (BERLIN, "2026-03-27T09:00:00", [8, 8, 7, 7]),
        (BERLIN, "2026-10-23T09:00:00", [7, 7, 8, 8]),
        (NEW_YORK, "2026-03-06T09:00:00", [14, 14, 13, 13]),
        (NEW_YORK, "2026-10-30T09:00:00", [13, 13, 14, 14]),
    ],
)
def test_the_change_of_clocks(zone, start, hours):
    for given_rule in ({"rule": "FREQ=DAILY"}, {"cron": "0 9 * * *"}):
        rule = rule_from(start, zone, **given_rule)
        found = list(islice(occurrences(rule), 4))
        assert [one.at.hour for one in found] == hours
        assert {one.local.hour for one in found} == {9}


def test_an_hour_that_does_not_exist_and_one_that_comes_twice():
    spring = rule_from("2026-03-28T02:30:00", rule="FREQ=DAILY;COUNT=3")
    assert shown(spring) == [
        "2026-03-28T01:30:00+00:00",
        "2026-03-29T01:00:00+00:00",  # 03:00, the first that exists
        "2026-03-30T00:30:00+00:00",
    ]
    autumn = rule_from("2026-10-25T02:30:00", rule="FREQ=DAILY;COUNT=2")
    assert shown(autumn) == ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]
    hourly = rule_from("2026-03-29T01:00:00", rule="FREQ=HOURLY;COUNT=3")
    # 02:00 and 03:00 are one moment, and one occurrence.
    assert shown(hourly) == [f"2026-03-29T0{hour}:00:00+00:00" for hour in (0, 1, 2)]


def test_a_place_in_the_week_counts_from_the_week_s_beginning():
    """Thursday, 5 March: of Monday and Friday the first is Monday, and that is past."""
    start = "2026-03-05T09:00:00"
    first = rule_from(start, rule="FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1;COUNT=3")
    assert [one.local.day for one in occurrences(first)] == [9, 16, 23]
    second = rule_from(start, rule="FREQ=WEEKLY;BYDAY=WE,TH,SA;BYSETPOS=2")
    found = list(islice(every(second), 4))
    assert [one.local.day for one in found] == [5, 12, 19, 26]
    assert next(every(second, after=found[1])) == found[2]


def test_what_is_excluded_takes_no_other_along_that_falls_on_its_moment():
    """On 28 March 2027 clocks show neither 02:00 nor 02:30: all three are 03:00."""
    rule = rule_from(
        "2027-03-27T02:00:00",
        rule="FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0,30",
        excluded=("2027-03-28T02:00:00", "2027-03-28T02:30:00"),
    )
    found = list(islice(every(rule), 9))
    spring = list(islice(occurrences(rule), 6))
    assert [one.local.isoformat()[8:16] for one in spring] == [
        *("27T02:00", "27T02:30", "27T03:00", "27T03:30", "28T03:00", "28T03:30")
    ]
    assert [one.number for one in found] == list(range(1, 10))
    for place in range(8):
        assert next(every(rule, after=found[place])) == found[place + 1]
    all_out = replace(rule, excluded=frozenset({"2027-03-28"}))
    assert [one.at for one in every_until(all_out, 9)] == [one.at for one in found]
    last = replace(rule, until=at("2027-03-28T01:00:00+00:00"), rrule="FREQ=DAILY")
    assert [one.local.day for one in every(last)] == [27, 28]


def test_ends_of_months_and_leap_days():
    last = rule_from("2028-01-31T12:00:00", rule="FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4")
    assert [one.local.day for one in occurrences(last)] == [31, 29, 31, 30]
    on_31st = rule_from("2026-01-31T12:00:00", rule="FREQ=MONTHLY;COUNT=4")
    assert [one.local.month for one in occurrences(on_31st)] == [1, 3, 5, 7]
    for text in ({"rule": "FREQ=YEARLY"}, {"cron": "0 12 29 2 *"}):
        leap = rule_from("2028-02-29T12:00:00", **text)
        years = [one.local.year for one in islice(occurrences(leap), 3)]
        assert years == [2028, 2032, 2036]


def test_going_on_after_a_time_that_was_moved():
    """The rule has 02:30 that day, whatever clocks showed: all others stay 02:30."""
    rule = rule_from("2026-03-28T02:30:00", rule="FREQ=DAILY")
    moved = list(islice(every(rule), 2))[1]
    assert moved.moved(rule.zone)
    rest = next(every(rule, after=moved))
    assert (rest.number, rest.local) == (3, at("2026-03-30T02:30:00"))


def test_ends_are_told_in_the_rule_or_beside_it():
    inside = rule_from(rule="RRULE:FREQ=DAILY;UNTIL=20260329T070000Z")
    assert inside.until == datetime(2026, 3, 29, 7, tzinfo=UTC)
    local = rule_from(rule="freq=daily;until=20260329T090000")
    day = rule_from(rule="FREQ=DAILY", until="2026-03-29")
    assert shown(inside) == shown(local) == shown(day)
    assert [one.number for one in occurrences(day)] == [1, 2, 3]
    assert rule_from(rule="FREQ=DAILY;COUNT=2").rrule == "FREQ=DAILY"
