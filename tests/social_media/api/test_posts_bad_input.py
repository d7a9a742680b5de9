"""What bad input gets: the field, words, and nothing stored."""

from __future__ import annotations

import pytest

from social_media.models import ActivityLog, Post
from tests.factories import (
    WorkspaceFactory,
)
from tests.social_media.api.callers import fields_of
from tests.social_media.api.posting import (
    POSTS,
    body,
    make_post,
    target_of,
)
from tests.social_media.posts.composing import account_on
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


@pytest.mark.parametrize(
    ("platform", "change", "fields"),
    [
        ("x", {"content": "a" * 281}, {"content": ["too_long"]}),
        ("bluesky", {"content": "a" * 301}, {"content": ["too_long"]}),
        (
            "bluesky",
            {"content": "👨‍👩‍👧‍👦" * 121},
            {"content": ["too_many_bytes"]},
        ),
        ("mastodon", {"content": "a" * 501}, {"content": ["too_long"]}),
        ("bluesky", {"content": ""}, {"content": ["blank"]}),
        ("bluesky", {"content": " \n "}, {"content": ["blank"]}),
        ("bluesky", {"content": None}, {"content": ["null"]}),
        ("bluesky", {"content": ["a"]}, {"content": ["invalid"]}),
        ("bluesky", {"content": 5}, {"content": ["invalid"]}),
        ("bluesky", {"thread": ["b", 1.5]}, {"thread.1": ["invalid"]}),
        ("mastodon", {"content": "\u200b\u3164"}, {"content": ["empty"]}),
        ("bluesky", {"thread": ["b", ""]}, {"thread.1": ["blank"]}),
        ("bluesky", {"thread": ["b", "c" * 301]}, {"thread.1": ["too_long"]}),
        ("bluesky", {"thread": "b"}, {"thread": ["not_a_list"]}),
        ("bluesky", {"thread": ["b"] * 101}, {"thread": ["max_length"]}),
        ("bluesky", {"first_comment": "a" * 301}, {"first_comment": ["too_long"]}),
        (
            "bluesky",
            {"scheduled_time": "2099-01-01T10:00:00"},
            {"scheduled_time": ["naive"]},
        ),
        ("bluesky", {"scheduled_time": "soon"}, {"scheduled_time": ["invalid"]}),
        ("bluesky", {"scheduled_time": 7}, {"scheduled_time": ["invalid"]}),
        (
            "bluesky",
            {"scheduled_time": "2020-01-01T10:00:00Z"},
            {"scheduled_time": ["in_the_past"]},
        ),
        (
            "bluesky",
            {"scheduled_time": "9999-12-31T23:59:59Z"},
            {"scheduled_time": ["too_far_away"]},
        ),
        ("bluesky", {"late_policy": "maybe"}, {"late_policy": ["invalid_choice"]}),
        ("bluesky", {"late_minutes": -1}, {"late_minutes": ["min_value"]}),
        ("bluesky", {"late_minutes": 10**9}, {"late_minutes": ["max_value"]}),
        ("bluesky", {"status": "posted"}, {"status": ["unknown_field"]}),
        ("bluesky", {"content": "a\x00b"}, {"content": ["unstorable_text"]}),
        ("bluesky", {"targets": {}}, {"targets": ["not_a_list"]}),
        ("bluesky", {"targets": [7]}, {"targets.0": ["invalid"]}),
        ("bluesky", {"targets": [{}]}, {"targets.0.account": ["required"]}),
        (
            "bluesky",
            {"targets": [{"account": "me"}]},
            {"targets.0.account": ["invalid"]},
        ),
        (
            "bluesky",
            {"targets": [{"account": "00000000-0000-0000-0000-000000000000"}]},
            {"targets.0.account": ["unknown_account"]},
        ),
        (
            "bluesky",
            {"targets": [], "scheduled_time": "2027-01-01T00:00:00Z"},
            {"targets": ["required"]},
        ),
    ],
)
def test_bad_input_names_the_field_and_stores_nothing(
    team, client, platform, change, fields
):
    account = account_on(team.workspace, platform)
    answer = client.post(POSTS, {**body(account), **change})
    assert fields_of(answer) == fields
    assert not Post.objects.exists()
    assert not ActivityLog.objects.exists()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"options": {"mood": "x"}}, {"targets.0.options.mood": ["unknown_option"]}),
        (
            {"options": {"langs": ["not a code"]}},
            {"targets.0.options.langs": ["invalid_option"]},
        ),
        ({"options": ["langs"]}, {"targets.0.options": ["not_a_dict"]}),
        ({"content": "a" * 301}, {"targets.0.content": ["too_long"]}),
        ({"content": ""}, {"targets.0.content": ["blank"]}),
        (
            {"content": "a", "thread": ["b", "c" * 301]},
            {"targets.0.thread.1": ["too_long"]},
        ),
        ({"thread": ["b"]}, {"targets.0.thread": ["needs_content"]}),
        ({"first_comment": "a" * 301}, {"targets.0.first_comment": ["too_long"]}),
        ({"due_at": "2027-01-01T00:00:00Z"}, {"targets.0.due_at": ["unknown_field"]}),
    ],
)
def test_bad_input_in_a_target_names_the_target(client, account, change, fields):
    answer = client.post(POSTS, {**body(), **target_of(account, **change)})
    assert fields_of(answer) == fields
    assert not Post.objects.exists()


def test_an_account_of_somebody_else(client, account):
    theirs = account_on(WorkspaceFactory())
    answer = client.post(POSTS, body(account, theirs, account))
    assert fields_of(answer) == {
        "targets.1.account": ["unknown_account"],
        "targets.2.account": ["duplicate"],
    }
    assert not Post.objects.exists()


def test_the_words_say_how_long_it_is(client, account):
    answer = client.post(POSTS, body(account, content="a" * 301))
    (found,) = answer.json()["error"]["fields"]["content"]
    assert "301" in found["message"]
    assert "300" in found["message"]


def test_a_change_is_checked_like_a_new_post(team, client):
    post = make_post(team)
    path = f"{POSTS}/{post.pk}"
    assert fields_of(client.patch(path, {"content": "a" * 301})) == {
        "content": ["too_long"]
    }
    assert fields_of(client.patch(path, {"id": "x", "mood": "y"})) == {
        "id": ["unknown_field"],
        "mood": ["unknown_field"],
    }
    assert fields_of(client.patch(path, {"scheduled_time": "2027-01-01T00:00"})) == {
        "scheduled_time": ["naive"]
    }
    assert Post.objects.get().content == post.content


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"targets": [{}]}, "targets.0.account"),
        ({"targets": [{"content": "x"}]}, "targets.0.account"),
        ({"media": [{}]}, "media.0.file"),
        ({"media": [{"alt_text": "x"}]}, "media.0.file"),
        ({"thread_media": [[{}]]}, "thread_media.0.0.file"),
        ({"targets": [{"account": None, "media": [{}]}]}, "targets.0.media.0.file"),
    ],
)
@pytest.mark.parametrize("of", ["post", "pattern"])
def test_a_change_gives_each_item_of_a_list_as_a_whole(
    team, client, account, change, field, of
):
    for target in change.get("targets", []):
        if "account" in target:
            target["account"] = str(account.pk)
    path, given = f"{POSTS}/{make_post(team).pk}", change
    if of == "pattern":
        path = f"/api/v1/recurring/{daily(team.workspace).pk}"
        given, field = {"post": change}, f"post.{field}"
    answer = client.patch(path, given, format="json")
    assert fields_of(answer) == {field: ["required"]}
