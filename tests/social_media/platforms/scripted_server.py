"""A server on a real socket that answers what a test tells it to.

For answers that no network of the simulator gives: broken bodies, odd statuses.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedServer:
    """Answers by method and path (the query left out); anything else is a 404."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(
        self,
        method: str,
        path: str,
        *bodies: Any,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with `bodies` one after the other, the last one for ever."""
        self._answers[method, path] = [
            Answer(status, _bytes(body), headers or {}) for body in bodies or ("",)
        ]

    def asked(self, method: str = "") -> list[str]:
        """Paths that were asked for, with their query."""
        return [r.path for r in self.requests if method in ("", r.method)]

    def _next(self, request: Request) -> Answer:
        self.requests.append(request)
        key = (request.method, request.path.partition("?")[0])
        answers = self._answers.get(key, [Answer(404, b'{"error":"Not found"}')])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode(errors="replace")
                headers = dict(self.headers.items())
                answer = script._next(Request(self.command, self.path, headers, body))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = _serve  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, args=(0.005,), daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body).encode()
