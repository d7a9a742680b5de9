"""Signing in, checking and refreshing, without logging in more than is needed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from social_media.platforms.base import Credentials
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.config import NetworkConfig
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
    REFRESH,
    SESSION,
    SIGN_IN,
    TOKEN,
    Answer,
    Said,
    Server,
    hang,
    refusal,
)

PROFILE = "app.bsky.actor.getProfile"
EXPIRES = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def jwt(**claims: Any) -> str:
    def part(value: Any) -> str:
        raw = json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{part({'alg': 'ES256K'})}.{part(claims)}.c2lnbmF0dXJlCg"


ACCESS = jwt(exp=int(EXPIRES.timestamp()), scope="com.atproto.appPass")


def session(*, pds: Any = None, **more: Any) -> Answer:
    """What createSession, refreshSession and getSession say."""
    services = [
        {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": pds,
        }
    ]
    about = {
        "did": DID,
        "handle": "alice.example.com",
        "accessJwt": ACCESS,
        "refreshJwt": "new-refresh",
        "active": True,
        "didDoc": {"id": DID, "service": services} if pds else None,
    }
    return Answer(200, {k: v for k, v in {**about, **more}.items() if v is not None})


@pytest.fixture
def given(server: Server) -> dict[str, str]:
    return {
        "identifier": "alice.example.com",
        "app_password": PASSWORD,
        "server": server.url,
    }


def refused(strategy: BlueskyStrategy, given: dict[str, str]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        strategy.verify(given)
    return caught.value


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
        ("typed", "sent"),
        [
            ("alice.example.com", "alice.example.com"),
            ("@alice.example.com", "alice.example.com"),
            ("  @Alice.Example.COM \n", "alice.example.com"),
            ("\u2068@alice.example.com\u2069", "alice.example.com"),
            ("\ufeff\u200ealice.\u200bexample.com", "alice.example.com"),
            ("\uff20alice.example.com", "alice.example.com"),
            ("Alice@Example.com", "alice@example.com"),
            ("did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
            ("did:web:example.com%3A3000", "did:web:example.com%3A3000"),
        ],
    )
    def test_identifiers_are_cleaned_of_what_was_pasted_along(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        given: dict[str, str],
        typed: str,
        sent: str,
    ) -> None:
        server.say(SIGN_IN, session())
        password = f"\u200b {PASSWORD}\n"
        strategy.verify({**given, "identifier": typed, "app_password": password})
        [call] = server.asked(SIGN_IN)
        assert call.body == {"identifier": sent, "password": PASSWORD}

    @pytest.mark.parametrize("name", ["identifier", "app_password"])
    @pytest.mark.parametrize("typed", [None, "", " @ \u200b", "\ud800"])
    def test_a_missing_field_is_named(
        self,
        server: Server,
        strategy: BlueskyStrategy,
        given: dict[str, str],
        name: str,
        typed: str | None,
    ) -> None:
        if name == "app_password" and typed and "@" in typed:
            typed = "\u200b"
        kept = {k: v for k, v in given.items() if k != name}
        error = refused(strategy, kept if typed is None else {**kept, name: typed})
        assert (type(error), error.code) == (ContentRejected, name)
        assert server.calls == []

    @pytest.mark.parametrize(
        "typed",
        [
            "ftp://example.com",
            "https://",
            "https://[::1",
            "https://a:b@example.com",
            "https://example.com:port",
        ],
    )
    def test_what_is_no_server_is_named(
        self, strategy: BlueskyStrategy, given: dict[str, str], typed: str
    ) -> None:
        error = refused(strategy, {**given, "server": typed})
        assert (type(error), error.code) == (ContentRejected, "server")

    def test_a_server_may_be_typed_with_path_and_marks(
        self, server: Server, strategy: BlueskyStrategy, given: dict[str, str]
    ) -> None:
        server.say(SIGN_IN, session())
        typed = f" \u200e{server.url.upper()}/xrpc/?a=b "
        assert strategy.verify({**given, "server": typed}).server == server.url

    def test_a_bare_host_name_means_https(
        self,
        server: Server,
        config: NetworkConfig,
        given: dict[str, str],
    ) -> None:
        strategy = BlueskyStrategy(replace(config, allow_private_hosts=False))
        for typed in ("localhost", "[::1]:2583", "169.254.169.254"):
            error = refused(strategy, {**given, "server": typed})
            assert (error.code, "not a public one" in error.message) == ("server", True)

    def test_without_a_server_it_is_the_networks_own(
        self, server: Server, strategy: BlueskyStrategy, given: dict[str, str]
    ) -> None:
        server.say(SIGN_IN, session())
        del given["server"]
        assert strategy.verify(given).server == server.url

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
