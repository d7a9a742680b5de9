"""The server that a person types, and what we never connect to."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import ContentRejected, PlatformError, Unavailable
from social_media.platforms.mastodon import MastodonStrategy
from social_media.platforms.mastodon.server import normalise_server
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.platforms.test_mastodon_rules import CONFIG

PUBLIC = replace(CONFIG, connect_timeout=0.5, deadline=1.0)
DEVELOPMENT = replace(PUBLIC, allow_private_hosts=True)


@pytest.mark.parametrize(
    ("typed", "server"),
    [
        ("mastodon.social", "https://mastodon.social"),
        ("  https://Mastodon.Social/ ", "https://mastodon.social"),
        ("https://mastodon.social:443", "https://mastodon.social"),
        ("mastodon.social:8443", "https://mastodon.social:8443"),
        ("mastodon.social.", "https://mastodon.social"),
        ("münchen.social", "https://xn--mnchen-3ya.social"),
        ("MÜNCHEN.social", "https://xn--mnchen-3ya.social"),
        ("straße.example", "https://xn--strae-oqa.example"),
        ("xn--mnchen-3ya.social", "https://xn--mnchen-3ya.social"),
        ("[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443"),
    ],
)
def test_a_server_is_written_in_one_way(typed: str, server: str) -> None:
    assert normalise_server(typed, allow_private_hosts=False) == server


REFUSED = [
    "",
    "   ",
    "localhost",
    "http://mastodon.social",
    "ftp://mastodon.social",
    "javascript://mastodon.social",
    "file:///etc/passwd",
    "https://mastodon.social/@ada",
    "https://mastodon.social/?a=1",
    "https://mastodon.social/#a",
    "ada@mastodon.social",
    "@ada@mastodon.social",
    "https://ada:secret@mastodon.social",
    "https://mastodon.social@evil.example",
    "mastodon.social:99999",
    "mastodon.social:port",
    "[::1",
    "[nonsense]",
    "mastodon..social",
    "-a.social",
    "a_b.social",
    "mastodon social",
    "masto\ndon.social",
    "mastodon.social\\@evil.example",
    "\ud800.social",
    "☃.☃" * 80,
    "a" * 64 + ".social",
    ".".join(["a" * 60] * 5),
    "2130706433",
    "\x00.social",
]


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_not_a_server_is_refused_with_words(typed: str) -> None:
    with pytest.raises(ContentRejected) as caught:
        normalise_server(typed, allow_private_hosts=False)
    assert caught.value.code == "server"
    assert caught.value.message.endswith(".")


def test_development_may_use_its_own_machine() -> None:
    for typed in ("http://localhost:8903", "http://127.0.0.1:8903"):
        assert normalise_server(typed, allow_private_hosts=True) == typed
    assert normalise_server("http://a.b:80", allow_private_hosts=True) == "http://a.b"


def connect(config: NetworkConfig, server: str) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        MastodonStrategy(config).verify({"server": server, "access_token": "token"})
    return caught.value


@pytest.fixture
def resolved_to(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let every name resolve to the given addresses, one answer per look-up."""

    def script(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            answer = answers[min(len(asked), len(answers)) - 1]
            families = [
                (socket.AF_INET6 if ":" in ip else socket.AF_INET) for ip in answer
            ]
            return [
                (family, socket.SOCK_STREAM, 6, "", (ip, port))
                for family, ip in zip(families, answer, strict=True)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return script


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.5"],
        ["172.16.3.4"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::1"],
        ["fc00::1"],
        ["fe80::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["1.1.1.1", "10.0.0.1"],
    ],
    ids=str,
)
def test_a_name_for_a_private_address_is_refused(
    resolved_to: Any, addresses: list[str]
) -> None:
    resolved_to(addresses)
    error = connect(PUBLIC, "mastodon.example")
    assert (type(error).__mro__[1], error.code) == (ContentRejected, "server")


@pytest.mark.parametrize("server", ["127.0.0.1", "[::1]", "10.1.2.3:8443", "127.1"])
def test_a_private_address_itself_is_refused(server: str) -> None:
    error = connect(PUBLIC, server)
    assert isinstance(error, ContentRejected)
    assert error.code == "server"


def test_a_name_that_changes_its_mind_gains_nothing(resolved_to: Any) -> None:
    """The address that was checked is the one connected to: no second look-up."""
    asked = resolved_to(["1.1.1.1"], ["127.0.0.1"])
    assert isinstance(connect(PUBLIC, "rebinding.example"), Unavailable)
    assert asked == ["rebinding.example"]


def test_a_redirect_is_not_followed() -> None:
    with ScriptedServer() as inside, ScriptedServer() as server:
        for status in (301, 302, 303, 307, 308):
            server.answer(
                "GET",
                "/api/v1/accounts/verify_credentials",
                status=status,
                headers={"Location": inside.url},
            )
            error = connect(DEVELOPMENT, server.url)
            assert isinstance(error, ContentRejected), status
            assert error.code == "server", status
        assert inside.requests == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (socket.EAI_NONAME, (ContentRejected, "server")),
        (socket.EAI_AGAIN, (Unavailable, "unreachable")),
    ],
)
def test_a_name_that_does_not_resolve(
    monkeypatch: pytest.MonkeyPatch,
    reason: int,
    expected: tuple[type[PlatformError], str],
) -> None:
    """Nobody knows it: a slip of the finger. Nobody answers: try again later."""

    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(reason, "words of the system")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error = connect(PUBLIC, "no-such-host.example")
    assert (type(error), error.code) == expected
