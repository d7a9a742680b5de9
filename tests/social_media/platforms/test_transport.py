"""Both transports: ordinary answers, large ones, redirects, TLS and threads."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import OutcomeUnknown, Unavailable
from social_media.platforms.transport import (
    BodyTooLong,
    Redirected,
    classify,
    httpx_transport,
    limits,
    requests_session,
)
from tests.social_media.platforms.servers import (
    OK,
    answer,
    certificate,
    closed_port,
    serving,
)
from tests.social_media.platforms.transports import Answer, Call, by_requests, failing

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
        by_requests(config, server.url)
        first = requests_session(config)
        for _ in range(12):
            requests_session(NetworkConfig(api_url=""))
        assert requests_session(config) is not first
        by_requests(config, server.url)
        requests_session(config).close()
    assert server.connections == 2
