"""Local times as moments: over all zones, and where clocks are known to jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.zones import zone_names
from social_media.posts.local_time import local_of, moment_of

zones = st.sampled_from(sorted(zone_names())).map(ZoneInfo)
locals_ = st.datetimes(datetime(1975, 1, 1), datetime(2090, 1, 1)).map(
    lambda at: at.replace(microsecond=0, fold=0)
)


@given(locals_, zones)
def test_clocks_show_the_time_or_it_does_not_exist(local, zone):
    moment = moment_of(local, zone)
    assert moment.tzinfo is UTC
    shown = local_of(moment, zone)
    if shown != local:
        # Clocks jumped over it: just before, they showed less, and no gap is longer.
        assert local_of(moment - timedelta(seconds=1), zone) < local < shown


@given(locals_, zones)
def test_of_two_moments_that_show_the_same_it_is_the_first(local, zone):
    moment = moment_of(local, zone)
    for minutes in (20, 30, 60, 120, 180):
        earlier = moment - timedelta(minutes=minutes)
        assert local_of(earlier, zone) < local


@given(locals_, st.timedeltas(timedelta(0), timedelta(days=2)), zones)
def test_a_later_local_time_is_no_earlier_moment(local, more, zone):
    later = local + more.__class__(seconds=int(more.total_seconds()))
    assert moment_of(local, zone) <= moment_of(later, zone)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Europe/Berlin", "2026-03-28T09:00", "2026-03-28T08:00"),
        ("Europe/Berlin", "2026-03-30T09:00", "2026-03-30T07:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),  # left out
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),  # twice
        ("America/New_York", "2026-03-08T02:59", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30"),  # half an hour
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00"),  # no such day
        ("Asia/Tehran", "2022-03-22T00:30", "2022-03-21T20:30"),  # at midnight
        ("Asia/Tehran", "2026-03-22T00:30", "2026-03-21T21:00"),  # not any more
        ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30"),
        ("Asia/Kathmandu", "2026-01-01T09:00", "2026-01-01T03:15"),
    ],
)
def test_where_clocks_are_known_to_jump(zone, local, utc):
    found = moment_of(datetime.fromisoformat(local), ZoneInfo(zone))
    assert found == datetime.fromisoformat(utc).replace(tzinfo=UTC)
