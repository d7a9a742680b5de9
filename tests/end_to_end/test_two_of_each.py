"""I6 with real processes: two beats, two scan workers, two posting workers."""

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
from tests.stack import Stack, stack

pytestmark = pytest.mark.processes

POSTS = 8


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path) as made:
        made.start("simulator", "web", "posting", "scan", "beat")
        made.start("posting", "scan", "beat", mark="-2")
        made.wait_until_up()
        yield made


def test_every_post_appears_once_and_in_order(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    accounts = [connect(api, networks, network) for network in NETWORKS]
    texts = [(f"number {number}",) for number in range(POSTS)]
    begin = datetime.now(UTC) + timedelta(seconds=2)
    posts = [
        schedule(api, accounts, text, begin + timedelta(milliseconds=number * 100))
        for number, text in enumerate(texts)
    ]

    for post in posts:
        wait_until_out(api, post, running, seconds=45)

    for network in NETWORKS:
        stands = [each["text"] for each in networks.posts(network)]
        assert stands == [text for (text,) in texts], running.logs()
    assert networks.summary()["duplicates_refused"] == 0
