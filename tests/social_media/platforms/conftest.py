"""Both transports, to be tested alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport import httpx_transport, requests_session, sockets
from tests.social_media.platforms.transports import Call, by_httpx, by_requests


@pytest.fixture
def config() -> NetworkConfig:
    return NetworkConfig(
        api_url="", connect_timeout=0.4, deadline=0.6, allow_private_hosts=True
    )


@pytest.fixture(params=["requests", "httpx"])
def library(request: pytest.FixtureRequest) -> Call:
    """POST (or GET) through one of the two, given a configuration and a URL."""
    return by_requests if request.param == "requests" else by_httpx


@pytest.fixture
def call(library: Call, config: NetworkConfig) -> Iterator[Call]:
    """The same for this test's configuration."""
    yield lambda url, **more: library(config, url, **more)
    requests_session(config).close()
    httpx_transport(config).close()


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """Add a certificate to those that the machine trusts."""

    def add(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        sockets.tls_context.cache_clear()

    yield add
    sockets.tls_context.cache_clear()
