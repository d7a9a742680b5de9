"""Media of posts over the API."""

from __future__ import annotations

import pytest

from social_media.models import Post
from tests.factories import WorkspaceFactory
from tests.pictures import picture
from tests.social_media.api.callers import fields_of
from tests.social_media.api.posting import POSTS, body
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def account(team):
    return account_on(team.workspace)


def place(file, **given):
    """As a client asks for it."""
    return {"file": str(file.pk), **given}


def shown(file, alt_text=None):
    """As the API answers it."""
    return {
        "file": str(file.pk),
        "alt_text": alt_text,
        "file_alt_text": file.alt_text,
        "name": "sample",
        "kind": "image",
        "status": "ready",
        "thumbnail_url": None,
    }


def test_media_of_posts_threads_and_targets_come_back(team, client, account):
    one, two = (picture(team.workspace, number=n, alt_text="mine") for n in (1, 2))
    given = body(
        content="Look",
        media=[place(one), place(two, alt_text="other")],
        thread=["b", "c"],
        thread_media=[[], [place(one)]],
        targets=[
            {"account": str(account.pk), "media": []},
            {
                "account": str(account_on(team.workspace).pk),
                "content": "Own",
                "thread": ["d"],
                "thread_media": [[place(two)]],
            },
        ],
    )
    answer = client.post(POSTS, given)
    assert answer.status_code == 201, answer.content
    post = answer.json()
    assert post["media"] == [shown(one), shown(two, "other")]
    assert post["thread_media"] == [[], [shown(one)]]
    assert [(row["media"], row["thread_media"]) for row in post["targets"]] == [
        ([], []),
        (None, [[shown(two)]]),
    ]


def test_a_patch_changes_the_media_alone(team, client, account):
    one, two = (picture(team.workspace, number=n) for n in (1, 2))
    post = client.post(POSTS, body(account, media=[place(one)])).json()
    changed = client.patch(f"{POSTS}/{post['id']}", {"media": [place(two)]}).json()
    assert (changed["content"], changed["media"]) == ("Hello", [shown(two)])


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"media": "x"}, {"media": ["not_a_list"]}),
        ({"media": [{}]}, {"media.0.file": ["required"]}),
        ({"media": [{"file": "x"}]}, {"media.0.file": ["invalid"]}),
        ({"thread_media": [["x"]]}, {"thread_media.0.0": ["invalid"]}),
        ({"content": "", "media": []}, {"content": ["blank"]}),
    ],
)
def test_what_is_no_list_of_files_is_refused(client, account, change, fields):
    answer = client.post(POSTS, body(account, **change))
    assert (answer.status_code, fields_of(answer)) == (400, fields)
    assert Post.objects.count() == 0


def test_a_file_of_another_workspace_is_as_unknown_as_none(client, account):
    foreign = picture(WorkspaceFactory())
    answer = client.post(POSTS, body(account, media=[place(foreign)]))
    assert fields_of(answer) == {"media.0.file": ["unknown_file"]}


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_with_media(
    team, client, account, number, django_assert_num_queries
):
    file = picture(team.workspace)
    for _ in range(number):
        client.post(POSTS, body(account, media=[place(file), place(file)]))
    with django_assert_num_queries(12):
        answer = client.get(POSTS)
    assert len(answer.json()["results"]) == number
