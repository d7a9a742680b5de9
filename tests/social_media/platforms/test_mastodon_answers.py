"""What each answer of a server to a new status means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.enums import StepKind
from social_media.platforms.base import Credentials, RemoteRef, Step
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.mastodon import MastodonStrategy
from social_media.platforms.mastodon.answers import retry_at
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.platforms.test_mastodon_rules import CONFIG

STRATEGY = MastodonStrategy(
    replace(CONFIG, connect_timeout=0.5, deadline=1.0, allow_private_hosts=True)
)
TOKEN = "a-very-secret-token"
ME = "/api/v1/accounts/verify_credentials"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
STATUS = {
    "id": "115",
    "uri": "https://m.example/users/ada/statuses/115",
    "url": "https://m.example/@ada/115",
    "created_at": "2026-11-01T10:00:00.000Z",
    "visibility": "unlisted",
    "content": "<p>Hello</p>",
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as script:
        script.answer("GET", ME, {"id": "1", "username": "ada"})
        yield script


def credentials(server: ScriptedServer) -> Credentials:
    return Credentials(
        "1",
        "ada",
        server=server.url,
        secrets={"access_token": TOKEN},
        settings={"is_mastodon": True},
    )


def step(**more: Any) -> Step:
    payload = {"text": "Hello", "options": {}}
    return Step("key-1", StepKind.POST, payload, **more)


REPLY_TO = RemoteRef("114", "https://m.example/@ada/114")


def publish(server: ScriptedServer, **more: Any) -> PlatformError:
    """The error that publishing ends with."""
    with pytest.raises(PlatformError) as caught:
        STRATEGY.publish(step(**more), credentials(server), lambda _: None)
    error = caught.value
    assert TOKEN not in f"{error!r} {error.message}"
    return error


def refuse(
    server: ScriptedServer,
    status: int,
    words: object = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    body = "<html>" if words is None else {"error": words}
    server.answer("POST", "/api/v1/statuses", body, status=status, headers=headers)


ROWS: list[tuple[int, str | None, type[PlatformError]]] = [
    (401, "The access token is invalid", AuthenticationFailed),
    (401, "The access token was revoked", AuthenticationFailed),
    (401, None, AuthenticationFailed),
    (400, "Invalid access token", AuthenticationFailed),
    (403, "Invalid credentials.", AuthenticationFailed),
    (403, "This action is outside the authorized scopes", AuthenticationFailed),
    (422, "This method requires an authenticated user", AuthenticationFailed),
    (403, "Your login is currently disabled", AccountBlocked),
    (403, "Your login is currently pending approval", AccountBlocked),
    (403, "Your login is missing a confirmed e-mail address", AccountBlocked),
    (403, "This account is suspended", AccountBlocked),
    (410, None, AccountBlocked),
    (403, "This action is not allowed", ContentRejected),
    (400, "Bad request", ContentRejected),
    (413, None, ContentRejected),
    (422, "Validation failed: Text character limit of 500 exceeded", ContentRejected),
    (422, "Validation failed: Token can't be blank", ContentRejected),
    (422, None, ContentRejected),
    (
        422,
        "Cannot attach files that have not finished processing. Try again!",
        NotReady,
    ),
    (404, "Record not found", Unavailable),
    (301, None, Unavailable),
    (302, None, OutcomeUnknown),
    (408, None, OutcomeUnknown),
    (409, "Conflict", OutcomeUnknown),
    (500, "Oops", OutcomeUnknown),
    (502, None, OutcomeUnknown),
    (503, None, OutcomeUnknown),
    (504, None, OutcomeUnknown),
    (520, None, OutcomeUnknown),
    (527, None, OutcomeUnknown),
    (599, None, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "words", "expected"), ROWS)
def test_an_answer_says_what_to_do_next(
    server: ScriptedServer,
    status: int,
    words: str | None,
    expected: type[PlatformError],
) -> None:
    refuse(server, status, words)
    assert type(publish(server)) is expected
    assert len(server.asked("POST")) == 1


def test_the_reason_is_the_servers_own() -> None:
    with ScriptedServer() as server:
        refuse(server, 422, "Validation failed: Text  is\n too long \x1b[31m")
        assert publish(server).message == (
            "The server refused the post: Validation failed: Text is too long [31m"
        )


def test_a_long_reason_is_cut_and_the_token_left_out(server: ScriptedServer) -> None:
    refuse(server, 422, f"Validation failed: {TOKEN} " + "x" * 5000)
    assert len(publish(server).message) < 400


def test_a_reason_that_is_no_text_is_left_out(server: ScriptedServer) -> None:
    refuse(server, 413, {"nested": TOKEN})
    assert publish(server).message == "The server refused the post: it gave no reason"


@pytest.mark.parametrize("status", [400, 403, 422])
def test_an_unclear_refusal_to_a_dead_token_is_a_dead_token(
    server: ScriptedServer, status: int
) -> None:
    refuse(server, status, "No")
    server.answer("GET", ME, {"error": "No"}, status=status)
    assert type(publish(server)) is AuthenticationFailed
    assert server.asked("GET") == [ME]


def test_an_unclear_refusal_that_cannot_be_cleared_up_published_nothing(
    server: ScriptedServer,
) -> None:
    refuse(server, 400, "No")
    server.answer("GET", ME, "", status=503)
    assert type(publish(server)) is Unavailable


def test_a_clear_refusal_is_not_asked_about(server: ScriptedServer) -> None:
    refuse(server, 422, "Validation failed: Text can't be blank")
    publish(server)
    assert server.asked("GET") == []


def test_a_reply_to_what_is_gone_is_rejected(server: ScriptedServer) -> None:
    refuse(server, 404, "Record not found")
    error = publish(server, reply_to=REPLY_TO, root=REPLY_TO)
    assert type(error) is ContentRejected


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Fine</html>",
        "null",
        "[]",
        "{}",
        {"id": "1"},
        {"error": "x"},
        "5",
        {**STATUS, "id": "1\x00"},
        {**STATUS, "id": "1" * 256},
        {**STATUS, "id": [1]},
    ],
    ids=str,
)
def test_a_success_that_is_no_status_is_unknown(
    server: ScriptedServer, body: object
) -> None:
    server.answer("POST", "/api/v1/statuses", body)
    assert type(publish(server)) is OutcomeUnknown


def test_headers_that_the_library_stumbles_over_lose_no_post(
    server: ScriptedServer,
) -> None:
    headers = {
        "X-RateLimit-Reset": "soon",
        "X-RateLimit-Remaining": "some",
        "Deprecation": "@1668384000",
        "Link": '<https://m.example/?max_id=1>; rel="next"',
    }
    server.answer("POST", "/api/v1/statuses", STATUS, headers=headers)
    ref = STRATEGY.publish(step(), credentials(server), lambda _: None).ref
    assert ref == RemoteRef(
        id="115",
        url="https://m.example/@ada/115",
        data={
            "uri": "https://m.example/users/ada/statuses/115",
            "visibility": "unlisted",
        },
    )


def test_a_link_is_one_that_may_be_shown(server: ScriptedServer) -> None:
    odd = {**STATUS, "url": "javascript:alert(1)", "visibility": "local"}
    server.answer("POST", "/api/v1/statuses", odd)
    ref = STRATEGY.publish(step(), credentials(server), lambda _: None).ref
    assert ref.url == STATUS["uri"]
    assert ref.data == {"uri": STATUS["uri"]}


def test_nothing_unprintable_is_kept(server: ScriptedServer) -> None:
    odd = {**STATUS, "url": "https://m.example/\x00", "uri": "https://m.example/\x001"}
    server.answer("POST", "/api/v1/statuses", odd)
    ref = STRATEGY.publish(step(), credentials(server), lambda _: None).ref
    assert ref.url == ref.data["uri"] == "https://m.example/1"


def test_a_reply_is_as_visible_as_the_beginning(server: ScriptedServer) -> None:
    server.answer("POST", "/api/v1/statuses", STATUS)
    parent = replace(REPLY_TO, data={"visibility": "unlisted"})
    STRATEGY.publish(step(reply_to=parent), credentials(server), lambda _: None)
    sent = server.requests[0]
    assert sent.body == "status=Hello&in_reply_to_id=114&visibility=unlisted"
    assert sent.headers["Idempotency-Key"] == "key-1"
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_token_that_names_a_file_is_still_a_token(
    server: ScriptedServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / TOKEN).write_text("of-the-file\nhttps://evil.example\n")
    monkeypatch.chdir(tmp_path)
    server.answer("POST", "/api/v1/statuses", STATUS)
    STRATEGY.publish(step(), credentials(server), lambda _: None)
    assert [r.headers["Authorization"] for r in server.requests] == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-RateLimit-Reset": "2026-11-01T12:01:30.000000Z"}, 90),
        ({"X-RateLimit-Reset": "2026-11-01T13:01:30+01:00"}, 90),
        ({"X-RateLimit-Reset": "2026-11-01T12:01:30"}, 90),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"Retry-After": "90"}, 90),
        ({"X-RateLimit-Reset": "soon", "Retry-After": "90"}, 90),
        ({}, 300),
        ({"X-RateLimit-Reset": "2026-11-01T11:00:00Z"}, 300),
        ({"X-RateLimit-Reset": "-5"}, 300),
        ({"X-RateLimit-Reset": "²"}, 300),
        ({"X-RateLimit-Reset": "9999-12-31T23:59:59-23:00"}, 300),
        ({"X-RateLimit-Reset": "2030-01-01T00:00:00Z"}, 86400),
        ({"X-RateLimit-Reset": "9" * 30}, 300),
        ({"Retry-After": "999999"}, 86400),
    ],
    ids=str,
)
def test_a_rate_limit_ends_when_the_server_says(
    headers: Mapping[str, str], wait: int
) -> None:
    assert retry_at(headers, NOW) == NOW + timedelta(seconds=wait)


def test_a_rate_limit_is_read_from_the_answer(server: ScriptedServer) -> None:
    reset = datetime.now(UTC) + timedelta(seconds=77)
    refuse(server, 429, "Throttled", {"x-ratelimit-reset": reset.isoformat()})
    error = publish(server)
    assert isinstance(error, RateLimited)
    assert error.retry_at == reset
