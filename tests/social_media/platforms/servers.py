"""Servers on real sockets that behave as badly as a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: seen=1\r\n\r\nok"

#: Answers one request on a connection; False ends the connection.
Handler = Callable[[socket.socket, bytes], bool]


class Server:
    """Counts connections, keeps requests, answers them with `handler`."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None) -> None:
        self._handler = handler
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.requests: list[bytes] = []
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://localhost:{self.port}/path"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._converse, args=[connection])
                self._threads.append(thread)
                thread.start()

    def _converse(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection:
                while request := _request(connection):
                    self.requests.append(request)
                    if not self._handler(connection, request):
                        return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(6)


def _request(connection: socket.socket) -> bytes:
    """One request with its body, b"" at the end of the connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        chunk = connection.recv(65536)
        if not chunk:  # it broke off
            return b""
        body += chunk
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(
    handler: Handler, context: ssl.SSLContext | None = None
) -> Iterator[Server]:
    """A server for the length of a test."""
    server = Server(handler, context)
    try:
        yield server
    finally:
        server.close()


def answer(*chunks: bytes) -> Handler:
    """Every request gets `chunks` and the connection stays open."""

    def handle(connection: socket.socket, _request: bytes) -> bool:
        for chunk in chunks:
            connection.sendall(chunk)
        return True

    return handle


def drip(head: bytes, every: float = 0.03) -> Handler:
    """`head` at once, then one byte of nothing at a time, for ever."""

    def handle(connection: socket.socket, _request: bytes) -> bool:
        connection.sendall(head)
        pause = threading.Event()
        for _ in range(300):
            connection.sendall(b"x")
            pause.wait(every)
        return False

    return handle


def reset(connection: socket.socket, _request: bytes) -> bool:
    """The request is read, then the connection is reset."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return False


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A self-signed certificate for `host`: the server's context and the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file


def closed_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
