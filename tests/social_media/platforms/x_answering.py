"""X as a server on this machine plays it, with the answers that a test wants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from config.networks import LIMITS
from social_media.enums import StepKind
from social_media.platforms.base import Credentials, Step
from social_media.platforms.config import NetworkConfig
from social_media.platforms.x import XStrategy
from tests.social_media.platforms.servers import Server, answer, serving

CREDENTIALS = Credentials("42", "ada", secrets={"access_token": "secret-access"})


def at(port: int, **app: str) -> XStrategy:
    """X as a server on this machine plays it."""
    return XStrategy(
        NetworkConfig(
            api_url=f"http://127.0.0.1:{port}",
            web_url="https://x.com",
            connect_timeout=0.5,
            deadline=1.0,
            allow_private_hosts=True,
            limits=LIMITS["x"],
            app=app,
        )
    )


@contextmanager
def answering(
    *bodies: Any, status: int = 200, headers: str = "", **app: str
) -> Iterator[tuple[XStrategy, Server]]:
    """X, answering every call with the next of `bodies`, the last one for ever."""
    left = list(bodies)

    def handle(connection: Any, request: bytes) -> bool:
        body = left.pop(0) if len(left) > 1 else left[0]
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(raw)}\r\n\r\n"
        return answer(head.encode() + raw)(connection, request)

    with serving(handle) as server:
        yield at(server.port, **app), server


def step(text: str = "Hello", **more: Any) -> Step:
    now = datetime.now(UTC)
    payload = {"text": text, "reply_settings": None, "created_at": now.isoformat()}
    return Step("key", StepKind.POST, payload, first_sent_at=now, **more)


def publish(strategy: XStrategy, what: Step, who: Credentials = CREDENTIALS) -> Any:
    return strategy.publish(what, who, lambda _handles: None)


def body_of(request: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return found
