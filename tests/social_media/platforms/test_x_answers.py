"""What X's answers mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.x.answers import error_of, read_problem, retry_at

TYPES = "https://api.twitter.com/2/problems/"
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["errors", "detail", "type", "code", "message", "status", "title"]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


def problem(status: int, detail: str = "", kind: str = "about:blank") -> dict[str, Any]:
    return {"title": "T", "detail": detail, "type": kind, "status": status}


def old(code: int, message: str = "words") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}]}


@pytest.mark.parametrize(
    ("status", "body", "expected", "code"),
    [
        (400, problem(400, "too long"), ContentRejected, "content_rejected"),
        (400, old(186, "too long"), ContentRejected, "content_rejected"),
        (400, {}, Unavailable, "unavailable"),
        (401, problem(401, "Unauthorized"), AuthenticationFailed, None),
        (401, {}, AuthenticationFailed, None),
        (403, old(89), AuthenticationFailed, None),
        (402, problem(402, "no credits"), AccountBlocked, "usage_capped"),
        (402, {}, AccountBlocked, "usage_capped"),
        (429, problem(429, "cap", TYPES + "usage-capped"), AccountBlocked, None),
        (403, problem(403, "cap", TYPES + "usage-capped/"), AccountBlocked, None),
        (403, problem(403, DUPLICATE), OutcomeUnknown, "duplicate"),
        (403, old(187, "Status is a duplicate."), OutcomeUnknown, "duplicate"),
        (
            403,
            problem(403, "no", TYPES + "client-forbidden"),
            AuthenticationFailed,
            "permission",
        ),
        (
            403,
            problem(403, "no", "https://api.x.com/2/problems/oauth1-permissions"),
            AuthenticationFailed,
            "permission",
        ),
        (
            403,
            problem(403, "no", TYPES + "not-authorized-for-resource"),
            AuthenticationFailed,
            "permission",
        ),
        (403, problem(403, "Your account is suspended"), AccountBlocked, None),
        (403, problem(403, "temporarily locked"), AccountBlocked, None),
        (403, old(326), AccountBlocked, None),
        (403, problem(403, "Reply is not allowed"), ContentRejected, None),
        (403, problem(403, "You have been blocked"), ContentRejected, None),
        (403, {}, Unavailable, None),
        (404, problem(404, "gone"), ContentRejected, None),
        (413, problem(413, "too large"), ContentRejected, None),
        (429, problem(429, "Too Many Requests"), RateLimited, None),
        (429, old(88), RateLimited, None),
        (403, old(185), RateLimited, None),
        (408, {}, OutcomeUnknown, None),
        (500, problem(500, "oops"), OutcomeUnknown, None),
        (503, {}, OutcomeUnknown, None),
        (520, {}, OutcomeUnknown, None),
        (304, {}, OutcomeUnknown, None),
    ],
)
def test_what_an_answer_to_a_create_means(
    status: int, body: dict[str, Any], expected: type[PlatformError], code: str | None
) -> None:
    error = error_of(read_problem(body, status=status), visible=True)
    assert (type(error), error.http_status) == (expected, status)
    assert error.code == code or code is None


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 522])
def test_a_broken_answer_to_a_look_up_published_nothing(status: int) -> None:
    error = error_of(read_problem({}, status=status), visible=False)
    assert type(error) is Unavailable


def test_the_reason_of_x_is_shown() -> None:
    body = problem(400, "Your text is too long.")
    error = error_of(read_problem(body, status=400), visible=True)
    assert error.message == "X refused this. X says: Your text is too long."


@given(body=st.dictionaries(st.sampled_from(["errors", "detail", "type"]), JSON))
def test_any_body_can_be_read(body: dict[str, Any]) -> None:
    for status in (200, 400, 403, 429, 500):
        error = error_of(read_problem(body, status=status), visible=True)
        assert isinstance(error, PlatformError)


def stamp(wait: timedelta) -> str:
    return str(int((NOW + wait).timestamp()))


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, timedelta(minutes=15)),
        ({"x-rate-limit-reset": stamp(timedelta(minutes=3))}, timedelta(minutes=3)),
        ({"x-rate-limit-reset": stamp(timedelta(minutes=-3))}, timedelta(minutes=15)),
        ({"x-rate-limit-reset": stamp(timedelta(days=30))}, timedelta(minutes=15)),
        ({"x-rate-limit-reset": "soon"}, timedelta(minutes=15)),
        ({"x-rate-limit-reset": "9" * 30}, timedelta(minutes=15)),
        (
            {
                "x-rate-limit-remaining": "40",
                "x-rate-limit-reset": stamp(timedelta(minutes=3)),
                "x-user-limit-24hour-remaining": "0",
                "x-user-limit-24hour-reset": stamp(timedelta(hours=7)),
            },
            timedelta(hours=7),
        ),
        (
            {
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": stamp(timedelta(minutes=3)),
                "x-user-limit-24hour-remaining": "10",
                "x-user-limit-24hour-reset": stamp(timedelta(hours=7)),
            },
            timedelta(minutes=3),
        ),
    ],
)
def test_when_to_come_back(headers: dict[str, str], wait: timedelta) -> None:
    assert retry_at(headers, now=NOW) == NOW + wait
