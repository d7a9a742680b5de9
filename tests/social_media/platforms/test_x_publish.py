"""X: publishing, with odd answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.enums import StepKind
from social_media.platforms.base import Draft, Part, RemoteRef
from social_media.platforms.errors import (
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.x_answering import answering, body_of, publish, step


@pytest.mark.parametrize(
    ("options", "kind", "sent"),
    [
        ({}, StepKind.POST, {}),
        ({"reply_settings": None}, StepKind.POST, {}),
        ({"reply_settings": "everyone"}, StepKind.POST, {}),
        ({"reply_settings": "verified"}, StepKind.POST, {"reply_settings": "verified"}),
        ({"reply_settings": "verified"}, StepKind.THREAD_PART, {}),
    ],
)
def test_who_may_reply_is_sent_with_the_first_post(
    options: Mapping[str, Any], kind: StepKind, sent: dict[str, Any]
) -> None:
    part = Part(" cafe\u0301 ", kind)
    with answering({"data": {"id": "7", "text": "café"}}, status=201) as (x, server):
        payload = x.freeze(part, Draft([part], options), datetime.now(UTC))
        published = publish(x, replace(step(), payload=payload))
    assert body_of(server.requests[0]) == {"text": "café", **sent}
    assert (published.ref.id, published.ref.url) == ("7", "https://x.com/ada/status/7")


def test_a_part_answers_the_one_before() -> None:
    with answering({"data": {"id": "8", "text": "Two"}}) as (x, server):
        publish(x, step("Two", reply_to=RemoteRef("7", "https://x.com/ada/status/7")))
    assert body_of(server.requests[0]) == {
        "text": "Two",
        "reply": {"in_reply_to_tweet_id": "7"},
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>", OutcomeUnknown),
        (b"", OutcomeUnknown),
        (b"[]", OutcomeUnknown),
        ({}, OutcomeUnknown),
        ({"data": None}, OutcomeUnknown),
        ({"data": {"id": ""}}, OutcomeUnknown),
        ({"errors": [{"detail": "odd"}]}, OutcomeUnknown),
        ({"errors": [{"detail": "no", "status": "403"}]}, OutcomeUnknown),
        ({"errors": [{"detail": "no", "status": 403}]}, ContentRejected),
        ({"errors": [{"detail": "wait", "status": 429}]}, RateLimited),
        ({"errors": [{"detail": "oops", "status": 503}]}, OutcomeUnknown),
    ],
)
def test_a_success_without_an_id(body: Any, expected: type[PlatformError]) -> None:
    with answering(body) as (x, _), pytest.raises(PlatformError) as caught:
        publish(x, step())
    assert type(caught.value) is expected


def test_an_id_counts_even_with_errors_beside_it() -> None:
    body = {"data": {"id": 7}, "errors": [{"detail": "odd", "status": 403}]}
    with answering(body) as (x, _):
        assert publish(x, step()).ref.id == "7"


@pytest.mark.parametrize("body", [b"<html>Attention</html>", b"null", b'"text"'])
def test_a_refusal_that_is_not_x_own_can_be_tried_again(body: bytes) -> None:
    with answering(body, status=403) as (x, _), pytest.raises(Unavailable):
        publish(x, step())


def test_a_rate_limit_ends_when_x_says() -> None:
    reset = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    headers = f"x-rate-limit-remaining: 0\r\nx-rate-limit-reset: {reset}\r\n"
    with (
        answering({"title": "Too Many"}, status=429, headers=headers) as (x, _),
        pytest.raises(RateLimited) as caught,
    ):
        publish(x, step())
    assert caught.value.retry_at == datetime.fromtimestamp(reset, UTC)
