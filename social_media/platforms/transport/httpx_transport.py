"""A transport for the libraries that are built on httpx."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpcore
import httpx
from urllib3.util import wait_for_read

from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport.addresses import check_scheme
from social_media.platforms.transport.deadlines import (
    clock,
    deadline,
    remaining,
    until,
)
from social_media.platforms.transport.limits import (
    MAX_IDLE,
    collect,
    refuse_redirect,
)
from social_media.platforms.transport.per_thread import PerThread
from social_media.platforms.transport.sockets import (
    DeadlineSocket,
    connect,
    tls_context,
)

# Gone once the body is decoded, or never wanted.
_DROPPED = {"content-encoding", "content-length", "transfer-encoding", "set-cookie"}


@contextmanager
def _mapped(timeout: type[Exception], failure: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise timeout(str(error)) from error
    except OSError as error:
        raise failure(str(error)) from error


class _Stream(httpcore.NetworkStream):
    """A socket that ends with the deadline and sends no request after it.

    `timeout` of httpcore counts per operation; the deadline takes its place.
    """

    def __init__(
        self, sock: DeadlineSocket | ssl.SSLSocket, connect_until: float
    ) -> None:
        self._sock = sock
        self._connect_until = connect_until
        self._sent = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sent = False
        with _mapped(httpcore.ReadTimeout, httpcore.ReadError):
            return self._sock.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not self._sent:
            with _mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
                remaining()
        self._sent = True
        with _mapped(httpcore.WriteTimeout, httpcore.WriteError):
            self._sock.sendall(buffer)

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            with (
                _mapped(httpcore.ConnectTimeout, httpcore.ConnectError),
                until(self._connect_until),
            ):
                sock = ssl_context.wrap_socket(
                    self._sock, server_hostname=server_hostname
                )
        except BaseException:
            self.close()
            raise
        return _Stream(sock, self._connect_until)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # that is, closed by the server while idle
            return wait_for_read(self._sock, timeout=0)
        return None


class _Backend(httpcore.NetworkBackend):
    def __init__(self, config: NetworkConfig) -> None:
        self._config = config

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        connect_until = clock() + self._config.connect_timeout
        with (
            _mapped(httpcore.ConnectTimeout, httpcore.ConnectError),
            until(connect_until),
        ):
            return _Stream(connect(host, port, self._config), connect_until)


class NetworkTransport(httpx.HTTPTransport):
    """Reads the whole answer within the network's total deadline.

    Follows no redirect (it raises Redirected), hands out no cookies, retries nothing.
    """

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(),
            max_keepalive_connections=10,
            keepalive_expiry=MAX_IDLE,
            network_backend=_Backend(config),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        check_scheme(request.url.scheme, self.config)
        with self.limited():
            answer = super().handle_request(request)
            try:
                body = collect(answer.iter_bytes(65536))
            finally:
                answer.close()
        refuse_redirect(answer.status_code)
        return _decoded(answer, body)

    def limited(self) -> AbstractContextManager[None]:
        """The deadline of one call."""
        return deadline(self.config.deadline)


def _decoded(answer: httpx.Response, body: bytes) -> httpx.Response:
    """`answer` with its body read, decoded and in memory."""
    return httpx.Response(
        answer.status_code,
        headers=[
            (name, value)
            for name, value in answer.headers.multi_items()
            if name.lower() not in _DROPPED
        ],
        content=body,
        extensions=answer.extensions,
    )


_transports = PerThread(NetworkTransport)


def httpx_transport(config: NetworkConfig) -> httpx.BaseTransport:
    """This thread's transport for `config`. Not to be closed: the next call uses it."""
    return _transports.get(config)
