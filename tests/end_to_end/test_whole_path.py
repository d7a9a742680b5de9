"""From signing up to standing on three networks, with nothing but real processes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.end_to_end.conftest import (
    NETWORKS,
    connect,
    schedule,
    sign_up,
    wait_until_out,
)
from tests.end_to_end.stack import Stack, stack

pytestmark = [pytest.mark.processes, pytest.mark.alone]

TEXTS = (
    "A thread from end to end: https://stationmaster.example/one",
    "Its second part, with another link https://stationmaster.example/two",
    "And its end. #done",
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path) as made:
        made.start("simulator", "web", "posting", "scan", "beat")
        made.wait_until_up()
        yield made


def test_a_thread_stands_on_three_networks_once_in_order_and_on_time(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    accounts = [connect(api, networks, network) for network in NETWORKS]
    due = datetime.now(UTC) + timedelta(seconds=3)

    post = wait_until_out(api, schedule(api, accounts, TEXTS, due), running)

    for network in NETWORKS:
        stands = networks.posts(network)
        assert [each["text"] for each in stands] == list(TEXTS), running.logs()
        ids = [each["id"] for each in stands]
        assert [each["reply_to"] for each in stands] == [None, *ids[:-1]]
        first = datetime.fromisoformat(stands[0]["created_at"])
        assert timedelta(0) <= first - due < timedelta(seconds=2), network
        last = datetime.fromisoformat(stands[-1]["created_at"])
        assert last - due < timedelta(seconds=2), network
    urls = {networks.posts(network)[0]["url"] for network in NETWORKS}
    assert {target["remote_url"] for target in post["targets"]} == urls
    assert networks.summary()["doubled"] == 0
