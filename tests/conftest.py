"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from social_media.platforms.config import NetworkConfig
from social_media.platforms.factory import built
from social_media.simulator.client import SimulatorClient
from tests.s3 import S3Server, s3_running
from tests.social_media.simulator.process import running

X_APP = {
    "client_id": "simulated-client",
    "client_secret": "simulated-client-secret",
    "consumer_key": "simulated-consumer",
    "consumer_secret": "simulated-consumer-secret",
}


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorClient]:
    """One simulator per test process."""
    with running() as client:
        yield client


@pytest.fixture
def simulator(
    simulator_process: SimulatorClient, settings: Settings
) -> Iterator[SimulatorClient]:
    """An empty simulator that all strategies talk to, with short times."""
    simulator_process.reset()
    settings.NETWORKS = _pointed_at(simulator_process, settings.NETWORKS)
    built.cache_clear()
    yield simulator_process
    simulator_process.clear_faults()
    built.cache_clear()


def _pointed_at(
    simulator: SimulatorClient, networks: dict[str, NetworkConfig]
) -> dict[str, NetworkConfig]:
    return {
        name: replace(
            config,
            api_url=simulator.urls[name],
            # Mastodon's links come from the server itself.
            web_url="" if name == "mastodon" else simulator.urls[name],
            video_url=simulator.urls[name] if name == "bluesky" else "",
            connect_timeout=1.0,
            deadline=2.0,
            settle=timedelta(seconds=0.2),
            allow_private_hosts=True,
            app=X_APP if name == "x" else config.app,
        )
        for name, config in networks.items()
    }


@pytest.fixture
def media_disk(settings: Settings, tmp_path: Path) -> Path:
    """Media lie in `media` of this empty folder, and are made in `work`."""
    settings.MEDIA_WORK_DIR = tmp_path / "work"
    media = settings.STORAGES["media"]
    options = {**media["OPTIONS"], "location": str(tmp_path / "media")}
    settings.STORAGES = {**settings.STORAGES, "media": {**media, "OPTIONS": options}}
    return tmp_path


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A server that speaks S3, one per test process."""
    with s3_running() as server:
        yield server


@pytest.fixture
def s3(s3_server: S3Server, settings: Settings, tmp_path: Path) -> S3Server:
    """Media lie in an empty bucket, and are made in `work` of `tmp_path`."""
    s3_server.empty()
    settings.MEDIA_WORK_DIR = tmp_path / "work"
    settings.STORAGES = {**settings.STORAGES, "media": s3_server.storage()}
    return s3_server
