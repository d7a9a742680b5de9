"""Posts over the API: changing, scheduling, stopping, deleting."""

from __future__ import annotations

import pytest

from social_media.models import ActivityLog, Post, PostTarget
from tests.factories import (
    ThreadPartFactory,
)
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.posting import (
    POSTS,
    body,
    in_an_hour,
    make_post,
    target_of,
    zulu,
)
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


def test_patch_changes_what_is_named_and_only_that(team, client):
    post = make_post(team, "scheduled", first_comment="More below")
    ThreadPartFactory(post=post, position=1, content="Second")
    at = in_an_hour()
    answer = client.patch(
        f"{POSTS}/{post.pk}/", {"content": "Better", "scheduled_time": at.isoformat()}
    )
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["content"], shown["thread"], shown["first_comment"]) == (
        "Better",
        ["Second"],
        "More below",
    )
    assert (shown["scheduled_time"], shown["targets"][0]["due_at"]) == (
        zulu(at),
        zulu(at),
    )
    assert client.patch(f"{POSTS}/{post.pk}", {"thread": []}).json()["thread"] == []


def test_patch_replaces_the_targets(team, client, account):
    post = make_post(team)
    answer = client.patch(
        f"{POSTS}/{post.pk}", target_of(account, content="Mine", thread=["Too"])
    )
    (shown,) = answer.json()["targets"]
    assert (shown["account"]["id"], shown["content"], shown["thread"]) == (
        str(account.pk),
        "Mine",
        ["Too"],
    )


def test_patch_without_a_time_makes_a_draft(team, client):
    post = make_post(team, "scheduled")
    answer = client.patch(f"{POSTS}/{post.pk}", {"scheduled_time": None})
    assert (answer.json()["status"], answer.json()["scheduled_time"]) == ("draft", None)


@pytest.mark.parametrize("status", ["posting", "posted", "reconciling", "unconfirmed"])
def test_patch_of_what_is_on_its_way_says_why_not(team, client, status):
    post = make_post(team, status)
    answer = client.patch(f"{POSTS}/{post.pk}", {"content": "Better"})
    assert error_of(answer) == (409, "not_editable")
    account = PostTarget.objects.get().account
    assert str(account) in answer.json()["error"]["message"]
    assert Post.objects.get().content == post.content


def test_the_way_of_a_post(team, client):
    post = make_post(team)
    path, at = f"{POSTS}/{post.pk}", in_an_hour()

    def status_after(action, data=None):
        answer = client.post(f"{path}/{action}", data)
        assert answer.status_code == 200, answer.content
        return answer.json()["status"]

    assert status_after("schedule", {"scheduled_time": at.isoformat()}) == "scheduled"
    assert status_after("cancel") == "cancelled"
    assert status_after("retry") == "scheduled"
    assert status_after("cancel/") == "cancelled"
    assert status_after("publish-now") == "scheduled"
    actions = ActivityLog.objects.order_by("created_at").values_list(
        "action", "user", "thing_id"
    )
    editor = team.people["editor"].pk
    assert list(actions) == [
        (f"post.{name}", editor, post.pk)
        for name in ("scheduled", "cancelled", "retried", "cancelled", "publish_now")
    ]


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("draft", "cancel"),
        ("posting", "cancel"),
        ("posted", "publish-now"),
        ("posted", "retry"),
        ("scheduled", "retry"),
    ],
)
def test_what_can_t_be_done_now_is_a_409(team, client, status, action):
    post = make_post(team, status)
    answer = client.post(f"{POSTS}/{post.pk}/{action}")
    assert error_of(answer) == (409, "wrong_status")
    assert PostTarget.objects.get().status == status


def test_schedule_needs_a_time_with_an_offset_in_the_future(team, client):
    path = f"{POSTS}/{make_post(team).pk}/schedule"
    for given, codes in (
        ({}, {"scheduled_time": ["required"]}),
        ({"scheduled_time": None}, {"scheduled_time": ["null"]}),
        ({"scheduled_time": "2027-01-01T00:00:00"}, {"scheduled_time": ["naive"]}),
        ({"scheduled_time": "2020-01-01T00:00Z"}, {"scheduled_time": ["in_the_past"]}),
        (
            {"scheduled_time": "2027-01-01T00:00Z", "x": 1},
            {"x": ["unknown_field"]},
        ),
    ):
        assert fields_of(client.post(path, given)) == codes
    assert PostTarget.objects.get().status == "draft"


@pytest.mark.parametrize(
    "action", ["cancel", "publish-now", "retry", "duplicate", "validate"]
)
def test_actions_without_a_body_take_none(team, client, action):
    post = make_post(team)
    answer = client.post(f"{POSTS}/{post.pk}/{action}", {"when": "now"})
    assert fields_of(answer) == {"when": ["unknown_field"]}
    assert PostTarget.objects.get().status == "draft"


def test_delete(team, client):
    post, held = make_post(team, "posted"), make_post(team, "posting")
    assert client.delete(f"{POSTS}/{post.pk}").status_code == 204
    assert error_of(client.get(f"{POSTS}/{post.pk}")) == (404, "not_found")
    assert error_of(client.delete(f"{POSTS}/{held.pk}/")) == (409, "not_deletable")
    assert list(Post.objects.all()) == [held]


def test_duplicate(team, client):
    post = make_post(team, "posted")
    answer = client.post(f"{POSTS}/{post.pk}/duplicate")
    assert answer.status_code == 201
    copy = answer.json()
    assert copy["id"] != str(post.pk)
    assert (copy["status"], copy["content"]) == ("draft", post.content)
    assert [target["status"] for target in copy["targets"]] == ["draft"]


@pytest.mark.parametrize("what", ["create", "duplicate"])
def test_a_call_that_is_sent_twice_with_its_key_makes_one_post(
    team, client, account, what
):
    path, given, made = POSTS, body(account), 1
    if what == "duplicate":
        path, given, made = f"{POSTS}/{make_post(team).pk}/duplicate", {}, 2
    headers = {"Idempotency-Key": "1843"}
    first = client.post(path, given, headers=headers)
    again = client.post(path, given, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Post.objects.count() == made


def test_a_refused_call_leaves_its_key_unused(client, account):
    headers = {"Idempotency-Key": "1843"}
    wrong = body(account, content="a" * 301)
    assert client.post(POSTS, wrong, headers=headers).status_code == 400
    assert client.post(POSTS, body(account), headers=headers).status_code == 201
