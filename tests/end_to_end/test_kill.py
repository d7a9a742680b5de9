"""I5 with real processes: `kill -9` in the middle of the call, and a wiped broker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import redis

from social_media.simulator.client import SimulatorClient
from tests.end_to_end.conftest import (
    NETWORKS,
    connect,
    schedule,
    sign_up,
    wait_until_out,
)
from tests.stack import Stack, stack

pytestmark = pytest.mark.processes

TEXTS = ("Sent once, whatever happens", "and its second part")
DEADLINES = {f"{network.upper()}_DEADLINE_SECONDS": "2" for network in NETWORKS}
SETTLED = {f"{network.upper()}_SETTLE_SECONDS": "0.5" for network in NETWORKS}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    times = {"LEASE_SECONDS": "5", "BELL_STALE_SECONDS": "2", **DEADLINES, **SETTLED}
    with stack(tmp_path, **times) as made:
        made.start("simulator", "web", "posting", "scan", "beat")
        made.wait_until_up()
        yield made


def wait_until_accepted(networks: SimulatorClient, wanted: int) -> None:
    give_up = time.monotonic() + 20
    while len(networks.posts()) < wanted:
        assert time.monotonic() < give_up
        time.sleep(0.02)


def wipe_broker(running: Stack) -> None:
    if url := running.environment["BROKER_URL"]:
        with redis.Redis.from_url(url) as broker:
            broker.flushdb()


def test_killed_while_the_networks_answer_each_part_appears_once(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    accounts = [connect(api, networks, network) for network in NETWORKS]
    for network in NETWORKS:
        networks.fault(network, "accept_then_hang", calls=1)
    post = schedule(api, accounts, TEXTS, datetime.now(UTC) + timedelta(seconds=1))

    wait_until_accepted(networks, len(NETWORKS))
    running.kill("posting")
    running.kill("scan")
    wipe_broker(running)
    running.start("posting", "scan")

    wait_until_out(api, post, running, seconds=45)
    for network in NETWORKS:
        stands = [each["text"] for each in networks.posts(network)]
        assert stands == list(TEXTS), running.logs()
    attempts = api.get(f"/posts/{post}/attempts").raise_for_status().json()["results"]
    outcomes = [attempt["outcome"] for attempt in attempts]
    assert sorted(outcomes) == ["adopted"] * 3 + ["posted"] * 3
