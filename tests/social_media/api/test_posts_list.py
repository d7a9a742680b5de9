"""Lists of posts: filters, search, order, pages, queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.enums import Platform, PostStatus
from tests.factories import (
    PostFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    ThreadPartFactory,
    now,
)
from tests.social_media.api.callers import fields_of
from tests.social_media.api.posting import (
    POSTS,
    ids,
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


def test_lists_are_filtered_searched_and_ordered(team, client):
    early = make_post(team, "scheduled", content="Alpha", scheduled_time=now())
    x = account_on(team.workspace, Platform.X)
    late = PostFactory(
        workspace=team.workspace,
        status=PostStatus.POSTED,
        content="Beta",
        author=team.people["owner"],
        scheduled_time=in_an_hour(),
    )
    PostTargetFactory(post=late, account=x, status="posted")
    PostFactory(content="Alpha")
    both, first, second = [str(late.pk), str(early.pk)], str(early.pk), str(late.pk)
    soon = zulu(now() + timedelta(minutes=5))
    for query, expected in (
        ("", both),
        ("?status=posted", [second]),
        ("?status=posted&status=scheduled", both),
        ("?status=draft", []),
        ("?platform=bluesky", [first]),
        ("?platform=bluesky&platform=x", both),
        (f"?account={x.pk}", [second]),
        (f"?author={team.people['owner'].pk}", [second]),
        (f"?scheduled_time_after={soon}", [second]),
        (f"?scheduled_time_before={soon}", [first]),
        (f"?created_at_after={soon}", []),
        (f"?created_at_before={soon}", both),
        ("?search=alph", [first]),
        ("?ordering=scheduled_time", [first, second]),
        ("?ordering=-scheduled_time", [second, first]),
        ("?page_size=1", [second]),
        ("?page_size=1&page=2", [first]),
    ):
        assert ids(client.get(f"{POSTS}{query}")) == expected, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("platform=myspace", "platform"),
        ("account=me", "account"),
        ("scheduled_time_after=2027-01-01T00:00:00", "scheduled_time_after"),
    ],
)
def test_filters_that_make_no_sense_are_refused(client, query, field):
    assert list(fields_of(client.get(f"{POSTS}?{query}"))) == [field]


def test_equal_rows_stand_on_one_page_each(team, client):
    made = [str(make_post(team, scheduled_time=None).pk) for _ in range(5)]
    pages = [
        ids(client.get(f"{POSTS}?ordering=status&page_size=2&page={page}"))
        for page in (1, 2, 3)
    ]
    found = [post for page in pages for post in page]
    assert sorted(found) == sorted(made)


def test_a_range_of_scheduled_times_comes_in_their_order(team, client):
    noon = in_an_hour()
    late, early, middle = (
        str(make_post(team, scheduled_time=noon + timedelta(days=days)).pk)
        for days in (3, 1, 2)
    )
    since = f"scheduled_time_after={zulu(noon)}"
    until = f"scheduled_time_before={zulu(noon + timedelta(days=9))}"
    for query, expected in (
        ("", [middle, early, late]),
        (since, [early, middle, late]),
        (f"{since}&{until}", [early, middle, late]),
        (until, [late, middle, early]),
        (f"{since}&ordering=-created_at", [middle, early, late]),
    ):
        assert ids(client.get(f"{POSTS}?{query}")) == expected, query


@pytest.mark.parametrize("ordering", ["status", "-status"])
def test_posts_of_one_status_stand_by_their_age(team, client, ordering):
    statuses = (PostStatus.FAILED, PostStatus.POSTED, PostStatus.FAILED)
    first, second, third = (
        str(PostFactory(workspace=team.workspace, status=status).pk)
        for status in statuses
    )
    expected = [first, third, second]
    if ordering.startswith("-"):
        expected.reverse()
    assert ids(client.get(f"{POSTS}?ordering={ordering}")) == expected


@pytest.mark.parametrize(
    "query", ["status=failed&status=posted", "platform=x&platform=mastodon"]
)
def test_a_choice_of_several_reads_a_page_not_all_rows(team, client, query):
    make_post(team, "failed", "posted")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{POSTS}?{query}")
    assert not [one for one in captured.captured_queries if "DISTINCT" in one["sql"]]


def full_post(team):
    post = make_post(team, "failed", "posted")
    ThreadPartFactory(post=post, position=1)
    for target in post.targets.all():
        ThreadPartFactory(post=post, target=target, position=1)
        PublishAttemptFactory(step=step_of(target), outcome="unavailable")
    return post


def queries(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_list(team, client):
    post = full_post(team)
    at_one = queries(client, POSTS)
    attempts_at_one = queries(client, f"{POSTS}/{post.pk}/attempts")
    for _ in range(2):
        full_post(team)
    assert queries(client, POSTS) == at_one
    for target in post.targets.all():
        PublishAttemptFactory(step=step_of(target, 1), outcome="unavailable")
    assert queries(client, f"{POSTS}/{post.pk}/attempts") == attempts_at_one


def test_every_text_of_a_post_is_searched_and_each_post_found_once(team, client):
    own, shared, bare = (make_post(team, "draft", "draft") for _ in range(3))
    target = own.targets.first()
    target.content, target.first_comment = "Only here", "Aside of one"
    target.save()
    ThreadPartFactory(post=own, target=target, position=1, content="Theirs")
    ThreadPartFactory(post=shared, position=1, content="Ours, first")
    ThreadPartFactory(post=shared, position=2, content="Ours, second")
    type(shared).objects.filter(pk=shared.pk).update(first_comment="Aside of all")
    for words, found in (
        ("only here", [own]),
        ("theirs", [own]),
        ("ours", [shared]),
        ("aside", [shared, own]),
        ("post number", [bare, shared, own]),
    ):
        answer = client.get(POSTS, {"search": words})
        assert ids(answer) == [str(one.pk) for one in found], words
        assert answer.json()["count"] == len(found)
