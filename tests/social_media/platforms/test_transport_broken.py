"""Both transports, where connections break or never come about."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import OutcomeUnknown, Unavailable
from social_media.platforms.transport import (
    classify,
    requests_session,
    sessions,
    sockets,
)
from tests.social_media.platforms.servers import OK, answer, closed_port, reset, serving
from tests.social_media.platforms.transports import HEAD, Call, by_requests, failing


def resolver(*addresses: str, log: list[str] | None = None) -> Callable[..., Any]:
    """A name server that knows one answer."""

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        if log is not None:
            log.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    return getaddrinfo


def test_a_reset_leaves_the_outcome_unknown(call: Call) -> None:
    with serving(reset) as server:
        error, _ = failing(call, server.url)
    assert type(classify(error, visible=True)) is OutcomeUnknown
    assert len(server.requests) == 1


def test_a_connection_cut_off_in_the_body_leaves_it_unknown(call: Call) -> None:
    def cut(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(HEAD + b"half")
        return False

    with serving(cut) as server:
        error, _ = failing(call, server.url)
    assert type(classify(error, visible=True)) is OutcomeUnknown


@pytest.mark.parametrize("garbage", [b"what?\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_an_answer_that_is_no_http_leaves_it_unknown(
    call: Call, garbage: bytes
) -> None:
    with serving(answer(garbage)) as server:
        error, _ = failing(call, server.url)
    assert type(classify(error, visible=True)) is OutcomeUnknown


def test_a_refused_connection_sent_nothing(call: Call) -> None:
    error, _ = failing(call, f"http://127.0.0.1:{closed_port()}/?token=secret")
    found = classify(error, visible=True)
    assert (type(found), found.code) == (Unavailable, "unreachable")
    assert "secret" not in str(found)


def test_an_unknown_name_sent_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error, _ = failing(call, "https://nobody.example/")
    found = classify(error, visible=True)
    assert isinstance(found, Unavailable)
    assert found.code == "unknown_host"
    assert (
        found.message == "There is no server called nobody.example. Nothing was sent."
    )


def test_name_servers_that_are_away_sent_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", away)
    error, _ = failing(call, "https://nobody.example/")
    found = classify(error, visible=True)
    assert (type(found), found.code) == (Unavailable, "unreachable")


def test_a_name_without_addresses_sent_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver())
    error, _ = failing(call, "https://nobody.example/")
    assert type(classify(error, visible=True)) is Unavailable


def test_a_name_that_is_no_name_sent_nothing(call: Call) -> None:
    error, _ = failing(call, f"https://{'a' * 64}.example/")
    assert isinstance(classify(error, visible=True), Unavailable)


def test_the_next_address_is_tried(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.2", "127.0.0.1"))
    with serving(answer(OK)) as server:
        assert call(server.url).status == 200


def test_a_dead_address_leaves_time_for_the_next(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sockets.DeadlineSocket.connect

    def blackhole(self: sockets.DeadlineSocket, address: tuple[str, int]) -> None:
        if address[0] == "127.0.0.2":
            self.arm()
            time.sleep(self.gettimeout() or 0)
            raise TimeoutError("timed out")
        real(self, address)

    monkeypatch.setattr(sockets.DeadlineSocket, "connect", blackhole)
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.2", "127.0.0.1"))
    with serving(answer(OK)) as server:
        assert call(server.url).status == 200


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(call: Call) -> None:
    def once(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(OK)
        return False

    with serving(once) as server:
        call(server.url)
        time.sleep(0.1)
        assert call(server.url).status == 200
    assert server.connections == 2


def test_an_idle_connection_is_not_used_again(
    config: NetworkConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer(OK)) as server:
        by_requests(config, server.url)
        monkeypatch.setattr(sessions, "MAX_IDLE", 0.0)
        by_requests(config, server.url)
        requests_session(config).close()
    assert server.connections == 2
