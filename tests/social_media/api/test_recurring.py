"""Recurring posts over the API."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.posts.local_time import local_of
from tests.factories import MediaFileFactory, PostMediaFactory, now
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.posting import POSTS, body, ids, zulu
from tests.social_media.posts.composing import account_on
from tests.social_media.posts.recurrence.recurring import daily, local_now

RECURRING = "/api/v1/recurring"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


@pytest.fixture
def schedule(team, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=3)
    return daily(team.workspace, content="{{counter}}")


def order(*accounts, **given):
    post = body(*accounts, **{"content": "Day {{counter}}", **given.pop("of_post", {})})
    return {"name": "Mornings", "rule": "FREQ=DAILY", "post": post, **given}


def of(schedule, action=""):
    return f"{RECURRING}/{schedule.pk}{action and '/' + action}"


def test_one_is_created_and_its_posts_are_there(team, client, account, settings):
    settings.RECURRENCE_HORIZON = timedelta(days=2)
    start = local_now("UTC", hours=1).isoformat()
    given = order(account, rule="RRULE:FREQ=DAILY;COUNT=9", starts_at=start)
    answer = client.post(RECURRING, given, format="json")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert {**told, "post": None, "created_at": None, "updated_at": None} == {
        "id": str(RecurringSchedule.objects.get().pk),
        "name": "Mornings",
        "rule": "FREQ=DAILY",
        "cron": "",
        "timezone": team.workspace.timezone,
        "starts_at": start,
        "until": None,
        "count": 9,
        "excluded": [],
        "status": "active",
        "post": None,
        "created_at": None,
        "updated_at": None,
    }
    assert told["post"]["content"] == "Day {{counter}}"
    assert [one["account"]["id"] for one in told["post"]["targets"]] == [
        str(account.pk)
    ]
    posts = client.get(f"{POSTS}?ordering=scheduled_time").json()["results"]
    assert [one["content"] for one in posts] == ["Day 1", "Day 2"]
    rows = client.get(f"{RECURRING}/{told['id']}/occurrences").json()["results"]
    assert [(row["number"], row["status"], row["post_status"]) for row in rows] == [
        (1, "made", "scheduled"),
        (2, "made", "scheduled"),
    ]
    assert [row["post"] for row in rows] == [one["id"] for one in posts]
    assert rows[0]["local"] == start


def test_the_same_call_again_makes_no_second(client, account):
    headers = {"Idempotency-Key": "once"}
    given = order(account)
    first = client.post(RECURRING, given, format="json", headers=headers)
    again = client.post(RECURRING, given, format="json", headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert RecurringSchedule.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"rule": "FREQ=SECONDLY"}, {"rule": ["too_often"]}),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, {"rule": ["never_fires"]}),
        ({"count": 3, "until": "2040-01-01"}, {"count": ["two_ends"]}),
        ({"until": "2020-01-01"}, {"until": ["never_fires"]}),
        (
            {"starts_at": "2019-01-01T09:00:00", "until": "2020-01-01"},
            {"until": ["in_the_past"]},
        ),
        (
            {"starts_at": "1990-01-01T09:00:00", "rule": "FREQ=HOURLY"},
            {"starts_at": ["too_many"]},
        ),
        ({"starts_at": "2080-01-01T09:00:00"}, {"starts_at": ["too_far_away"]}),
        ({"timezone": "Mars"}, {"timezone": ["unknown_zone"]}),
        ({"rule": 5}, {"rule": ["invalid"]}),
        ({"rule": ""}, {"rule": ["blank"]}),
        ({"count": "many"}, {"count": ["invalid"]}),
        ({"count": 10**30}, {"count": ["out_of_range"]}),
        ({"excluded": "today"}, {"excluded": ["not_a_list"]}),
        ({"excluded": ["today"]}, {"excluded.0": ["invalid"]}),
        ({"timezone": "localtime"}, {"timezone": ["unknown_zone"]}),
        ({"name": ""}, {"name": ["blank"]}),
        ({"name": "two\nlines"}, {"name": ["lines"]}),
        ({"every": "day"}, {"every": ["unknown_field"]}),
        ({"post": "Hello"}, {"post": ["invalid"]}),
    ],
)
def test_bad_input_is_refused_in_words(client, account, given, found):
    answer = client.post(RECURRING, order(account) | given, format="json")
    assert fields_of(answer) == found
    assert not RecurringSchedule.objects.exists()
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("of_post", "found"),
    [
        ({"content": "{{nobody}}"}, {"post.content": ["unknown_variable"]}),
        ({"content": "{{date:%Q}}"}, {"post.content": ["unknown_variable"]}),
        ({"thread": ["{{a}}"]}, {"post.thread.0": ["unknown_variable"]}),
        ({"content": ""}, {"post.content": ["blank"]}),
        ({"content": "x" * 301}, {"post.content": ["too_long"]}),
        # 299 letters and the variable: what it becomes counts.
        ({"content": "x" * 299 + "{{counter}}"}, None),
        ({"content": "x" * 299 + "{{year}}"}, {"post.content": ["too_long"]}),
        ({"targets": []}, {"post.targets": ["required"]}),
        (
            {"scheduled_time": "2030-01-01T00:00:00Z"},
            {"post.scheduled_time": ["not_here"]},
        ),
    ],
)
def test_the_post_is_checked_as_it_will_be(client, account, of_post, found):
    given = order(account)
    given["post"] |= of_post
    answer = client.post(RECURRING, given, format="json")
    if found is None:
        assert answer.status_code == 201
    else:
        assert fields_of(answer) == found
        assert not Post.objects.exists()


def test_a_preview_stores_nothing(client, account):
    given = {
        "rule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
        "timezone": "Europe/Berlin",
        "starts_at": "2027-03-27T00:00:00",
        "count": 3,
        "show": 5,
        "post": {"content": "{{counter}}: {{date:%d.%m.}}"},
    }
    answer = client.post(f"{RECURRING}/preview", given, format="json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["occurrences"] == [
        {
            "number": number,
            "occurs_at": f"2027-03-{at}:00Z",
            "local": f"2027-03-{27 + number - 1}T02:30:00",
            "content": f"{number}: {27 + number - 1}.03.",
            "note": note,
        }
        for number, at, note in (
            (1, "27T01:30", ""),
            (2, "28T01:00", "Moved: 02:30 doesn't exist that day."),
            (3, "29T00:30", ""),
        )
    ]
    assert not Post.objects.exists()
    bad = client.post(f"{RECURRING}/preview", {"rule": "FREQ=NO"}, format="json")
    assert fields_of(bad) == {"rule": ["invalid_rule"]}


@pytest.mark.parametrize(
    "text", ["{{cuonter}}", "{{COUNTER}}", "{{date:%c}}", "{{date:%999d}}" * 100]
)
def test_no_preview_and_no_pattern_has_variables_that_nobody_knows(
    client, account, schedule, text
):
    """A preview that shows them as they stand would hide the mistake."""
    post = {"content": f"Day {text}"}
    preview = {"rule": "FREQ=DAILY", "post": post}
    edit = {"occurs_at": zulu(Occurrence.objects.first().occurs_at), "post": post}
    answers = [
        client.post(f"{RECURRING}/preview", preview, format="json"),
        client.post(RECURRING, order(account, of_post=post), format="json"),
        client.patch(of(schedule), {"post": post}, format="json"),
        client.post(of(schedule, "edit-occurrence"), edit, format="json"),
    ]
    for answer in answers:
        found = fields_of(answer)
        assert set(found) == {"post.content"}
        assert set(found["post.content"]) == {"unknown_variable"}


def test_an_edited_one_has_its_variables_filled_in(client, schedule):
    made = Occurrence.objects.all()[1].occurs_at
    unmade = Occurrence.objects.last().occurs_at + timedelta(days=2)
    for number, at in ((2, made), (5, unmade)):
        given = {
            "occurs_at": zulu(at),
            "post": {"content": "Mine, {{counter}}", "thread": ["{{date}}"]},
        }
        answer = client.post(of(schedule, "edit-occurrence"), given, format="json")
        assert answer.status_code == 200, answer.content
        shown = answer.json()
        local = local_of(at, ZoneInfo(schedule.timezone))
        assert shown["content"] == f"Mine, {number}"
        assert shown["thread"] == [f"{local:%Y-%m-%d}"]
        assert shown["warnings"] == []


def test_one_that_an_older_rule_made_keeps_its_number(client, schedule):
    second = Occurrence.objects.all()[1]
    given = {"occurs_at": zulu(second.occurs_at), "post": {"content": "Mine"}}
    client.post(of(schedule, "edit-occurrence"), given, format="json")
    start = local_now(schedule.timezone, days=4).isoformat()
    client.patch(of(schedule), {"starts_at": start}, format="json")
    given["post"]["content"] = "Still {{counter}}"
    answer = client.post(of(schedule, "edit-occurrence"), given, format="json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["content"] == "Still 2"


def test_a_stored_one_is_previewed(client, schedule):
    second = Occurrence.objects.all()[1].occurs_at
    client.post(of(schedule, "skip"), {"occurs_at": zulu(second)}, format="json")
    answer = client.get(of(schedule, "preview") + "?count=3")
    found = answer.json()["occurrences"]
    assert [(one["number"], one["content"]) for one in found] == [
        *((1, "1"), (3, "3"), (4, "4")),
    ]
    for query in ("?count=0", "?count=x", "?count=1000", "?counts=3"):
        assert client.get(of(schedule, "preview") + query).status_code == 400


def test_it_is_changed_stopped_resumed_and_deleted(client, schedule):
    post = {"content": "New {{counter}}"}
    answer = client.patch(of(schedule), {"post": post, "name": "N"}, format="json")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["name"], answer.json()["post"]["content"]) == (
        *("N", "New {{counter}}"),
    )
    texts = {one["content"] for one in client.get(POSTS).json()["results"]}
    assert texts == {"New 1", "New 2", "New 3"}
    bad = client.patch(of(schedule), {"post": {"content": "{{x}}"}}, format="json")
    assert fields_of(bad) == {"post.content": ["unknown_variable"]}
    assert client.post(of(schedule, "stop")).json()["status"] == "stopped"
    assert error_of(client.post(of(schedule, "stop"))) == (409, "wrong_status")
    assert client.get(POSTS).json()["count"] == 0
    assert client.post(of(schedule, "resume")).json()["status"] == "active"
    assert client.get(POSTS).json()["count"] == 3
    assert client.delete(of(schedule)).status_code == 204
    assert client.get(of(schedule)).status_code == 404
    assert not Post.objects.exists()


def test_one_occurrence_is_skipped_unskipped_and_edited(client, schedule):
    at = zulu(Occurrence.objects.all()[1].occurs_at)
    skipped = client.post(of(schedule, "skip"), {"occurs_at": at}, format="json")
    assert (skipped.status_code, skipped.json()["status"]) == (200, "skipped")
    assert client.get(POSTS).json()["count"] == 2
    unskipped = client.post(of(schedule, "unskip"), {"occurs_at": at}, format="json")
    assert (unskipped.status_code, client.get(POSTS).json()["count"]) == (200, 3)
    given = {"occurs_at": at, "post": {"content": "Mine"}}
    edited = client.post(of(schedule, "edit-occurrence"), given, format="json")
    assert (edited.status_code, edited.json()["content"]) == (200, "Mine")
    assert edited.json()["id"] == str(Occurrence.objects.get(number=2).post_id)
    wrong = {"occurs_at": zulu(now()), "post": {}}
    assert fields_of(
        client.post(of(schedule, "edit-occurrence"), wrong, format="json")
    ) == {"occurs_at": ["no_occurrence"]}
    naive = {"occurs_at": "2030-01-01T09:00:00"}
    assert fields_of(client.post(of(schedule, "skip"), naive, format="json")) == {
        "occurs_at": ["naive"]
    }


def test_the_pattern_is_no_post(client, schedule):
    template = schedule.template_id
    assert str(template) not in ids(client.get(POSTS))
    targets = client.get("/api/v1/targets").json()["results"]
    assert str(template) not in {one["post"] for one in targets}
    for method, action in (
        ("get", ""),
        ("patch", ""),
        ("delete", ""),
        ("post", "/publish-now"),
        ("post", "/schedule"),
        ("post", "/duplicate"),
    ):
        answer = getattr(client, method)(f"{POSTS}/{template}{action}")
        assert answer.status_code == 404


def test_files_of_the_pattern_are_in_use(client, schedule):
    file = MediaFileFactory(workspace=schedule.workspace)
    PostMediaFactory(post=schedule.template, file=file)
    assert client.delete(f"/api/v1/media/{file.pk}").status_code == 409


def test_lists_are_filtered_searched_and_ordered(team, client):
    one = daily(team.workspace, name="Alpha", content="tea")
    two = daily(team.workspace, name="Beta", content="coffee")
    type(two).objects.filter(pk=two.pk).update(status="ended")
    first, second = str(one.pk), str(two.pk)
    for query, expected in (
        ("", [second, first]),
        ("?status=ended", [second]),
        ("?status=active&status=ended", [second, first]),
        ("?search=tea", [first]),
        ("?search=bet", [second]),
        ("?ordering=name", [first, second]),
        ("?page_size=1&page=2", [first]),
    ):
        assert ids(client.get(RECURRING + query)) == expected, query
    assert client.get(RECURRING + "?state=ended").status_code == 400


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_lists_ask_no_more_for_more_rows(team, client, schedule):
    few = queries(client, RECURRING), queries(client, of(schedule, "occurrences"))
    daily(team.workspace)
    daily(team.workspace)
    Occurrence.objects.filter(schedule=schedule).last().delete()
    many = queries(client, RECURRING), queries(client, of(schedule, "occurrences"))
    assert few == many


def test_who_may(team, schedule, account):
    at = {"occurs_at": zulu(Occurrence.objects.first().occurs_at)}
    editing = {**at, "post": {"content": "Mine"}}
    reads = team.statuses("get", of(schedule))
    assert {name for name, code in reads.items() if code == 200} == {
        *("owner", "admin", "editor", "viewer", "key")
    }
    assert reads["stranger"] == 404
    for method, address, given in (
        ("post", RECURRING, order(account)),
        ("post", of(schedule, "edit-occurrence"), editing),
        ("post", of(schedule, "skip"), at),
        ("post", of(schedule, "unskip"), at),
        ("patch", of(schedule), {"name": "New"}),
    ):
        found = team.statuses(method, address, given)
        assert {found[name] for name in ("viewer", "key without scope")} == {403}
        assert found["nobody"] == 401
        if address != RECURRING:
            assert found["stranger"] == 404
        assert found["editor"] < 300 or found["editor"] == 409
    assert team.statuses("delete", of(schedule))["stranger"] == 404
