"""X: looking for a post that may have been published."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from social_media.platforms.errors import (
    AuthenticationFailed,
    CannotTell,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.servers import answer, serving
from tests.social_media.platforms.x_answering import CREDENTIALS, answering, at, step


def tweet(tweet_id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": tweet_id, "text": text, **more}


def timeline(*tweets: dict[str, Any], **meta: Any) -> dict[str, Any]:
    return {"data": list(tweets), "meta": {"result_count": len(tweets), **meta}}


def test_of_several_the_earliest_is_ours() -> None:
    page = timeline(tweet("1000", "Hello"), tweet("999", "Hello"), tweet("5", "Other"))
    with answering(page) as (x, _):
        found = x.find_published(step(), CREDENTIALS)
    assert found is not None
    assert found.ref.url == "https://x.com/ada/status/999"


def test_all_pages_are_read_from_two_minutes_before_the_first_try() -> None:
    pages = [
        timeline(tweet("9", "Other"), next_token="more"),
        timeline(tweet("8", "Hello")),
    ]
    sent = datetime(2026, 11, 1, 12, 0, 30, tzinfo=UTC)
    with answering(*pages) as (x, server):
        found = x.find_published(replace(step(), first_sent_at=sent), CREDENTIALS)
    assert found is not None
    assert found.ref.id == "8"
    first, second = (r.split(b" ")[1].decode() for r in server.requests)
    assert first.startswith("/2/users/42/tweets?")
    assert "start_time=2026-11-01T11%3A58%3A30Z" in first
    assert "pagination_token=more" in second


def test_a_step_that_was_never_opened_counts_from_its_freezing() -> None:
    with answering(timeline()) as (x, server):
        found = x.find_published(replace(step(), first_sent_at=None), CREDENTIALS)
    assert found is None
    assert b"start_time=" in server.requests[0]


def test_more_than_can_be_read_proves_nothing() -> None:
    page = timeline(tweet("9", "Other"), next_token="more")
    with answering(page) as (x, server), pytest.raises(CannotTell) as caught:
        x.find_published(step(), CREDENTIALS)
    assert (caught.value.code, len(server.requests)) == ("too_many", 5)


def test_all_pages_together_have_one_deadline() -> None:
    page = json.dumps(timeline(tweet("9", "Other"), next_token="more")).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n".encode()

    def slow(connection: Any, request: bytes) -> bool:
        time.sleep(0.4)
        return answer(head + page)(connection, request)

    with serving(slow) as server:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            at(server.port).find_published(step(), CREDENTIALS)
        assert time.monotonic() - began < 1.3
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (402, {"detail": "no credits"}, CannotTell),
        (403, {"detail": "not in your plan"}, CannotTell),
        (401, {"detail": "Unauthorized"}, AuthenticationFailed),
        (429, {"title": "Too Many Requests"}, RateLimited),
        (503, {}, Unavailable),
        (200, {"errors": [{"detail": "Not authorized to view"}]}, CannotTell),
        (200, {}, Unavailable),
        (200, b"<html>", Unavailable),
        (200, {"data": []}, Unavailable),
    ],
)
def test_a_look_up_that_fails_proves_nothing(
    status: int, body: Any, expected: type[PlatformError]
) -> None:
    with answering(body, status=status) as (x, _), pytest.raises(PlatformError) as got:
        x.find_published(step(), CREDENTIALS)
    assert type(got.value) is expected


def test_what_is_no_post_in_a_list_is_passed_over() -> None:
    page = timeline(tweet("x", "Hello"), {"id": None}, {"text": "Hello"})
    page["data"] += [None, "Hello", []]
    with answering(page) as (x, _):
        assert x.find_published(step(), CREDENTIALS) is None
