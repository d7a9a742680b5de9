"""A server that says what a test tells it to, also what no server should."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from social_media.platforms.base import Credentials, Draft, Part, Step
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import PlatformError

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
KEY = "3l6oveex3ii2l"
URI = f"at://{DID}/app.bsky.feed.post/{KEY}"
CID = "bafyreia3tbsfxe3cc75xrxyyn6qc42oupi73fxiox76prlyi5bpx7hr72u"
TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJkaWQ6cGxjOmFiYyJ9.c2lnbmF0dXJlCg"
PASSWORD = "abcd-efgh-ijkl-mnop"
STOOD = {"uri": URI, "cid": CID}

PUT = "com.atproto.repo.putRecord"
GET = "com.atproto.repo.getRecord"
RESOLVE = "com.atproto.identity.resolveHandle"
SIGN_IN = "com.atproto.server.createSession"
REFRESH = "com.atproto.server.refreshSession"
SESSION = "com.atproto.server.getSession"


@dataclass
class Answer:
    """What the server says to one call."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        return (
            self.body
            if isinstance(self.body, bytes)
            else json.dumps(self.body).encode()
        )


@dataclass
class Call:
    """What the server was asked."""

    method: str
    token: str
    body: dict[str, Any]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw: bytes


Said = Answer | Callable[[socket.socket], None]


class Server(ThreadingHTTPServer):
    """Says what the test put into `says`, one answer a call, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.says: dict[str, list[Said]] = {}
        self.calls: list[Call] = []

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Server]:
        """A server on a free port, until the block ends."""
        with cls() as made:
            thread = threading.Thread(target=made.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield made
            finally:
                made.shutdown()
                thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, method: str, *answers: Said) -> None:
        self.says[method] = list(answers)

    def asked(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(size)
        is_json = self.headers.get("Content-Type") == "application/json"
        body = json.loads(raw) if is_json and raw else {}
        path, _, query = self.path.partition("?")
        method = path.rpartition("/")[2]
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.server.calls.append(
            Call(method, token, body, parse_qs(query), dict(self.headers.items()), raw)
        )
        answers = self.server.says.get(method) or [
            refusal(501, "MethodNotImplemented", "No such method")
        ]
        said = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(said, Answer):
            self._say(said)
        else:
            said(self.connection)

    do_GET = do_POST  # noqa: N815

    def _say(self, said: Answer) -> None:
        raw = said.raw()
        self.send_response(said.status)
        headers = {"Content-Type": "application/json", **said.headers}
        for name, value in {**headers, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: Any) -> None:
        return


def refusal(status: int, name: str, words: str = "Because.", **headers: str) -> Answer:
    """An XRPC error."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return Answer(status, {"error": name, "message": words}, named)


def hang(_connection: socket.socket) -> None:
    time.sleep(1.0)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def babble(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")


def step_for(strategy: BlueskyStrategy, text: str = "Hello", **options: Any) -> Step:
    part = Part(text)
    now = datetime(2026, 11, 20, 10, 0, 0, 123456, UTC)
    payload = strategy.freeze(part, Draft(parts=[part], options=options), now)
    return Step(key=KEY, kind=part.kind, payload=payload)


def ignore(_saved: Mapping[str, Any]) -> None:
    return


def failed(
    strategy: BlueskyStrategy, credentials: Credentials, step: Step | None = None
) -> PlatformError:
    """What `publish` raises."""
    with pytest.raises(PlatformError) as caught:
        strategy.publish(step or step_for(strategy), credentials, ignore)
    return caught.value
