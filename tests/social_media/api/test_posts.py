"""Posts over the API: writing one and reading it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.models import Post, PostTarget
from tests.factories import (
    PublishAttemptFactory,
    now,
)
from tests.social_media.api.posting import (
    POSTS,
    body,
    brief,
    in_an_hour,
    make_post,
    zulu,
)
from tests.social_media.posts.composing import account_on, step_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


EVERYWHERE = {
    "content": "Everywhere",
    "thread": ["Second"],
    "first_comment": "More below",
    "late_policy": "skip",
    "late_minutes": 5,
}
# What the two targets say in place of the post's own texts.
OVERRIDES = (
    {
        "content": None,
        "thread": [],
        "first_comment": None,
        "options": {"langs": ["en"]},
    },
    {"content": "Here", "thread": ["Too"], "first_comment": "", "options": {}},
)


def fresh_target(target, account, overrides):
    """A target that nobody has touched, as the API shows it."""
    return {
        "id": str(target.pk),
        "post": str(target.post_id),
        "account": brief(account),
        "media": None,
        "thread_media": [],
        "status": "scheduled",
        "due_at": zulu(target.due_at),
        "tries": 0,
        "error": None,
        "remote_url": "",
        "posted_at": None,
        "steps": [],
        **overrides,
    }


def person(user):
    return {
        "id": str(user.pk),
        "email": user.email,
        "first_name": "",
        "last_name": "",
    }


def test_a_new_post_is_answered_with_all_that_a_client_needs(team, client):
    accounts = [account_on(team.workspace, on) for on in ("bluesky", "mastodon")]
    targets = [
        {"account": str(accounts[0].pk), "options": {"langs": ["en"]}},
        {"account": str(accounts[1].pk), **OVERRIDES[1]},
    ]
    at = in_an_hour()
    given = {**EVERYWHERE, "targets": targets, "scheduled_time": at.isoformat()}
    answer = client.post(POSTS, given)
    assert answer.status_code == 201, answer.content
    post, made = Post.objects.get(), PostTarget.objects.all()
    assert answer.json() == {
        **EVERYWHERE,
        "media": [],
        "thread_media": [],
        "id": str(post.pk),
        "status": "scheduled",
        "scheduled_time": zulu(at),
        "labels": [],
        "author": person(team.people["editor"]),
        "queue": None,
        "recurrence": None,
        "targets": list(map(fresh_target, made, accounts, OVERRIDES)),
        "created_at": answer.json()["created_at"],
        "updated_at": answer.json()["updated_at"],
        "warnings": [],
    }
    assert [target.due_at for target in made] == [at, at]
    stored = client.get(f"{POSTS}/{post.pk}").json()
    assert {**stored, "warnings": []} == answer.json()
    assert client.get(f"{POSTS}/").json()["results"] == [stored]


def test_what_stands_on_the_network_and_what_went_wrong_is_shown(team, client):
    post = make_post(team, "failed")
    target = PostTarget.objects.get()
    PostTarget.objects.update(error_code="too_long", error_message="Cut it.")
    step_of(target, remote_id="1", remote_url="https://network.example/1")
    step_of(target, 1)
    (shown,) = client.get(f"{POSTS}/{post.pk}").json()["targets"]
    assert shown["error"] == {"code": "too_long", "message": "Cut it."}
    assert shown["steps"] == [
        {
            "position": 0,
            "kind": "post",
            "remote_url": "https://network.example/1",
            "published_at": None,
        },
        {
            "position": 1,
            "kind": "thread_part",
            "remote_url": "",
            "published_at": None,
        },
    ]


def test_an_offset_counts(client, account):
    at = in_an_hour()
    there = (at + timedelta(hours=2)).replace(tzinfo=None).isoformat() + "+02:00"
    assert client.post(POSTS, body(account, scheduled_time=there)).status_code == 201
    assert Post.objects.get().scheduled_time == at


def test_attempts_are_the_ledger_of_the_post(team, client):
    post = make_post(team, "scheduled")
    target = PostTarget.objects.get()
    step = step_of(target)
    old = PublishAttemptFactory(
        step=step,
        outcome="unavailable",
        error_code="unavailable",
        error_message="Away.",
        http_status=503,
        opened_at=now() - timedelta(minutes=1),
    )
    fresh = PublishAttemptFactory(step=None, target=target, position=0, payload={})
    PublishAttemptFactory()
    answer = client.get(f"{POSTS}/{post.pk}/attempts")
    assert answer.json()["count"] == 2
    first, second = answer.json()["results"]
    assert first == {
        "id": str(old.pk),
        "target": str(target.pk),
        "account": brief(target.account),
        "position": 0,
        "kind": "post",
        "opened_at": zulu(old.opened_at),
        "closed_at": zulu(old.closed_at),
        "outcome": "unavailable",
        "error": {"code": "unavailable", "message": "Away."},
        "http_status": 503,
        "remote_id": "",
    }
    assert (second["id"], second["kind"]) == (str(fresh.pk), None)
    assert (second["outcome"], second["closed_at"], second["error"]) == ("", None, None)
