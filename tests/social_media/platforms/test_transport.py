"""Both transports, against servers on real sockets that behave badly."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import OutcomeUnknown, Unavailable
from social_media.platforms.transport import (
    BodyTooLong,
    Redirected,
    classify,
    deadline,
    httpx_transport,
    limits,
    requests_session,
    sessions,
    sockets,
)
from tests.social_media.platforms.servers import (
    OK,
    answer,
    certificate,
    closed_port,
    drip,
    reset,
    serving,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@dataclass
class Answer:
    status: int
    body: bytes


Call = Callable[..., Answer]


@pytest.fixture
def config() -> NetworkConfig:
    return NetworkConfig(
        api_url="", connect_timeout=0.4, deadline=0.6, allow_private_hosts=True
    )


@pytest.fixture(params=["requests", "httpx"])
def library(request: pytest.FixtureRequest) -> Call:
    """POST (or GET) through one of the two, given a configuration and a URL."""
    return _by_requests if request.param == "requests" else _by_httpx


@pytest.fixture
def call(library: Call, config: NetworkConfig) -> Iterator[Call]:
    """The same for this test's configuration."""
    yield lambda url, **more: library(config, url, **more)
    requests_session(config).close()
    httpx_transport(config).close()


def _by_requests(config: NetworkConfig, url: str, method: str = "POST") -> Answer:
    got = requests_session(config).request(method, url, json={"a": 1})
    return Answer(got.status_code, got.content)


def _by_httpx(config: NetworkConfig, url: str, method: str = "POST") -> Answer:
    client = httpx.Client(transport=httpx_transport(config), follow_redirects=True)
    got = client.request(method, url, json={"a": 1})
    return Answer(got.status_code, got.content)


def failing(call: Call, url: str) -> tuple[Exception, float]:
    """What the call raised, and after how long."""
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call(url)
    return caught.value, time.monotonic() - began


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


# An ordinary answer


def test_answers_come_over_one_kept_connection(call: Call) -> None:
    with serving(answer(OK)) as server:
        answers = [call(server.url), call(server.url)]
    assert answers == [Answer(200, b"ok"), Answer(200, b"ok")]
    assert (server.connections, len(server.requests)) == (1, 2)


def test_no_cookie_is_kept(call: Call) -> None:
    with serving(answer(OK)) as server:
        call(server.url)
        call(server.url)
    assert [b"cookie" in r.lower() for r in server.requests] == [False, False]


def test_proxies_of_the_environment_are_ignored(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    with serving(answer(OK)) as server:
        assert call(server.url).status == 200


def test_compressed_answers_are_decoded(call: Call) -> None:
    body = gzip.compress(b'{"a": 1}')
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(answer(b"HTTP/1.1 200 OK\r\n", head, body)) as server:
        assert call(server.url).body == b'{"a": 1}'


# The deadline


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Slow: ", HEAD])
def test_a_dripping_server_does_not_outlive_the_deadline(
    call: Call, head: bytes
) -> None:
    with serving(drip(head)) as server:
        error, seconds = failing(call, server.url)
        assert 0.5 < seconds < 1.1
        assert type(classify(error, visible=True)) is OutcomeUnknown
        assert type(classify(error, visible=False)) is Unavailable


def test_a_dripping_server_does_not_outlive_the_deadline_under_tls(
    call: Call, tmp_path: Path, trust: Callable[[Path], None]
) -> None:
    context, file = certificate(tmp_path, "localhost")
    trust(file)
    with serving(drip(HEAD), context) as server:
        error, seconds = failing(call, server.url)
    assert 0.5 < seconds < 1.1
    assert type(classify(error, visible=True)) is OutcomeUnknown


def test_a_connection_is_not_used_again_after_the_deadline(call: Call) -> None:
    first = threading.Event()

    def late_once(connection: socket.socket, _request: bytes) -> bool:
        if first.is_set():
            connection.sendall(OK)
            return True
        first.set()
        connection.sendall(HEAD + b"the start of an answer")
        return bool(connection.recv(1))

    with serving(late_once) as server:
        failing(call, server.url)
        assert call(server.url).body == b"ok"
        assert server.connections == 2


def test_the_outer_deadline_wins(call: Call) -> None:
    with serving(drip(HEAD)) as server, deadline(0.2), deadline(30):
        _, seconds = failing(call, server.url)
    assert seconds < 0.5


def test_nothing_is_sent_after_the_deadline_on_a_kept_connection(call: Call) -> None:
    with serving(answer(OK)) as server:
        call(server.url)
        with deadline(-1):
            error, _ = failing(call, server.url)
        assert type(classify(error, visible=True)) is Unavailable
    assert len(server.requests) == 1


def test_a_slow_name_server_uses_the_time_up_before_anything_is_sent(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(0.5)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with serving(answer(OK)) as server:
        error, _ = failing(call, server.url)
        assert type(classify(error, visible=True)) is Unavailable
    assert (server.connections, server.requests) == (0, [])


def test_a_server_that_never_finishes_the_handshake_gets_the_connect_time(
    call: Call,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://localhost:{silent.getsockname()[1]}/"
        error, seconds = failing(call, url)
    assert 0.3 < seconds < 0.6
    assert type(classify(error, visible=True)) is Unavailable


# Broken connections


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
    assert type(classify(error, visible=True)) is Unavailable


def test_a_name_without_addresses_sent_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver())
    error, _ = failing(call, "https://nobody.example/")
    assert type(classify(error, visible=True)) is Unavailable


def test_a_name_that_is_no_name_sent_nothing(call: Call) -> None:
    error, _ = failing(call, f"https://{'a' * 64}.example/")
    assert type(classify(error, visible=True)) is Unavailable


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
        _by_requests(config, server.url)
        monkeypatch.setattr(sessions, "MAX_IDLE", 0.0)
        _by_requests(config, server.url)
        requests_session(config).close()
    assert server.connections == 2


# Redirects and large answers


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, Unavailable),
        (302, OutcomeUnknown),
        (303, OutcomeUnknown),
        (307, Unavailable),
        (308, Unavailable),
    ],
)
def test_no_redirect_is_followed(
    call: Call, method: str, status: int, expected: type[Exception]
) -> None:
    with serving(answer(OK)) as elsewhere:
        head = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}\r\n"
        moved = answer(head.encode(), b"Content-Length: 0\r\n\r\n")
        with serving(moved) as server, pytest.raises(Redirected) as caught:
            call(server.url, method=method)
        assert type(classify(caught.value, visible=True)) is expected
    assert elsewhere.connections == 0


def test_an_answer_is_cut_off_when_it_is_too_long(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_BODY", 100_000)
    body = gzip.compress(b"0" * 5_000_000)
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(answer(b"HTTP/1.1 200 OK\r\n", head, body)) as server:
        with pytest.raises(BodyTooLong) as caught:
            call(server.url)
        assert type(classify(caught.value, visible=True)) is OutcomeUnknown


# TLS


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Add a certificate to those that the machine trusts."""

    def add(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        sockets.tls_context.cache_clear()

    yield add
    sockets.tls_context.cache_clear()


def test_tls_checks_the_name_not_the_address(
    call: Call, tmp_path: Path, trust: Callable[[Path], None]
) -> None:
    context, file = certificate(tmp_path, "localhost")
    trust(file)
    with serving(answer(OK), context) as server:
        assert [call(server.url).body, call(server.url).body] == [b"ok", b"ok"]
        assert server.connections == 1


@pytest.mark.parametrize(("host", "trusted"), [("localhost", False), ("other", True)])
def test_a_bad_certificate_gets_nothing(
    call: Call, tmp_path: Path, trust: Callable[[Path], None], host: str, trusted: bool
) -> None:
    context, file = certificate(tmp_path, host)
    if trusted:
        trust(file)
    with serving(answer(OK), context) as server:
        error, _ = failing(call, server.url)
        found = classify(error, visible=True)
    assert (type(found), found.code) == (Unavailable, "certificate")
    assert server.requests == []


# One per thread


@pytest.mark.parametrize("make", [requests_session, httpx_transport])
def test_each_thread_has_its_own(
    make: Callable[[NetworkConfig], Any], config: NetworkConfig
) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(make(config)))
    thread.start()
    thread.join()
    assert make(config) is make(config)
    assert found[0] is not make(config)


def test_connections_are_closed_with_their_thread(
    config: NetworkConfig, library: Call
) -> None:
    closed = threading.Event()

    def until_closed(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(OK)
        if not connection.recv(1):
            closed.set()
        return False

    with serving(until_closed) as server:
        thread = threading.Thread(target=library, args=[config, server.url])
        thread.start()
        thread.join()
        assert closed.wait(2)


def test_the_oldest_is_closed_when_there_are_many(config: NetworkConfig) -> None:
    with serving(answer(OK)) as server:
        _by_requests(config, server.url)
        first = requests_session(config)
        for _ in range(12):
            requests_session(NetworkConfig(api_url=""))
        assert requests_session(config) is not first
        _by_requests(config, server.url)
        requests_session(config).close()
    assert server.connections == 2
