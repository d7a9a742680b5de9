"""What people type to connect an account, and what is made of it."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import ContentRejected, PlatformError
from social_media.platforms.transport import UnknownHost
from tests.social_media.platforms.bluesky.pds import PASSWORD, SIGN_IN, Server
from tests.social_media.platforms.bluesky.sessions import refused, session


class TestTypedIn:
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
        ("typed", "expected"),
        [
            ("https://pds.example", (ContentRejected, "server")),
            ("", (UnknownHost, "unknown_host")),  # bsky.social: nobody typed it
        ],
    )
    def test_a_server_that_nobody_knows(
        self,
        strategy: BlueskyStrategy,
        monkeypatch: pytest.MonkeyPatch,
        typed: str,
        expected: tuple[type[PlatformError], str],
    ) -> None:
        def unknown(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(socket.EAI_NONAME, "words of the system")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        given = {"identifier": "a.example", "app_password": PASSWORD, "server": typed}
        error = refused(strategy, given)
        assert (type(error), error.code) == expected
