"""What every answer of a Bluesky server means."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from social_media.platforms.base import Credentials
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.bluesky.pds import (
    PASSWORD,
    PUT,
    SESSION,
    TOKEN,
    Answer,
    Said,
    Server,
    babble,
    failed,
    hang,
    hang_up,
    refusal,
    reset,
)

#: Answer to the create, what it means there, what it means where nothing is visible.
ROWS: list[tuple[Said, type[PlatformError], type[PlatformError]]] = [
    (refusal(400, "ExpiredToken"), AuthenticationFailed, AuthenticationFailed),
    (refusal(400, "InvalidToken"), AuthenticationFailed, AuthenticationFailed),
    (refusal(401, "AuthMissing"), AuthenticationFailed, AuthenticationFailed),
    (
        refusal(401, "AuthenticationRequired"),
        AuthenticationFailed,
        AuthenticationFailed,
    ),
    (Answer(401, b"no", {"Content-Type": "text/plain"}), *[AuthenticationFailed] * 2),
    (refusal(401, "AccountTakedown"), AccountBlocked, AccountBlocked),
    (refusal(400, "AccountDeactivated"), AccountBlocked, AccountBlocked),
    (refusal(403, "Forbidden"), AccountBlocked, AccountBlocked),
    (refusal(403, "InvalidToken"), AuthenticationFailed, AuthenticationFailed),
    (Answer(403, b"<html>firewall</html>"), Unavailable, Unavailable),
    (refusal(400, "InvalidRequest"), ContentRejected, ContentRejected),
    (refusal(400, "InvalidMimeType"), ContentRejected, ContentRejected),
    (refusal(400, "RecordNotFound"), ContentRejected, ContentRejected),
    (refusal(400, "Long", "a" * 100_000), ContentRejected, ContentRejected),
    (Answer(400, b""), ContentRejected, ContentRejected),
    (refusal(413, "PayloadTooLarge"), ContentRejected, ContentRejected),
    (Answer(413, b"<html>nginx</html>"), ContentRejected, ContentRejected),
    (refusal(404, "XRPCNotSupported"), ContentRejected, ContentRejected),
    (Answer(404, b"<html>not here</html>"), Unavailable, Unavailable),
    (refusal(408, "RequestTimeout"), OutcomeUnknown, Unavailable),
    (refusal(409, "Conflict"), OutcomeUnknown, Unavailable),
    (refusal(500, "InternalServerError"), OutcomeUnknown, Unavailable),
    (refusal(502, "UpstreamFailure"), OutcomeUnknown, Unavailable),
    (Answer(502, b"<html>bad gateway</html>"), OutcomeUnknown, Unavailable),
    (Answer(503, b""), OutcomeUnknown, Unavailable),
    (Answer(522, b"cdn"), OutcomeUnknown, Unavailable),
    (Answer(500, {"error": {"deep": 1}, "more": []}), OutcomeUnknown, Unavailable),
    (Answer(500, ["a list"]), OutcomeUnknown, Unavailable),
    (Answer(200, b"{broken"), OutcomeUnknown, Unavailable),
    (Answer(200, []), OutcomeUnknown, Unavailable),
    (Answer(200, {"uri": 1}), OutcomeUnknown, Unavailable),
    (
        Answer(200, b"<html>", {"Content-Type": "text/html"}),
        OutcomeUnknown,
        Unavailable,
    ),
    (Answer(307, b"", {"Location": "https://example.com/"}), Unavailable, Unavailable),
    (
        Answer(303, b"", {"Location": "https://example.com/"}),
        OutcomeUnknown,
        Unavailable,
    ),
    (hang, OutcomeUnknown, Unavailable),
    (reset, OutcomeUnknown, Unavailable),
    (hang_up, OutcomeUnknown, Unavailable),
    (babble, OutcomeUnknown, Unavailable),
]


class TestErrors:
    @pytest.mark.parametrize(("said", "on_create", "elsewhere"), ROWS)
    def test_what_an_answer_means(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        said: Said,
        on_create: type[PlatformError],
        elsewhere: type[PlatformError],
    ) -> None:
        server.say(PUT, said)
        server.say(SESSION, said)
        assert type(failed(strategy, credentials)) is on_create
        with pytest.raises(PlatformError) as caught:
            strategy.check(credentials)
        assert type(caught.value) is elsewhere

    def test_a_refusal_is_in_the_networks_own_words(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, refusal(400, "InvalidRequest", "text is too long"))
        error = failed(strategy, credentials)
        assert (error.message, error.http_status) == (
            "Bluesky refused it: text is too long",
            400,
        )

    def test_no_secret_that_a_server_echoes_is_repeated(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, refusal(400, "Bad", f"{TOKEN} and {PASSWORD} are bad"))
        error = failed(strategy, credentials)
        assert error.message == "Bluesky refused it: [hidden] and [hidden] are bad"

    def test_a_closed_port_is_unavailable(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
            error = failed(strategy, replace(credentials, server=nobody))
        assert type(error) is Unavailable

    @pytest.mark.parametrize("server_url", ["http://127.0.0.1", "https://127.0.0.1"])
    def test_a_private_address_is_refused_before_anything_is_sent(
        self,
        server: Server,
        config: NetworkConfig,
        credentials: Credentials,
        server_url: str,
    ) -> None:
        strategy = BlueskyStrategy(replace(config, allow_private_hosts=False))
        port = server.server_address[1]
        there = replace(credentials, server=f"{server_url}:{port}")
        error = failed(strategy, there)
        assert isinstance(error, ContentRejected)
        assert error.code == "server"
        assert server.calls == []


class TestRateLimits:
    @pytest.mark.parametrize(
        ("headers", "low", "high"),
        [
            ({"ratelimit-reset": "+90"}, 85, 91),
            ({"ratelimit-reset": "-30"}, 0, 2),
            ({"ratelimit-reset": "-3600"}, 299, 301),
            ({"ratelimit-reset": "+999999"}, 299, 301),
            ({"ratelimit-reset": "99999999999999999999"}, 299, 301),
            ({"ratelimit-reset": "9" * 5000}, 299, 301),
            ({"ratelimit-reset": "soon"}, 299, 301),
            ({"retry-after": "60"}, 59, 61),
            ({"retry-after": "nan"}, 299, 301),
            ({}, 299, 301),
        ],
    )
    def test_the_wait_is_the_networks_where_it_makes_sense(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        headers: dict[str, str],
        low: float,
        high: float,
    ) -> None:
        now = datetime.now(UTC)
        sent = {
            name: str(int(now.timestamp()) + int(value)) if value[0] in "+-" else value
            for name, value in headers.items()
        }
        server.say(PUT, Answer(429, {"error": "RateLimitExceeded"}, sent))
        error = failed(strategy, credentials)
        assert isinstance(error, RateLimited)
        wait = error.retry_at - now
        assert timedelta(seconds=low) <= wait <= timedelta(seconds=high)
        assert error.retry_at.tzinfo is UTC

    def test_a_limit_by_name_needs_no_status(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(PUT, refusal(400, "RateLimitExceeded"))
        assert type(failed(strategy, credentials)) is RateLimited
