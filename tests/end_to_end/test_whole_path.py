"""From signing up to standing on three networks, with nothing but real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.end_to_end.stack import Stack, stack

pytestmark = pytest.mark.processes

NETWORKS = ("bluesky", "mastodon", "x")
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


@pytest.fixture
def api(running: Stack) -> Iterator[httpx.Client]:
    base = f"{running.demo.url}/api/v1"
    with httpx.Client(base_url=base, trust_env=False, timeout=10) as http:
        yield http


@pytest.fixture
def networks(running: Stack) -> Iterator[SimulatorClient]:
    with SimulatorClient(running.demo.simulator_url) as simulator:
        yield simulator


def sign_up(api: httpx.Client) -> None:
    person = {"email": "ada@example.org", "password": "a long pass phrase"}
    joined = api.post("/auth/register", json=person)
    assert joined.status_code == 201, joined.text
    api.headers["Authorization"] = f"Bearer {joined.json()['access']}"


def connect(api: httpx.Client, networks: SimulatorClient, network: str) -> str:
    credentials = networks.account(network, "ada")
    answer = api.post(f"/accounts/connect/{network}", json=credentials)
    assert answer.status_code == 201, answer.text
    account: str = answer.json()["id"]
    return account


def schedule(api: httpx.Client, accounts: list[str], at: datetime) -> str:
    body = {
        "content": TEXTS[0],
        "thread": list(TEXTS[1:]),
        "scheduled_time": at.isoformat(),
        "targets": [{"account": account} for account in accounts],
    }
    answer = api.post("/posts", json=body)
    assert answer.status_code == 201, answer.text
    post: str = answer.json()["id"]
    return post


def wait_until_out(api: httpx.Client, post: str, running: Stack) -> dict[str, Any]:
    give_up = time.monotonic() + 20
    while True:
        found: dict[str, Any] = api.get(f"/posts/{post}").raise_for_status().json()
        if found["status"] == "posted":
            return found
        assert time.monotonic() < give_up, f"{found}\n{running.logs()}"
        time.sleep(0.2)


def test_a_thread_stands_on_three_networks_once_in_order_and_on_time(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    accounts = [connect(api, networks, network) for network in NETWORKS]
    due = datetime.now(UTC) + timedelta(seconds=3)

    post = wait_until_out(api, schedule(api, accounts, due), running)

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
