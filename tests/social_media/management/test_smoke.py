"""The smoke test fails for every kind of wrong outcome."""

from __future__ import annotations

from typing import Any

import pytest

from social_media.management.demo_posts import due_posts, visible_posts
from social_media.management.smoke import Outcome, agrees

ALL = visible_posts()


@pytest.mark.parametrize(
    ("outcome", "complete"),
    [
        (Outcome(posted=ALL, doubled=0, api_agrees=True), True),
        (Outcome(posted=ALL - 1, doubled=0, api_agrees=True), False),
        (Outcome(posted=ALL + 1, doubled=1, api_agrees=True), False),
        (Outcome(posted=ALL, doubled=1, api_agrees=True), False),
        (Outcome(posted=ALL, doubled=0, api_agrees=False), False),
    ],
)
def test_only_everything_once_is_complete(outcome: Outcome, complete: bool) -> None:
    assert outcome.complete is complete


def post(number: int, status: str = "posted") -> dict[str, Any]:
    return {"status": status, "targets": [{"remote_url": f"https://net/{number}"}]}


URLS = {f"https://net/{number}" for number in range(len(due_posts()))}


def test_the_api_agrees_when_all_posts_stand_where_it_says() -> None:
    assert agrees([post(number) for number in range(len(due_posts()))], URLS)


def test_the_api_disagrees_with_a_post_that_is_not_out() -> None:
    posts = [post(number) for number in range(len(due_posts()) - 1)]
    assert not agrees(posts, URLS)
    assert not agrees([*posts, post(len(due_posts()) - 1, "scheduled")], URLS)


def test_the_api_disagrees_with_an_address_that_leads_nowhere() -> None:
    posts = [post(number + 1) for number in range(len(due_posts()))]
    assert not agrees(posts, URLS)


def test_what_is_for_another_day_may_wait() -> None:
    posts = [post(number) for number in range(len(due_posts()))]
    later = {"status": "scheduled", "targets": [{"remote_url": ""}]}
    assert agrees([*posts, later], URLS)
    assert not agrees([*posts, {**later, "status": "failed"}], URLS)
