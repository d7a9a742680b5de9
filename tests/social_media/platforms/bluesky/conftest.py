"""A strategy, and a server of its own to talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.networks import LIMITS
from social_media.platforms.base import Credentials
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.config import NetworkConfig
from tests.social_media.platforms.bluesky.pds import (
    DID,
    PASSWORD,
    PUT,
    STOOD,
    TOKEN,
    Answer,
    Server,
    hang,
)
from tests.social_media.platforms.bluesky.uploading import (
    AUTH,
    BLOB,
    CLIP,
    VIDEO,
    blob,
    job,
)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server.running() as running:
        yield running


@pytest.fixture
def config(server: Server, request: pytest.FixtureRequest) -> NetworkConfig:
    """Patient, so that a busy machine fails no test, but where waiting is the test."""
    parameters = getattr(request.node, "callspec", None)
    hangs = parameters is not None and parameters.params.get("said") is hang
    return NetworkConfig(
        api_url=server.url,
        web_url="https://bsky.app",
        deadline=0.5 if hangs else 10.0,
        allow_private_hosts=True,
        limits=LIMITS["bluesky"],
    )


@pytest.fixture
def strategy(config: NetworkConfig) -> BlueskyStrategy:
    return BlueskyStrategy(config)


@pytest.fixture
def credentials(server: Server) -> Credentials:
    return Credentials(
        remote_id=DID,
        handle="alice.example.com",
        server=server.url,
        secrets={
            "access_jwt": TOKEN,
            "refresh_jwt": "old-refresh",
            "app_password": PASSWORD,
        },
    )


@pytest.fixture
def given(server: Server) -> dict[str, str]:
    return {
        "identifier": "alice.example.com",
        "app_password": PASSWORD,
        "server": server.url,
    }


@pytest.fixture
def served(server: Server) -> Server:
    """Takes everything; the service is done at once."""
    server.say(BLOB, *[Answer(200, {"blob": blob(n)}) for n in range(1, 5)])
    server.say(AUTH, Answer(200, {"token": "service-token"}))
    done = job("JOB_STATE_COMPLETED", blob=CLIP)
    server.say(VIDEO, Answer(200, {"jobStatus": done}))
    server.say(PUT, Answer(200, STOOD))
    return server
