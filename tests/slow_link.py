"""A way to a server that is slow, or breaks: TCP, whatever is spoken over it."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_PIECE = 16 * 1024


class _Link(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    target: tuple[str, int]
    rate: float
    most: int | None


class _Connection(socketserver.BaseRequestHandler):
    server: _Link

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as behind:
            asking = threading.Thread(target=self._ask, args=(behind,), daemon=True)
            asking.start()
            with suppress(OSError):  # the client went away
                self._answer(behind)
            with suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _ask(self, behind: socket.socket) -> None:
        with suppress(OSError):
            while piece := self.request.recv(_PIECE):
                behind.sendall(piece)
            behind.shutdown(socket.SHUT_RDWR)

    def _answer(self, behind: socket.socket) -> None:
        sent = 0
        while piece := behind.recv(_PIECE):
            time.sleep(len(piece) / self.server.rate)
            self.request.sendall(piece)
            sent += len(piece)
            if self.server.most is not None and sent >= self.server.most:
                return


@contextmanager
def slow_link(url: str, *, rate: float, most: int | None = None) -> Iterator[str]:
    """Another address of the server at `url`.

    Its answers come with `rate` bytes a second; each connection breaks after `most`.
    """
    parts = urlsplit(url)
    with _Link(("127.0.0.1", 0), _Connection) as link:
        link.target = (str(parts.hostname), parts.port or 80)
        link.rate, link.most = rate, most
        serving = threading.Thread(target=link.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield f"http://127.0.0.1:{link.server_address[1]}"
        finally:
            link.shutdown()
            serving.join()
