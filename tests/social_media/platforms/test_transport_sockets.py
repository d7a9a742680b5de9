"""Sockets that end with the deadline of their thread."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path

import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport import DeadlineExceeded, deadline
from social_media.platforms.transport.deadlines import remaining
from social_media.platforms.transport.sockets import DeadlineSSLSocket, connect
from tests.social_media.platforms.servers import answer, certificate, serving

CONFIG = NetworkConfig(api_url="", allow_private_hosts=True)
REQUEST = b"GET / HTTP/1.1\r\n\r\n"


def test_a_deadline_ends_with_its_block() -> None:
    assert remaining() is None
    with deadline(10):
        left = remaining()
        assert left is not None
        assert 9 < left <= 10
    assert remaining() is None


def test_the_earlier_of_two_deadlines_counts() -> None:
    with deadline(10), deadline(20):
        assert (remaining() or 0) <= 10
    with deadline(20), deadline(10):
        assert (remaining() or 0) <= 10


def test_after_the_deadline_every_operation_fails() -> None:
    with serving(answer(b"hello")) as server:
        sock = connect("localhost", server.port, CONFIG)
        with sock:
            with deadline(-1):
                for act in (
                    lambda: sock.send(b"x"),
                    lambda: sock.sendall(b"x"),
                    lambda: sock.recv(1),
                    lambda: sock.recv_into(bytearray(1)),
                    lambda: connect("localhost", server.port, CONFIG),
                ):
                    with pytest.raises(DeadlineExceeded):
                        act()
            # Nothing of it was sent, and without a deadline all goes on.
            assert sock.send(REQUEST) == len(REQUEST)
            assert sock.recv(100) == b"hello"
        assert server.requests == [REQUEST]


def test_a_receiver_that_does_not_read_does_not_hold_the_sender() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        connect("localhost", deaf.getsockname()[1], CONFIG) as sock,
    ):
        began = time.monotonic()
        with deadline(0.2), pytest.raises(TimeoutError):
            sock.sendall(b"x" * 50_000_000)
        assert time.monotonic() - began < 0.5


def test_the_same_under_tls(tmp_path: Path) -> None:
    context, file = certificate(tmp_path, "localhost")
    trusting = ssl.create_default_context(cafile=str(file))
    trusting.sslsocket_class = DeadlineSSLSocket
    with serving(answer(b"hello"), context) as server:
        plain = connect("localhost", server.port, CONFIG)
        with trusting.wrap_socket(plain, server_hostname="localhost") as sock:
            with deadline(-1):
                for act in (
                    lambda: sock.sendall(b"x"),
                    lambda: sock.recv(1),
                    lambda: sock.recv_into(bytearray(1)),
                ):
                    with pytest.raises(DeadlineExceeded):
                        act()
            sock.sendall(REQUEST)
            assert sock.recv(100) == b"hello"
        assert server.requests == [REQUEST]
