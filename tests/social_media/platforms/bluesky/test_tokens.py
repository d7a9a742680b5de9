"""Checking and refreshing, without logging in more than is needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from social_media.platforms.base import Credentials
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.bluesky.pds import (
    DID,
    PASSWORD,
    REFRESH,
    SESSION,
    SIGN_IN,
    TOKEN,
    Said,
    Server,
    hang,
    refusal,
)
from tests.social_media.platforms.bluesky.sessions import ACCESS, EXPIRES, session


class TestCheck:
    def test_stored_tokens_that_work_come_back_as_they_are(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(SESSION, session(handle="renamed.example.com"))
        found = strategy.check(credentials)
        assert (found.remote_id, found.handle) == (DID, "renamed.example.com")
        assert found.session.secrets == credentials.secrets
        assert found.server == credentials.server
        [call] = server.asked(SESSION)
        assert call.token == TOKEN

    def test_an_account_taken_down_is_blocked(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(SESSION, session(active=False, status="takendown"))
        with pytest.raises(AccountBlocked, match="takendown"):
            strategy.check(credentials)


class TestRefresh:
    def test_the_refresh_token_gives_the_next_pair(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(REFRESH, session())
        fresh = strategy.refresh(credentials)
        assert fresh.expires_at == EXPIRES
        assert fresh.secrets == {
            "access_jwt": ACCESS,
            "refresh_jwt": "new-refresh",
            "app_password": PASSWORD,
        }
        assert [(c.method, c.token) for c in server.calls] == [(REFRESH, "old-refresh")]

    @pytest.mark.parametrize(
        "said",
        [
            refusal(400, "ExpiredToken"),
            refusal(400, "InvalidToken"),
            refusal(401, "AuthenticationRequired"),
        ],
    )
    def test_a_dead_refresh_token_signs_in_again(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        said: Said,
    ) -> None:
        server.say(REFRESH, said)
        server.say(SIGN_IN, session())
        fresh = strategy.refresh(credentials)
        assert fresh.secrets["refresh_jwt"] == "new-refresh"
        [call] = server.asked(SIGN_IN)
        # By the DID: it stays when the handle changes.
        assert call.body == {"identifier": DID, "password": PASSWORD}

    def test_without_a_refresh_token_it_signs_in(
        self, server: Server, strategy: BlueskyStrategy, credentials: Credentials
    ) -> None:
        server.say(SIGN_IN, session())
        only = replace(credentials, secrets={"app_password": PASSWORD})
        assert strategy.refresh(only).secrets["access_jwt"] == ACCESS

    @pytest.mark.parametrize("password", [PASSWORD, ""])
    def test_both_dead_means_connecting_again(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        password: str,
    ) -> None:
        server.say(REFRESH, refusal(400, "ExpiredToken"))
        server.say(SIGN_IN, refusal(401, "AuthenticationRequired"))
        dead = {**credentials.secrets, "app_password": password}
        with pytest.raises(AuthenticationFailed):
            strategy.refresh(replace(credentials, secrets=dead))

    @pytest.mark.parametrize(
        ("said", "kind"),
        [
            (refusal(503, "Down"), Unavailable),
            (refusal(429, "RateLimitExceeded"), RateLimited),
            (refusal(401, "AccountTakedown"), AccountBlocked),
            (session(active=False), AccountBlocked),
            (hang, Unavailable),
        ],
    )
    def test_a_server_in_trouble_is_no_reason_to_sign_in(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        credentials: Credentials,
        said: Said,
        kind: type[PlatformError],
    ) -> None:
        server.say(REFRESH, said)
        with pytest.raises(PlatformError) as caught:
            strategy.refresh(credentials)
        assert type(caught.value) is kind
        assert server.asked(SIGN_IN) == []
