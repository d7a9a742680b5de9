"""Calls through one transport or the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport import httpx_transport, requests_session

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@dataclass
class Answer:
    status: int
    body: bytes


Call = Callable[..., Answer]


def by_requests(config: NetworkConfig, url: str, method: str = "POST") -> Answer:
    got = requests_session(config).request(method, url, json={"a": 1})
    return Answer(got.status_code, got.content)


def by_httpx(config: NetworkConfig, url: str, method: str = "POST") -> Answer:
    client = httpx.Client(transport=httpx_transport(config), follow_redirects=True)
    got = client.request(method, url, json={"a": 1})
    return Answer(got.status_code, got.content)


def failing(call: Call, url: str) -> tuple[Exception, float]:
    """What the call raised, and after how long."""
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call(url)
    return caught.value, time.monotonic() - began
