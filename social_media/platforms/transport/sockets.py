"""Sockets that wait no longer than the thread's deadline, with and without TLS."""

from __future__ import annotations

import socket
import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

import certifi

from social_media.failpoints import heard
from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport.addresses import Resolved, resolve
from social_media.platforms.transport.deadlines import deadline, remaining

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


#: Bytes of an upload that wait in our own kernel, where it can be told. Megabytes of
#: them would count as sent, and the answer that they delay as a broken connection.
_UNSENT = 128 * 1024
_UNSENT_OPTION: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)


class _Armed(socket.socket):
    def arm(self) -> None:
        """Wait for the rest of the deadline only. Raises DeadlineExceeded."""
        left = remaining()
        if left is not None:
            self.settimeout(left)


class DeadlineSocket(_Armed):
    """A socket whose every operation ends with the thread's deadline."""

    def connect(self, address: Any) -> None:
        self.arm()
        super().connect(address)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        self.arm()
        found = super().recv(bufsize, flags)
        heard()
        return found

    def recv_into(
        self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0
    ) -> int:
        self.arm()
        count = super().recv_into(buffer, nbytes, flags)
        heard()
        return count

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        self.arm()
        return super().send(data, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        # The timeout of the C function is for the whole of `data`.
        self.arm()
        super().sendall(data, flags)


class DeadlineSSLSocket(_Armed, ssl.SSLSocket):
    """The same under TLS. `recv*` end in `read`, `sendall` in `send`."""

    def do_handshake(self, block: bool = False) -> None:
        self.arm()
        super().do_handshake(block)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002
        self.arm()
        found = super().read(len, buffer)
        heard()
        return found

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        self.arm()
        return super().send(data, flags)


@cache
def tls_context() -> ssl.SSLContext:
    """One context per process: loading the certificates takes tens of milliseconds.

    Trusts the bundle of certifi and the machine's own (SSL_CERT_FILE).
    """
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    context.sslsocket_class = DeadlineSSLSocket
    return context


def connect(host: str, port: int, config: NetworkConfig) -> DeadlineSocket:
    """A connection to the first address of `host` that answers.

    Each address gets its share of the time, so that a dead one (IPv6 without a route)
    leaves some for the next. Raises AddressRefused, UnknownHost or OSError:
    socket.gaierror for the name, TimeoutError for the deadline.
    """
    addresses = resolve(host, port, config)
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "the name has no address")
    for tried, found in enumerate(addresses):
        try:
            left = remaining() or config.connect_timeout
            with deadline(left / (len(addresses) - tried)):
                return _connect(found)
        except OSError as error:
            failure = error
    raise failure


def _connect(found: Resolved) -> DeadlineSocket:
    family, kind, protocol, _, address = found
    sock = DeadlineSocket(family, kind, protocol)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if _UNSENT_OPTION is not None:
            sock.setsockopt(socket.IPPROTO_TCP, _UNSENT_OPTION, _UNSENT)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock
