"""Both transports end with the total deadline, whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from social_media.platforms.errors import OutcomeUnknown, Unavailable
from social_media.platforms.transport import classify, deadline
from tests.social_media.platforms.servers import OK, answer, certificate, drip, serving
from tests.social_media.platforms.transports import HEAD, Call, failing


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
