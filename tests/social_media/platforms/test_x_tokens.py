"""X: refreshing and revoking tokens, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.x_answering import CREDENTIALS, answering, at


def test_without_a_refresh_token_there_is_nothing_to_refresh() -> None:
    assert at(1).refresh(CREDENTIALS) is None


REFRESHABLE = replace(
    CREDENTIALS, secrets={"access_token": "a", "refresh_token": "secret-refresh"}
)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_request"}, AuthenticationFailed),
        (400, {"error": "invalid_grant"}, AuthenticationFailed),
        (401, {"error": "invalid_client"}, AccountBlocked),
        (401, {"error": "unauthorized_client"}, AccountBlocked),
        (429, {}, RateLimited),
        (500, {}, Unavailable),
        (400, b"<html>", Unavailable),
        (200, b"<html>", Unavailable),
        (200, {"token_type": "bearer"}, Unavailable),
    ],
)
def test_a_refresh_that_fails(
    status: int, body: Any, expected: type[PlatformError]
) -> None:
    with answering(body, status=status) as (x, _), pytest.raises(PlatformError) as got:
        x.refresh(REFRESHABLE)
    assert type(got.value) is expected


def test_an_app_without_a_secret_names_itself_in_the_form() -> None:
    fresh = {"access_token": "new"}
    with answering(fresh, client_id="our-app") as (x, server):
        session = x.refresh(REFRESHABLE)
    assert session is not None
    assert (session.secrets, session.expires_at) == (
        {"access_token": "new", "refresh_token": "secret-refresh"},
        None,
    )
    assert b"client_id=our-app" in server.requests[0]
    assert b"Authorization" not in server.requests[0]


@pytest.mark.parametrize(
    "seconds", ["1e400", "NaN", "-Infinity", "-1e20", "9" * 30, "1e12", '"soon"', "{}"]
)
def test_a_new_pair_is_kept_whatever_is_said_about_its_end(seconds: str) -> None:
    """X has refused the old pair since the moment it answered."""
    body = f'{{"access_token": "new", "expires_in": {seconds}}}'
    with answering(body.encode()) as (x, _):
        session = x.refresh(REFRESHABLE)
    assert session is not None
    assert (session.secrets["access_token"], session.expires_at) == ("new", None)


def test_an_app_with_a_secret_signs_in_by_it() -> None:
    with answering({"access_token": "n"}, client_id="a", client_secret="b") as (x, s):
        x.refresh(REFRESHABLE)
    assert b"Authorization: Basic YTpi\r\n" in s.requests[0]
    assert b"client_id" not in s.requests[0]


def test_revoking_says_when_it_failed() -> None:
    with answering({}, status=503) as (x, _), pytest.raises(Unavailable):
        x.revoke(CREDENTIALS)


def test_oauth_1_tokens_stay() -> None:
    secrets = {"access_token": "a", "access_token_secret": "b"}
    at(1).revoke(replace(CREDENTIALS, secrets=secrets))


# Connecting


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "access_token"),
        ({"access_token": "two words"}, "access_token"),
        ({"access_token": "fine", "refresh_token": "snow\u2603man"}, "refresh_token"),
        ({"access_token": "a", "access_token_secret": "b"}, "access_token_secret"),
    ],
)
def test_what_cannot_be_a_token_is_not_sent(given: dict[str, str], code: str) -> None:
    with pytest.raises(ContentRejected) as caught:
        at(1).verify(given)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"data": {"id": "1"}}, {"data": []}, b"<html>"]
)
def test_an_answer_that_names_nobody(body: Any) -> None:
    with answering(body) as (x, _), pytest.raises(Unavailable):
        x.check(CREDENTIALS)


def test_any_refusal_to_say_who_it_is_is_a_refused_sign_in() -> None:
    body = {"detail": "no", "type": "about:blank"}
    with answering(body, status=403) as (x, _), pytest.raises(AuthenticationFailed):
        x.check(CREDENTIALS)
