"""Signing in, and finding the server that hosts the account."""

from __future__ import annotations

from typing import Any

import pytest

from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.bluesky.pds import (
    DID,
    PASSWORD,
    SESSION,
    SIGN_IN,
    Answer,
    Said,
    Server,
    hang,
    refusal,
)
from tests.social_media.platforms.bluesky.sessions import (
    ACCESS,
    EXPIRES,
    jwt,
    refused,
    session,
)

PROFILE = "app.bsky.actor.getProfile"


class TestVerify:
    def test_the_session_is_what_gets_stored(
        self, server: Server, strategy: BlueskyStrategy, given: dict[str, str]
    ) -> None:
        server.say(SIGN_IN, session())
        server.say(
            PROFILE,
            Answer(
                200,
                {
                    "did": DID,
                    "handle": "alice.example.com",
                    "displayName": "Alice",
                    "avatar": "https://cdn.example.com/a.jpg",
                },
            ),
        )
        found = strategy.verify(given)
        assert (found.remote_id, found.handle) == (DID, "alice.example.com")
        assert found.server == server.url
        assert (found.display_name, found.avatar_url) == (
            "Alice",
            "https://cdn.example.com/a.jpg",
        )
        assert found.scopes == ("com.atproto.appPass",)
        assert found.session.expires_at == EXPIRES
        assert found.session.secrets == {
            "access_jwt": ACCESS,
            "refresh_jwt": "new-refresh",
            "app_password": PASSWORD,
        }

    @pytest.mark.parametrize(
        ("said", "kind", "code"),
        [
            (
                refusal(401, "AuthenticationRequired"),
                AuthenticationFailed,
                "authentication_failed",
            ),
            (
                refusal(401, "AuthFactorTokenRequired"),
                AuthenticationFailed,
                "second_factor",
            ),
            (refusal(401, "AccountTakedown"), AccountBlocked, "account_blocked"),
            (
                session(active=False, status="deactivated"),
                AccountBlocked,
                "account_blocked",
            ),
            (session(active=False), AccountBlocked, "account_blocked"),
            (refusal(400, "InvalidRequest"), ContentRejected, "identifier"),
            (refusal(429, "RateLimitExceeded"), RateLimited, "rate_limited"),
            (refusal(502, "UpstreamFailure"), Unavailable, "unavailable"),
            (Answer(404, b"<html>a blog</html>"), ContentRejected, "server"),
            (Answer(200, b"<html>a blog</html>"), ContentRejected, "server"),
            (hang, Unavailable, "unavailable"),
        ],
    )
    def test_what_can_go_wrong(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        given: dict[str, str],
        said: Said,
        kind: type[PlatformError],
        code: str,
    ) -> None:
        server.say(SIGN_IN, said)
        error = refused(strategy, given)
        assert (type(error), error.code) == (kind, code)

    def test_words_say_what_to_type_instead(
        self, server: Server, strategy: BlueskyStrategy, given: dict[str, str]
    ) -> None:
        server.say(
            SIGN_IN,
            refusal(401, "AuthFactorTokenRequired"),
            refusal(401, "AuthenticationRequired"),
        )
        assert "app password" in refused(strategy, given).message
        assert "alice.bsky.social" in refused(strategy, given).message

    def test_a_token_that_tells_nothing_has_no_end(
        self, server: Server, strategy: BlueskyStrategy, given: dict[str, str]
    ) -> None:
        for token in ("opaque", jwt(sub=DID), jwt(exp=10**30), jwt(exp="soon")):
            server.say(SIGN_IN, session(accessJwt=token))
            found = strategy.verify(given)
            assert found.session.expires_at is None
            assert found.scopes == ()


class TestHome:
    """The server that hosts the account, as its DID document says."""

    @pytest.fixture
    def home(self) -> Any:
        with Server.running() as other:
            yield other

    def test_posts_go_to_the_accounts_own_server(
        self,
        server: Server,
        home: Server,
        strategy: BlueskyStrategy,
        given: dict[str, str],
    ) -> None:
        server.say(SIGN_IN, session(pds=f"{home.url}/"))
        home.say(SESSION, session())
        assert strategy.verify(given).server == home.url
        [call] = home.asked(SESSION)
        assert call.token == ACCESS

    @pytest.mark.parametrize("pds", ["ftp://example.com", {"no": "url"}, "words"])
    def test_a_document_without_a_server_changes_nothing(
        self, server: Server, strategy: BlueskyStrategy, given: dict[str, str], pds: Any
    ) -> None:
        server.say(SIGN_IN, session(pds=pds))
        assert strategy.verify(given).server == server.url

    @pytest.mark.parametrize(
        ("said", "kind", "code"),
        [
            (refusal(503, "Down"), Unavailable, "unavailable"),
            (refusal(400, "InvalidRequest"), ContentRejected, "server"),
        ],
    )
    def test_a_home_that_does_not_answer_is_not_stored(
        self,
        server: Server,
        home: Server,
        strategy: BlueskyStrategy,
        given: dict[str, str],
        said: Said,
        kind: type[PlatformError],
        code: str,
    ) -> None:
        server.say(SIGN_IN, session(pds=home.url))
        home.say(SESSION, said)
        error = refused(strategy, given)
        assert (type(error), error.code) == (kind, code)
