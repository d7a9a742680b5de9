"""Who may do what with posts."""

from __future__ import annotations

import pytest

from social_media.models import Post
from tests.social_media.api.callers import client_with
from tests.social_media.api.posting import (
    POSTS,
    body,
    ids,
    in_an_hour,
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


READERS = {
    "owner": 200,
    "admin": 200,
    "editor": 200,
    "viewer": 200,
    "nobody": 401,
    "key": 200,
    "key without scope": 403,
}
WRITERS = {**READERS, "viewer": 403}


@pytest.mark.parametrize("path", ["", "/attempts"])
def test_who_may_read_a_post(team, path):
    post = make_post(team)
    assert team.statuses("get", f"{POSTS}/{post.pk}{path}") == {
        **READERS,
        "stranger": 404,
    }


def test_who_may_list(team):
    assert team.statuses("get", POSTS) == {**READERS, "stranger": 200}


def test_a_stranger_s_list_is_empty(team):
    make_post(team)
    assert ids(team.client("stranger").get(POSTS)) == []


@pytest.mark.parametrize(
    ("action", "statuses"),
    [
        ("schedule", ["draft"]),
        ("publish-now", ["draft"]),
    ],
)
def test_who_may_move_a_post(team, action, statuses):
    path = f"{POSTS}/{make_post(team, *statuses).pk}/{action}"
    given = {"scheduled_time": in_an_hour().isoformat()} if action == "schedule" else {}
    assert team.statuses("post", path, given) == {**WRITERS, "stranger": 404}


@pytest.mark.parametrize(
    ("action", "status"), [("cancel", "scheduled"), ("retry", "failed")]
)
def test_who_may_stop_and_start_a_post(team, action, status):
    """Done once, it can't be done again: the others are let in, and told so."""
    path = f"{POSTS}/{make_post(team, status).pk}/{action}"
    found = team.statuses("post", path)
    allowed = [name for name, code in found.items() if code in {200, 409}]
    refused = {name: code for name, code in found.items() if name not in allowed}
    assert sorted(allowed) == ["admin", "editor", "key", "owner"]
    assert refused == {
        "viewer": 403,
        "stranger": 404,
        "nobody": 401,
        "key without scope": 403,
    }


def test_who_may_change_a_post(team):
    path = f"{POSTS}/{make_post(team).pk}"
    found = team.statuses("patch", path, {"content": "Better"})
    assert found == {**WRITERS, "stranger": 404}


def test_who_may_duplicate(team):
    path = f"{POSTS}/{make_post(team).pk}/duplicate"
    found = team.statuses("post", path)
    assert found == {
        name: 201 if code == 200 else code
        for name, code in {**WRITERS, "stranger": 404}.items()
    }


def test_who_may_write(team, account):
    """The stranger writes in a workspace of their own, where our account is unknown."""
    found = team.statuses("post", POSTS, body(account))
    assert found == {
        name: 201 if code == 200 else code
        for name, code in {**WRITERS, "stranger": 400}.items()
    }


def test_who_sees_posts_may_validate_them(team, account):
    readers = {**WRITERS, "viewer": 200}
    post = make_post(team)
    stored = team.statuses("post", f"{POSTS}/{post.pk}/validate")
    new = team.statuses("post", f"{POSTS}/validate", body(account))
    assert (stored, new) == (
        {**readers, "stranger": 404},
        {**readers, "stranger": 200},
    )


@pytest.mark.parametrize("name", [*WRITERS, "stranger"])
def test_who_may_delete(team, name):
    post = make_post(team)
    if name.startswith("key"):
        client = client_with(team.key(["posts.write"] if name == "key" else ["no"]))
    else:
        client = team.client(name)
    expected = {**WRITERS, "stranger": 404}[name]
    code = client.delete(f"{POSTS}/{post.pk}").status_code
    assert code == (204 if expected == 200 else expected)
    assert Post.objects.exists() is (expected != 200)
