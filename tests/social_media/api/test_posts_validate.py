"""Posts over the API: asking the networks' rules first."""

from __future__ import annotations

import pytest

from social_media.enums import Platform
from social_media.models import ActivityLog, Post
from tests.factories import (
    PostFactory,
    WorkspaceFactory,
)
from tests.social_media.api.callers import fields_of
from tests.social_media.api.posting import (
    POSTS,
    body,
    make_post,
)
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


def test_validate_measures_as_the_networks_do_and_stores_nothing(team, client):
    x = account_on(team.workspace, Platform.X)
    mastodon = account_on(team.workspace, Platform.MASTODON)
    text = "https://example.org/" + "a" * 100 + " 👍"
    answer = client.post(
        f"{POSTS}/validate",
        {
            "content": text,
            "targets": [
                {"account": str(x.pk)},
                {
                    "account": str(mastodon.pk),
                    "content": "b" * 501,
                    "thread": ["c"],
                    "first_comment": "d",
                },
            ],
        },
    )
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["valid"], [p["path"] for p in found["problems"]]) == (
        False,
        ["targets.1.content"],
    )
    assert [target["account"]["id"] for target in found["targets"]] == [
        str(x.pk),
        str(mastodon.pk),
    ]
    measured = [
        [(part["path"], part["length"], part["limit"]) for part in target["parts"]]
        for target in found["targets"]
    ]
    assert measured == [
        [("content", 26, 280)],
        [
            ("targets.1.content", 501, 500),
            ("targets.1.thread.0", 1, 500),
            ("targets.1.first_comment", 1, 500),
        ],
    ]
    assert not Post.objects.exists()
    assert not ActivityLog.objects.exists()


def test_validate_of_what_is_fine(client, account):
    found = client.post(f"{POSTS}/validate/", body(account)).json()
    assert (found["valid"], found["problems"]) == (True, [])
    assert not Post.objects.exists()


def test_validate_tells_of_accounts_and_times_too(client, account):
    theirs = account_on(WorkspaceFactory())
    given = body(account, theirs, scheduled_time="2020-01-01T00:00:00Z")
    found = client.post(f"{POSTS}/validate", given).json()
    assert [(p["path"], p["code"]) for p in found["problems"]] == [
        ("targets.1.account", "unknown_account"),
        ("scheduled_time", "in_the_past"),
    ]
    assert len(found["targets"]) == 1


def test_validate_of_a_malformed_body_is_a_400(client):
    answer = client.post(f"{POSTS}/validate", {"text": "Hello"})
    assert fields_of(answer) == {"content": ["required"], "text": ["unknown_field"]}


def test_validate_of_a_stored_post(team, client):
    post = make_post(team, "failed", content="a" * 301)
    found = client.post(f"{POSTS}/{post.pk}/validate").json()
    assert [(p["path"], p["code"]) for p in found["problems"]] == [
        ("content", "too_long")
    ]
    empty = PostFactory(workspace=team.workspace)
    found = client.post(f"{POSTS}/{empty.pk}/validate").json()
    assert [(p["path"], p["code"]) for p in found["problems"]] == [
        ("targets", "required")
    ]
