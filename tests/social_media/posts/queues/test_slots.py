"""Weekly slots as moments, over all zones; and slots that are none."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.zones import zone_names
from social_media.posts.local_time import local_of, moment_of
from social_media.posts.queues.slots import (
    MOST_A_DAY,
    WEEKDAYS,
    in_order,
    slot_problems,
    slots_after,
)
from social_media.posts.validate import FARTHEST

BERLIN = ZoneInfo("Europe/Berlin")

zones = st.sampled_from(sorted(zone_names())).map(ZoneInfo)
moments = st.datetimes(
    datetime(1975, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)
)
times = st.times().map(lambda at: f"{at:%H:%M}")
weeks = st.dictionaries(
    st.sampled_from(WEEKDAYS),
    st.lists(times, unique=True, min_size=1, max_size=6),
    min_size=1,
).map(in_order)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first(count, slots, zone, after):
    return list(islice(slots_after(slots, ZoneInfo(zone), utc(after)), count))


#: A machine that is busy with others is not what is tried here.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(weeks, zones, moments)
def test_slots_ascend_and_each_is_a_slot_of_its_day(slots, zone, after):
    found = list(islice(slots_after(slots, zone, after), 40))
    assert found[0] > after
    assert all(one < other for one, other in pairwise(found))
    for at in found:
        shown = local_of(at, zone)
        if f"{shown:%H:%M}" not in slots.get(WEEKDAYS[shown.weekday()], ()):
            # Moved: a slot lies in the gap that ends here.
            before = local_of(at - timedelta(seconds=1), zone)
            assert any(before < slot < shown for slot in around(slots, shown))


@unhurried
@given(weeks, zones, moments)
def test_no_slot_is_left_out(slots, zone, after):
    found = list(islice(slots_after(slots, zone, after), 40))
    wanted = {
        moment
        for days in range(-3, 12)
        for slot in of_day(slots, local_of(after, zone) + timedelta(days=days))
        if after < (moment := moment_of(slot, zone)) <= found[-1]
    }
    horizon = after + timedelta(days=8)
    assert {at for at in found if at < horizon} == {at for at in wanted if at < horizon}


def of_day(slots, day):
    named = slots.get(WEEKDAYS[day.weekday()], ())
    return [datetime.combine(day.date(), time.fromisoformat(at)) for at in named]


def around(slots, shown):
    return [
        slot
        for days in (0, 1, 2)
        for slot in of_day(slots, shown - timedelta(days=days))
    ]


DAILY = {day: ["09:00"] for day in WEEKDAYS}


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", "2026-03-28T08:00", "2026-03-29T07:00"),
        ("Europe/Berlin", "2026-10-24T07:00", "2026-10-25T08:00"),
        ("America/New_York", "2026-03-07T14:00", "2026-03-08T13:00"),
        ("Australia/Lord_Howe", "2026-10-02T22:30", "2026-10-03T22:00"),
        ("Africa/Casablanca", "2026-02-14T08:00", "2026-02-15T09:00"),
        ("Asia/Tehran", "2022-03-21T05:30", "2022-03-22T04:30"),
    ],
)
def test_nine_stays_nine_when_clocks_change(zone, before, after):
    assert first(1, DAILY, zone, before) == [utc(after)]
    for at in (before, after):
        assert local_of(utc(at), ZoneInfo(zone)).time() == time(9)


def test_in_every_zone_each_slot_comes_once_a_week():
    """Three years of nights in which clocks change, in each zone that there is."""
    night = {"sunday": ["00:00", "02:30", "12:00"]}
    after = utc("2026-01-01T00:00")
    for name in sorted(zone_names()):
        zone = ZoneInfo(name)
        found = list(islice(slots_after(night, zone, after), 3 * 156))
        noons = [at for at in found if local_of(at, zone).time() == time(12)]
        assert len(found) == len(set(found)), name
        assert found == sorted(found), name
        days = {local_of(at, zone).date() for at in noons}
        assert (len(noons), len(days)) == (156, 156), name


def test_what_does_not_exist_moves_and_what_falls_together_is_one():
    night = {"sunday": ["01:59", "02:00", "02:15", "02:30", "03:00", "03:01"]}
    assert first(4, night, "Europe/Berlin", "2026-03-28T12:00") == [
        utc("2026-03-29T00:59"),
        utc("2026-03-29T01:00"),
        utc("2026-03-29T01:01"),
        utc("2026-04-04T23:59"),
    ]


def test_what_exists_twice_is_used_once():
    night = {"sunday": ["02:30"]}
    assert first(2, night, "Europe/Berlin", "2026-10-24T12:00") == [
        utc("2026-10-25T00:30"),
        utc("2026-11-01T01:30"),
    ]
    # Between the two: the second is not a slot of its own.
    assert first(1, night, "Europe/Berlin", "2026-10-25T00:30") == [
        utc("2026-11-01T01:30")
    ]


def test_a_day_that_is_left_out_moves_to_the_next_once():
    """Samoa had no 30 December 2011, a Friday."""
    fridays = {"friday": ["09:00", "15:00"], "saturday": ["09:00"]}
    assert first(3, fridays, "Pacific/Apia", "2011-12-29T12:00") == [
        utc("2011-12-30T10:00"),
        utc("2011-12-30T19:00"),
        utc("2012-01-05T19:00"),
    ]


def test_it_ends_ten_years_ahead():
    after = utc("2026-01-01T00:00")
    last = list(slots_after(DAILY, BERLIN, after))[-1]
    assert timedelta(0) <= after + FARTHEST - last < timedelta(days=1, hours=1)


def test_slots_are_kept_in_order():
    assert in_order({"tuesday": [], "sunday": ["15:00", "09:00"], "monday": ["1"]}) == {
        "monday": ["1"],
        "sunday": ["09:00", "15:00"],
    }


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"monday": ["09:00"]}, []),
        ({"monday": [], "friday": ["00:00", "23:59"]}, []),
        ({}, [("slots", "required")]),
        ({"monday": []}, [("slots", "required")]),
        ({"someday": ["09:00"]}, [("slots.someday", "unknown_weekday")]),
        ({"Monday": ["09:00"]}, [("slots.Monday", "unknown_weekday")]),
        ({"monday": "09:00"}, [("slots.monday", "not_a_list")]),
        ({"monday": None}, [("slots.monday", "not_a_list")]),
        ({"monday": ["25:00"]}, [("slots.monday.0", "invalid")]),
        (
            {"monday": ["9:00", "09:60"]},
            [(f"slots.monday.{n}", "invalid") for n in (0, 1)],
        ),
        (
            {"monday": ["09:00 ", "\u0660\u0669:00", 9, None]},
            [(f"slots.monday.{n}", "invalid") for n in range(4)],
        ),
        ({"monday": ["09:00", "10:00", "09:00"]}, [("slots.monday.2", "duplicate")]),
        ({"monday": ["09:00"] * (MOST_A_DAY + 1)}, [("slots.monday", "too_many")]),
    ],
)
def test_slots_that_are_none(given, problems):
    found = slot_problems(given)
    assert [(one.field, one.code) for one in found] == problems
    assert all(one.message for one in found)
