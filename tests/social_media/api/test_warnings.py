"""Warnings about what is written: they stand in the way of nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Workspace
from social_media.models import Occurrence, Post, PostTarget
from social_media.models.clock import database_now
from social_media.posts.pause import pause
from tests.factories import PostTargetFactory
from tests.queue_factory import PostQueueFactory
from tests.social_media.api.posting import POSTS, body, make_post
from tests.social_media.posts.composing import account_on
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


def at(**delta):
    return (database_now() + timedelta(**delta)).replace(microsecond=0)


def earlier(account, words="Hello", *, due_at, **given):
    return PostTargetFactory(
        account=account, post__content=words, due_at=due_at, **given
    )


def warned(answer):
    assert answer.status_code in {200, 201}, answer.content
    return [(one["path"], one["code"]) for one in answer.json()["warnings"]]


SAME = [("content", "same_text")]


def test_the_same_text_within_a_day_is_told_wherever_it_is_scheduled(client, account):
    other = earlier(account, " Hello \n", due_at=at(hours=2))
    order = body(account, scheduled_time=at(hours=20).isoformat())

    new = client.post(f"{POSTS}/validate", order, format="json")
    assert (warned(new), new.json()["valid"]) == (SAME, True)
    created = client.post(POSTS, order, format="json")
    assert warned(created) == SAME
    [warning] = created.json()["warnings"]
    when = f"{other.due_at:%Y-%m-%d %H:%M} UTC"
    assert f"{account} is to get the same text at {when}." in warning["message"]
    address = f"{POSTS}/{created.json()['id']}"
    assert warned(client.post(f"{address}/validate", {}, format="json")) == SAME
    later = {"scheduled_time": at(hours=27).isoformat()}
    assert warned(client.post(f"{address}/schedule", later, format="json")) == []
    sooner = {"scheduled_time": at(hours=25).isoformat()}
    assert warned(client.patch(address, sooner, format="json")) == SAME
    other_words = {"content": "Hello again"}
    assert warned(client.patch(address, other_words, format="json")) == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("scheduled", True),
        ("queued", True),
        ("posting", True),
        ("reconciling", True),
        ("unconfirmed", True),
        ("posted", True),
        ("failed", False),
        ("cancelled", False),
    ],
)
def test_only_what_goes_out_or_may_have_counts(client, account, status, told):
    earlier(account, due_at=at(hours=-1), status=status)
    order = body(account, scheduled_time=at(hours=1).isoformat())

    answer = client.post(f"{POSTS}/validate", order, format="json")

    assert warned(answer) == (SAME if told else [])


@pytest.mark.parametrize(
    ("hours", "told"), [(-22.9, True), (-23.1, False), (24.9, True), (25.1, False)]
)
def test_a_day_before_and_after_counts(client, account, hours, told):
    earlier(account, due_at=at(hours=hours))
    order = body(account, scheduled_time=at(hours=1).isoformat())

    answer = client.post(f"{POSTS}/validate", order, format="json")

    assert warned(answer) == (SAME if told else [])


def test_it_is_told_of_the_target_that_has_the_text(team, client, account):
    """Another account, another text of its own, letters that a pattern would read."""
    second, text = account_on(team.workspace), "100%_sure \\ done"
    earlier(second, "Hello", content=text, due_at=at(hours=1))
    earlier(account, "hello", due_at=at(hours=1))
    earlier(account, "Hello you", due_at=at(hours=1))
    order = body(account, second, scheduled_time=at(hours=2).isoformat())
    assert warned(client.post(f"{POSTS}/validate", order, format="json")) == []

    order["targets"][1]["content"] = f" {text}"

    answer = client.post(f"{POSTS}/validate", order, format="json")
    assert warned(answer) == [("targets.1.content", "same_text")]


def test_the_nearest_is_named(client, account):
    earlier(account, due_at=at(hours=-5), status="posted", posted_at=at(hours=-5))
    near = earlier(account, due_at=at(hours=3))
    order = body(account, scheduled_time=at(hours=1).isoformat())

    answer = client.post(f"{POSTS}/validate", order, format="json").json()

    assert f"{near.due_at:%H:%M} UTC" in answer["warnings"][0]["message"]


def test_a_draft_and_a_post_without_words_are_compared_with_nothing(client, account):
    earlier(account, "", due_at=at(hours=1))
    earlier(account, due_at=at(hours=1))

    assert warned(client.post(POSTS, body(account), format="json")) == []
    blank = body(account, content=" ", scheduled_time=at(hours=1).isoformat())
    assert warned(client.post(f"{POSTS}/validate", blank, format="json")) == []


def test_a_paused_workspace_is_told_and_takes_posts(team, client, account):
    pause(Workspace.objects.get(pk=team.workspace.pk), user=None)
    told = [("scheduled_time", "workspace_paused")]
    order = body(account, scheduled_time=at(hours=1).isoformat())

    created = client.post(POSTS, order, format="json")
    address = f"{POSTS}/{created.json()['id']}"
    now = client.post(f"{address}/publish-now", {}, format="json")

    assert (warned(created), warned(now)) == (told, told)
    assert "is paused" in now.json()["warnings"][0]["message"]
    assert PostTarget.objects.get().status == "scheduled"


def test_the_number_of_queries_depends_on_nothing(team, client):
    def queries(accounts):
        order = body(*accounts, scheduled_time=at(hours=1).isoformat())
        with CaptureQueriesContext(connection) as captured:
            warnings = warned(client.post(f"{POSTS}/validate", order, format="json"))
        assert len(warnings) == len(accounts)
        post = Post.objects.get(pk=make_post(team, "scheduled").pk)
        with CaptureQueriesContext(connection) as schedule:
            client.post(
                f"{POSTS}/{post.pk}/schedule",
                {"scheduled_time": order["scheduled_time"]},
                format="json",
            )
        return len(captured), len(schedule)

    accounts = [account_on(team.workspace) for _ in range(3)]
    for account in accounts:
        earlier(account, due_at=at(hours=1))
    queries(accounts[:1])  # statements of the hot path are written at their first run
    one = queries(accounts[:1])
    for account in accounts:
        earlier(account, due_at=at(hours=2))
    assert queries(accounts) == one


def test_queues_and_edited_occurrences_tell_it_too(team, client, account):
    queue = PostQueueFactory(workspace=team.workspace, to=[account])
    first, second = (
        client.post(POSTS, {"content": "Hello"}, format="json").json()["id"]
        for _ in range(2)
    )
    path = f"/api/v1/queues/{queue.pk}"
    alone = client.post(f"{path}/add-post", {"post": first}, format="json")
    assert warned(alone) == []
    slot = alone.json()["scheduled_time"]
    earlier(account, due_at=datetime.fromisoformat(slot))
    assert warned(client.post(f"{path}/add-post", {"post": second}, format="json"))
    removed = client.post(f"{path}/remove-post", {"post": second}, format="json")
    assert warned(removed) == []

    schedule = daily(team.workspace, account, content="Other words")
    at = Occurrence.objects.filter(schedule=schedule).first().occurs_at
    earlier(account, "Its own", due_at=at)
    given = {"occurs_at": at.isoformat(), "post": {"content": "Its own"}}
    edited = f"/api/v1/recurring/{schedule.pk}/edit-occurrence"
    assert warned(client.post(edited, given, format="json")) == SAME
