"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from social_media.platforms.config import NetworkConfig
from social_media.platforms.factory import built
from social_media.simulator.client import SimulatorClient
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
            connect_timeout=1.0,
            deadline=2.0,
            settle=timedelta(seconds=0.2),
            allow_private_hosts=True,
            app=X_APP if name == "x" else config.app,
        )
        for name, config in networks.items()
    }
