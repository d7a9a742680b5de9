"""The calendar: posts, free slots and occurrences to come in one range."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import Occurrence, PostQueue, QueuedPost, RecurringSchedule
from social_media.posts import calendar
from social_media.posts.labels import write_labels
from social_media.posts.queues.slots import WEEKDAYS
from tests.factories import PostFactory, PostMediaFactory, PostTargetFactory, now
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.posting import brief, in_an_hour, make_post, zulu
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db

CALENDAR = "/api/v1/calendar"
DAY = timedelta(days=1)


@pytest.fixture
def client(team):
    return team.client("viewer")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


def ask(client, start, end, **given):
    answer = client.get(CALENDAR, {"from": zulu(start), "to": zulu(end), **given})
    assert answer.status_code == 200, answer.content
    return answer.json()


def ids(answer):
    return [post["id"] for post in answer["posts"]]


def queue_of(team, account, **given):
    """Three slots a day, in UTC."""
    given.setdefault("name", "Daily")
    slots = {day: ["06:00", "12:00", "18:00"] for day in WEEKDAYS}
    queue = PostQueue.objects.create(
        workspace=team.workspace, timezone="UTC", slots=slots, **given
    )
    queue.accounts.add(account)
    return queue


def schedule_of(team, account, **given):
    """Every day at noon from tomorrow on, in UTC."""
    template = PostFactory(
        workspace=team.workspace, is_template=True, content="Number {{counter}}"
    )
    PostTargetFactory(post=template, account=account, status="draft")
    tomorrow = (now() + DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    values = {"name": "Noon", "rule": "FREQ=DAILY", "timezone": "UTC"}
    values |= {"starts_at": f"{tomorrow:%Y-%m-%dT%H:%M:%S}", **given}
    return RecurringSchedule.objects.create(
        workspace=team.workspace, template=template, **values
    )


def test_a_post_is_shown_with_all_that_a_calendar_needs(team, client, account):
    noon = in_an_hour()
    queue = queue_of(team, account)
    post = PostFactory(
        workspace=team.workspace,
        status="scheduled",
        scheduled_time=noon,
        content="ä" * 281,
    )
    PostTargetFactory(post=post, account=account)
    for part in range(2):
        PostMediaFactory(post=post, part=part)
    write_labels(post, ["Spring", "Autumn"])
    QueuedPost.objects.create(queue=queue, post=post, position=1, slot_at=noon)
    schedule = schedule_of(team, account)
    Occurrence.objects.create(
        schedule=schedule, occurs_at=noon, number=1, status="made", post=post
    )
    found = ask(client, noon, noon + timedelta(seconds=1))
    assert found == {
        "from": zulu(noon),
        "to": zulu(noon + timedelta(seconds=1)),
        "truncated": False,
        "complete_until": zulu(noon + timedelta(seconds=1)),
        "posts": [
            {
                "id": str(post.pk),
                "content": "ä" * 280 + "…",
                "status": "scheduled",
                "scheduled_time": zulu(noon),
                "accounts": [brief(account)],
                "labels": ["Autumn", "Spring"],
                "queue": {"id": str(queue.pk), "name": "Daily", "slot_at": zulu(noon)},
                "recurrence": {
                    "schedule": str(schedule.pk),
                    "occurs_at": zulu(noon),
                    "number": 1,
                    "edited": False,
                },
                "media_count": 2,
            }
        ],
        "slots": [],
        "occurrences": [],
    }


def test_the_end_is_exclusive_and_what_has_no_time_is_nowhere(team, client):
    noon = in_an_hour()
    inside = [
        str(make_post(team, status, scheduled_time=noon + timedelta(minutes=n)).pk)
        for n, status in enumerate(("scheduled", "posted", "cancelled"))
    ]
    make_post(team, "scheduled", scheduled_time=noon + timedelta(minutes=3))
    make_post(team, "scheduled", scheduled_time=noon - timedelta(microseconds=1))
    make_post(team, "draft", scheduled_time=None)
    PostFactory(status="scheduled", scheduled_time=noon)  # another workspace's
    assert ids(ask(client, noon, noon + timedelta(minutes=3))) == inside


def test_free_slots_stand_without_those_that_a_post_has(team, client, account):
    queue = queue_of(team, account)
    day = (now() + 2 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    taken = day + timedelta(hours=12)
    post = make_post(team, "scheduled", scheduled_time=taken)
    QueuedPost.objects.create(queue=queue, post=post, position=1, slot_at=taken)
    found = ask(client, day, day + DAY)
    shown = {"id": str(queue.pk), "name": "Daily"}
    assert found["slots"] == [
        {"queue": shown, "at": zulu(day + timedelta(hours=hour))} for hour in (6, 18)
    ]
    assert [one["queue"]["id"] for one in found["posts"]] == [str(queue.pk)]


def test_occurrences_to_come_stand_with_their_text(team, client, account):
    schedule = schedule_of(team, account)
    first = datetime.fromisoformat(schedule.starts_at).replace(tzinfo=UTC)
    found = ask(client, first, first + 2 * DAY)
    shown = {"id": str(schedule.pk), "name": "Noon"}
    assert found["occurrences"] == [
        {
            "schedule": shown,
            "at": zulu(first + n * DAY),
            "number": n + 1,
            "content": f"Number {n + 1}",
        }
        for n in range(2)
    ]


def test_filters(team, client, account):
    noon = in_an_hour() + DAY
    x = account_on(team.workspace, "x")
    one, other = (
        PostFactory(
            workspace=team.workspace, status=status, scheduled_time=noon + n * DAY
        )
        for n, status in enumerate(("scheduled", "failed"))
    )
    PostTargetFactory(post=one, account=account)
    PostTargetFactory(post=other, account=x, status="failed")
    write_labels(other, ["Spring"])
    blue, ex = queue_of(team, account, name="Blue"), queue_of(team, x, name="X")
    mine, theirs = schedule_of(team, account), schedule_of(team, x)
    write_labels(theirs.template, ["Spring"])
    first, second = str(one.pk), str(other.pk)
    for given, posts, queues, schedules in (
        ({}, [first, second], {blue, ex}, {mine, theirs}),
        ({"account": str(x.pk)}, [second], {ex}, {theirs}),
        ({"platform": "bluesky"}, [first], {blue}, {mine}),
        ({"platform": ["x", "bluesky"]}, [first, second], {blue, ex}, {mine, theirs}),
        ({"platform": "x", "account": str(account.pk)}, [], set(), set()),
        ({"status": "failed"}, [second], set(), set()),
        ({"status": ["failed", "scheduled"]}, [first, second], set(), set()),
        ({"label": "spring"}, [second], set(), {theirs}),
        ({"label": "winter"}, [], set(), set()),
    ):
        found = ask(client, noon - DAY, noon + 3 * DAY, **given)
        assert ids(found) == posts, given
        named = {slot["queue"]["id"] for slot in found["slots"]}
        assert named == {str(queue.pk) for queue in queues}, given
        named = {one["schedule"]["id"] for one in found["occurrences"]}
        assert named == {str(schedule.pk) for schedule in schedules}, given


@pytest.mark.parametrize(
    ("given", "zone"),
    [
        ({}, "Europe/Berlin"),
        ({"timezone": "America/New_York"}, "America/New_York"),
    ],
)
def test_dates_begin_at_midnight_where_the_caller_is(team, client, given, zone):
    team.workspace.timezone = "Europe/Berlin"
    team.workspace.save()
    day = (now() + 3 * DAY).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    found = client.get(CALENDAR, {"from": day, "to": day + DAY, **given}).json()
    assert found["from"] == zulu(midnight.astimezone(UTC))
    end = datetime.combine(day + DAY, midnight.timetz())
    assert found["to"] == zulu(end.astimezone(UTC))


def test_a_midnight_that_does_not_exist_is_the_first_moment_of_its_day(client):
    # In Beirut clocks went from 2021-03-27T23:59:59 to 2021-03-28T01:00.
    given = {"from": "2021-03-28", "to": "2021-03-29", "timezone": "Asia/Beirut"}
    found = client.get(CALENDAR, given).json()
    assert (found["from"], found["to"]) == (
        "2021-03-27T22:00:00Z",
        "2021-03-28T21:00:00Z",
    )


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"from": None}, {"from": ["required"]}),
        ({"to": None}, {"to": ["required"]}),
        ({"from": "", "to": ""}, {"from": ["invalid"], "to": ["invalid"]}),
        ({"from": "tomorrow"}, {"from": ["invalid"]}),
        ({"from": "2026-02-30"}, {"from": ["invalid"]}),
        ({"from": "01.02.2026"}, {"from": ["invalid"]}),
        ({"from": "2026-01-01T00:00:00"}, {"from": ["naive"]}),
        ({"from": "0001-01-01T00:00:00+14:00"}, {"from": ["overflow"]}),
        ({"from": "0001-01-01", "timezone": "Asia/Tokyo"}, {"from": ["overflow"]}),
        ({"from": "0001-01-01", "to": "0001-02-01"}, {"from": ["out_of_range"]}),
        ({"from": "1969-12-31"}, {"from": ["out_of_range"]}),
        ({"from": "9999-12-01", "to": "9999-12-31"}, {"to": ["out_of_range"]}),
        ({"to": "2026-01-01"}, {"to": ["order"]}),
        ({"to": "2025-01-01"}, {"to": ["order"]}),
        ({"to": "2036-01-01"}, {"to": ["too_long"]}),
        ({"timezone": "Mars/Base"}, {"timezone": ["unknown_zone"]}),
        ({"status": "lost"}, {"status.0": ["invalid_choice"]}),
        ({"platform": "myspace"}, {"platform.0": ["invalid_choice"]}),
        ({"account": "me"}, {"account.0": ["invalid"]}),
        ({"label": "x" * 61}, {"label.0": ["max_length"]}),
        ({"page": "2"}, {"page": ["unknown_parameter"]}),
    ],
)
def test_what_makes_no_sense_is_refused(client, given, fields):
    asked = {"from": "2026-01-01", "to": "2026-02-01", **given}
    sent = {name: value for name, value in asked.items() if value is not None}
    assert fields_of(client.get(CALENDAR, sent)) == fields


def test_a_range_that_is_too_long_says_how_long_it_may_be(client, settings):
    settings.CALENDAR_MAX_DAYS = 31
    asked = {"from": "2026-01-01", "to": "2026-02-01"}
    assert client.get(CALENDAR, asked).status_code == 200
    answer = client.get(CALENDAR, {**asked, "to": "2026-02-02"})
    assert answer.json()["error"]["message"] == (
        "to: Ask for 31 days at most at a time."
    )


def test_who_may_read_it(team):
    path = f"{CALENDAR}?from=2026-01-01&to=2026-01-02"
    assert team.statuses("get", path) == {
        **dict.fromkeys(("owner", "admin", "editor", "viewer", "stranger"), 200),
        "nobody": 401,
        "key": 200,
        "key without scope": 403,
    }
    answer = team.client("viewer").get(path, headers={"X-Workspace": str(uuid.uuid4())})
    assert error_of(answer) == (404, "unknown_workspace")


def test_too_many_posts_are_cut_with_the_time_to_go_on_from(team, client, monkeypatch):
    monkeypatch.setattr(calendar, "MOST", 2)
    noon = in_an_hour()
    first, second, third = (
        str(make_post(team, scheduled_time=noon + timedelta(minutes=n)).pk)
        for n in range(3)
    )
    whole = ask(client, noon, noon + timedelta(minutes=2))
    assert (ids(whole), whole["truncated"]) == ([first, second], False)
    cut = ask(client, noon, noon + DAY)
    assert (ids(cut), cut["truncated"]) == ([first, second], True)
    assert cut["complete_until"] == zulu(noon + timedelta(minutes=2))
    rest = ask(client, noon + timedelta(minutes=2), noon + DAY)
    assert (ids(rest), rest["truncated"]) == ([third], False)


def test_what_is_cut_cuts_the_others_at_the_same_time(
    team, client, account, monkeypatch
):
    monkeypatch.setattr(calendar, "MOST", 2)
    queue_of(team, account)
    day = (now() + 2 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    early = make_post(team, scheduled_time=day)
    make_post(team, scheduled_time=day + timedelta(hours=20))
    found = ask(client, day, day + DAY)
    assert found["complete_until"] == zulu(day + timedelta(hours=18))
    assert ids(found) == [str(early.pk)]
    assert [slot["at"] for slot in found["slots"]] == [
        zulu(day + timedelta(hours=hour)) for hour in (6, 12)
    ]


def test_many_posts_at_one_moment_are_shown_in_part(team, client, monkeypatch):
    monkeypatch.setattr(calendar, "MOST", 2)
    noon = in_an_hour()
    for _ in range(3):
        make_post(team, scheduled_time=noon)
    found = ask(client, noon, noon + DAY)
    assert (len(found["posts"]), found["complete_until"]) == (2, zulu(noon))


def test_it_takes_the_same_queries_whatever_there_is(team, client):
    noon = in_an_hour()
    counts = set()
    for rows in (1, 3):
        for n in range(rows):
            account = account_on(team.workspace)
            queue = queue_of(team, account, name=f"{rows} {n}")
            schedule_of(team, account)
            post = make_post(team, "scheduled", "posted", scheduled_time=noon)
            write_labels(post, [f"{rows} {n}"])
            slot = noon + timedelta(seconds=n + 10 * rows)
            QueuedPost.objects.create(queue=queue, post=post, position=n, slot_at=slot)
        with CaptureQueriesContext(connection) as captured:
            found = ask(client, noon, noon + 2 * DAY)
        assert found["posts"]
        assert found["slots"]
        assert found["occurrences"]
        counts.add(len(captured))
    assert len(counts) == 1, counts


@pytest.mark.postgresql
def test_posts_are_read_through_their_index(team):
    start = in_an_hour()
    rows = calendar.posts_between(team.workspace.pk, start, start + 30 * DAY)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = rows[: calendar.MOST].explain()
    assert "post_list_by_time" in plan
    assert "Sort" not in plan
