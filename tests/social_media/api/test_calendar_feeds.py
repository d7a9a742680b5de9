"""Making and revoking the secret addresses of calendar feeds."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import ApiKey, Membership, User
from social_media.models import ActivityLog, CalendarFeed
from social_media.posts.feeds import create_feed
from tests.factories import now
from tests.social_media.api.callers import client_with, fields_of

FEEDS = "/api/v1/calendar/feeds"
ORDER = {"name": "My phone"}
ROLES = {
    **dict.fromkeys(("owner", "admin", "editor"), 201),
    "viewer": 403,
    "stranger": 201,  # in their own workspace
    "nobody": 401,
    "key": 201,
    "key without scope": 403,
}


def feed_of(team, person="owner", name="Feed"):
    """With the path of its address."""
    feed, token = create_feed(team.workspace, name=name, user=team.people[person])
    return feed, f"/calendar/{token}.ics"


def logged():
    return list(ActivityLog.objects.values_list("action", "thing_id"))


def test_its_address_is_shown_once(team, client):
    editor = team.client("editor")
    made = editor.post(FEEDS, ORDER)
    assert made.status_code == 201
    body = made.json()
    url = body.pop("url")
    assert url.startswith("http://testserver/calendar/smf_")
    assert url.endswith(".ics")
    assert len(url) > 60
    feed = CalendarFeed.objects.get()
    assert body == editor.get(f"{FEEDS}/{feed.pk}").json()
    assert body["created_by"] == str(team.people["editor"].pk)
    assert (body["works"], body["last_used_at"]) == (True, None)
    secret = url.rpartition("/")[2].removesuffix(".ics")
    assert secret not in str(vars(feed))
    assert logged() == [("calendar_feed.created", feed.pk)]
    assert client.get(url).status_code == 200


def test_the_same_key_makes_one_feed_and_no_secret_is_kept(team):
    editor = team.client("editor")
    headers = {"Idempotency-Key": "one"}
    first, second = (editor.post(FEEDS, ORDER, headers=headers) for _ in range(2))
    assert CalendarFeed.objects.count() == 1
    assert second.json() == {**first.json(), "url": None}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, {"name": ["blank"]}),
        ({"name": None}, {"name": ["null"]}),
        ({"name": "x" * 121}, {"name": ["max_length"]}),
        ({"name": 5}, {"name": ["invalid"]}),
        ({"token": "mine"}, {"token": ["unknown_field"]}),
    ],
)
def test_making_refuses(team, change, fields):
    assert fields_of(team.client("owner").post(FEEDS, ORDER | change)) == fields
    assert not CalendarFeed.objects.exists()


def test_who_may_make(team):
    assert team.statuses("post", FEEDS, ORDER) == ROLES


def test_who_may_look(team):
    path = f"{FEEDS}/{feed_of(team)[0].pk}"
    looking = ROLES | dict.fromkeys(("owner", "admin", "editor", "viewer", "key"), 200)
    assert team.statuses("get", FEEDS) == looking | {"stranger": 200}
    assert team.statuses("get", path) == looking | {"stranger": 404}


def test_who_may_revoke(team):
    path = f"{FEEDS}/{feed_of(team)[0].pk}"
    allowed = dict.fromkeys(("owner", "admin", "editor", "key"), 204)
    assert team.statuses("delete", path) == ROLES | allowed | {"stranger": 404}


def test_a_revoked_feed_is_void_at_once_and_stays_listed(team, client):
    feed, path = feed_of(team)
    assert client.get(path).status_code == 200
    owner = team.client("owner")
    answers = [owner.delete(f"{FEEDS}/{feed.pk}").status_code for _ in range(2)]
    assert answers == [204, 204]
    assert client.get(path).status_code == 404
    (row,) = owner.get(FEEDS).json()["results"]
    assert (row["works"], row["revoked_at"] is None) == (False, False)
    assert [action for action, _ in logged()] == [
        "calendar_feed.revoked",
        "calendar_feed.created",
    ]


@pytest.mark.parametrize("end", ["left", "switched off"])
def test_a_feed_ends_with_the_membership_of_who_made_it(team, client, end):
    _, path = feed_of(team, "editor")
    assert client.get(path).status_code == 200
    editor = team.people["editor"]
    if end == "left":
        Membership.objects.filter(user=editor).delete()
    else:
        User.objects.filter(pk=editor.pk).update(is_active=False)
    assert client.get(path).status_code == 404
    (row,) = team.client("owner").get(FEEDS).json()["results"]
    assert (row["works"], row["revoked_at"]) == (False, None)


def test_a_feed_goes_with_its_workspace(team, client):
    _, path = feed_of(team)
    team.workspace.delete()
    assert client.get(path).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_a_program_makes_one_in_the_name_of_its_person(team):
    program = client_with(team.key(["posts.write"]))
    assert program.post(FEEDS, ORDER).json()["created_by"] == str(
        team.people["owner"].pk
    )


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_a_feed_ends_with_the_key_it_was_made_with(team, client, end):
    program = client_with(team.key(["posts.write"]))
    path = program.post(FEEDS, ORDER).json()["url"]
    assert client.get(path).status_code == 200
    ApiKey.objects.filter(pk=CalendarFeed.objects.get().api_key_id).update(
        **{end: now()}
    )
    assert client.get(path).status_code == 404
    (row,) = team.client("owner").get(FEEDS).json()["results"]
    assert (row["works"], row["revoked_at"]) == (False, None)


def test_activity_is_found_by_feed(team):
    feed, _ = feed_of(team)
    path = f"/api/v1/activity?thing_type=calendarfeed&thing_id={feed.pk}"
    (row,) = team.client("owner").get(path).json()["results"]
    assert row["action"] == "calendar_feed.created"
    assert row["details"] == {"name": "Feed"}


def test_search_and_order(team):
    for name in ("Phone", "Desk"):
        feed_of(team, name=name)
    owner = team.client("owner")

    def names(query):
        return [row["name"] for row in owner.get(f"{FEEDS}{query}").json()["results"]]

    assert names("") == ["Desk", "Phone"]
    assert names("?search=pho") == ["Phone"]
    assert names("?ordering=-name") == ["Phone", "Desk"]
    assert owner.get(f"{FEEDS}/{uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(team, django_assert_num_queries, rows):
    for _ in range(rows):
        feed_of(team)
    owner = team.client("owner")
    with django_assert_num_queries(4):  # the person, their role, the count, the rows
        assert len(owner.get(FEEDS).json()["results"]) == rows
