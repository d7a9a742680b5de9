"""Targets over the API: looking at them and settling those in doubt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.enums import Platform
from social_media.models import ActivityLog, PostTarget
from tests.factories import (
    PostFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    ThreadPartFactory,
    now,
)
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.posts.composing import account_on, step_of

pytestmark = pytest.mark.django_db

TARGETS = "/api/v1/targets"
LINK = "https://x.com/ada/status/1843"


@pytest.fixture
def client(team):
    return team.client("editor")


def make_target(team, status="scheduled", platform=Platform.X, **given):
    post = PostFactory(workspace=team.workspace, status=status)
    account = account_on(team.workspace, platform)
    return PostTargetFactory(post=post, account=account, status=status, **given)


def unconfirmed(team):
    target = make_target(team, "unconfirmed")
    PublishAttemptFactory(step=step_of(target))
    return target


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_target_is_shown_as_in_its_post(team, client):
    target = make_target(team)
    shown = client.get(f"{TARGETS}/{target.pk}").json()
    (as_in_post,) = client.get(f"/api/v1/posts/{target.post_id}").json()["targets"]
    assert shown == as_in_post
    assert shown["post"] == str(target.post_id)


def test_live_with_its_link(team, client):
    target = unconfirmed(team)
    answer = client.post(
        f"{TARGETS}/{target.pk}/resolve", {"decision": "live", "url": LINK}
    )
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["status"], shown["remote_url"]) == ("posted", LINK)
    assert [step["remote_url"] for step in shown["steps"]] == [LINK]
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.user) == ("target.resolved", team.people["editor"])


def test_send_again(team, client):
    target = unconfirmed(team)
    answer = client.post(f"{TARGETS}/{target.pk}/resolve/", {"decision": "send_again"})
    assert answer.json()["status"] == "scheduled"
    assert list(PostTarget.objects.due()) == [target]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"decision": ["required"]}),
        ({"decision": "maybe"}, {"decision": ["invalid_choice"]}),
        ({"decision": "live"}, {"url": ["required"]}),
        ({"decision": "live", "url": "here"}, {"url": ["invalid"]}),
        ({"decision": "live", "url": "ftp://x.com/1"}, {"url": ["invalid"]}),
        ({"decision": "live", "url": "javascript:alert(1)"}, {"url": ["invalid"]}),
        (
            {"decision": "live", "url": "https://x.com/" + "1" * 500},
            {"url": ["max_length"]},
        ),
        ({"decision": "send_again", "url": LINK}, {"url": ["unexpected"]}),
        ({"decision": "send_again", "why": "x"}, {"why": ["unknown_field"]}),
    ],
)
def test_decisions_that_make_no_sense(team, client, given, fields):
    target = unconfirmed(team)
    assert fields_of(client.post(f"{TARGETS}/{target.pk}/resolve", given)) == fields
    assert PostTarget.objects.get().status == "unconfirmed"
    assert not ActivityLog.objects.exists()


@pytest.mark.parametrize("status", ["scheduled", "posting", "posted", "reconciling"])
def test_what_is_not_in_doubt_is_not_settled(team, client, status):
    target = make_target(team, status)
    path = f"{TARGETS}/{target.pk}/resolve"
    for given in ({"decision": "live", "url": LINK}, {"decision": "send_again"}):
        assert error_of(client.post(path, given)) == (409, "not_unconfirmed")
    assert PostTarget.objects.get().status == status


def test_lists_are_filtered_and_ordered(team, client):
    x = make_target(team, due_at=now())
    soon = now() + timedelta(minutes=5)
    bluesky = make_target(
        team, "failed", Platform.BLUESKY, due_at=soon + timedelta(minutes=5)
    )
    PostTargetFactory()
    first, second = str(x.pk), str(bluesky.pk)
    when = soon.isoformat().replace("+00:00", "Z")
    for query, expected in (
        ("", [first, second]),
        ("?status=failed", [second]),
        ("?platform=x", [first]),
        (f"?account={x.account_id}", [first]),
        (f"?post={bluesky.post_id}", [second]),
        (f"?due_at_after={when}", [second]),
        (f"?due_at_before={when}", [first]),
        (f"?search={bluesky.post.content.replace(' ', '+')}", [second]),
        ("?ordering=-due_at", [second, first]),
    ):
        assert ids(client.get(f"{TARGETS}{query}")) == expected, query


def full_target(team):
    target = make_target(team, "failed")
    ThreadPartFactory(post=target.post, target=target, position=1)
    step_of(target)


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(TARGETS).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_list(team, client):
    full_target(team)
    at_one = queries(client)
    full_target(team)
    full_target(team)
    assert queries(client) == at_one


READERS = {
    "owner": 200,
    "admin": 200,
    "editor": 200,
    "viewer": 200,
    "stranger": 404,
    "nobody": 401,
    "key": 200,
    "key without scope": 403,
}


def test_who_may_look(team):
    target = make_target(team)
    assert team.statuses("get", f"{TARGETS}/{target.pk}") == READERS
    assert team.statuses("get", TARGETS) == {**READERS, "stranger": 200}
    assert ids(team.client("stranger").get(TARGETS)) == []


def test_who_may_settle(team):
    """Done once, it can't be done again: the others are let in, and told so."""
    target = unconfirmed(team)
    found = team.statuses(
        "post", f"{TARGETS}/{target.pk}/resolve", {"decision": "send_again"}
    )
    assert found == {
        **READERS,
        "admin": 409,
        "editor": 409,
        "viewer": 403,
        "key": 409,
    }
