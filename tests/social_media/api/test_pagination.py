"""Pages of lists that are longer than is counted."""

from __future__ import annotations

import pytest

from social_media.api.v1.pagination import BoundedPaginator
from tests.factories import PostFactory
from tests.social_media.api.callers import error_of
from tests.social_media.api.posting import POSTS, ids

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team):
    return team.client("editor")


@pytest.fixture
def counted_to_four(monkeypatch):
    monkeypatch.setattr(BoundedPaginator, "counted", 4)


def posts(team, number):
    """Ids, newest first."""
    made = [PostFactory(workspace=team.workspace) for _ in range(number)]
    return [str(post.pk) for post in reversed(made)]


def walked(client, path):
    """Ids page by page, as a program follows `next`."""
    pages = []
    while path:
        answer = client.get(path)
        pages.append(ids(answer))
        path = answer.json()["next"]
    return pages


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_a_short_list_is_counted(team, client, counted_to_four, number):
    posts(team, number)

    body = client.get(POSTS).json()

    assert set(body) == {"count", "next", "previous", "results"}
    assert (body["count"], len(body["results"])) == (number, number)


def test_a_long_list_says_that_there_is_more_than_counted(
    team, client, counted_to_four
):
    posts(team, 5)

    body = client.get(f"{POSTS}?page_size=2").json()

    assert (body["count"], body["count_limited"]) == (4, True)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("number", [4, 5, 6, 9])
def test_next_leads_to_every_row_once(team, client, counted_to_four, number, size):
    made = posts(team, number)

    pages = walked(client, f"{POSTS}?page_size={size}")

    assert [one for page in pages for one in page] == made
    assert {len(page) for page in pages[:-1]} <= {size}


@pytest.mark.parametrize("number", [3, 5, 6, 7])
def test_the_last_page_is_the_last_one(team, client, counted_to_four, number):
    made = posts(team, number)

    answer = client.get(f"{POSTS}?page_size=2&page=last")

    assert ids(answer) == made[(number - 1) // 2 * 2 :]
    assert answer.json()["next"] is None


@pytest.mark.parametrize("number", [2, 7])
@pytest.mark.parametrize("page", ["5", "0", "-1", "x", "9" * 30])
def test_a_page_that_does_not_exist(team, client, counted_to_four, number, page):
    posts(team, number)

    answer = client.get(f"{POSTS}?page_size=2&page={page}")

    assert error_of(answer) == (404, "not_found")


def test_a_page_beyond_the_count_knows_both_its_neighbours(
    team, client, counted_to_four
):
    posts(team, 9)

    body = client.get(f"{POSTS}?page_size=2&page=4").json()

    assert body["previous"].endswith("page=3&page_size=2")
    assert body["next"].endswith("page=5&page_size=2")
