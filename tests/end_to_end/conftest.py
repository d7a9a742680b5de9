"""A person's way in, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.stack import Stack

NETWORKS = ("bluesky", "mastodon", "x")


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


def upload(api: httpx.Client, data: bytes, *, name: str, **described: str) -> str:
    answer = api.post("/media", files={"file": (name, data)}, data=described)
    assert answer.status_code == 201, answer.text
    file: str = answer.json()["id"]
    return file


def schedule(
    api: httpx.Client,
    accounts: list[str],
    texts: tuple[str, ...],
    at: datetime,
    **shown: list[Any],
) -> str:
    """`shown`: "media" and "thread_media", as the API takes them."""
    body = {
        **shown,
        "content": texts[0],
        "thread": list(texts[1:]),
        "scheduled_time": at.isoformat(),
        "targets": [{"account": account} for account in accounts],
    }
    answer = api.post("/posts", json=body)
    assert answer.status_code == 201, answer.text
    post: str = answer.json()["id"]
    return post


def wait_until_out(
    api: httpx.Client, post: str, running: Stack, *, seconds: float = 20
) -> dict[str, Any]:
    give_up = time.monotonic() + seconds
    while True:
        found: dict[str, Any] = api.get(f"/posts/{post}").raise_for_status().json()
        if found["status"] == "posted":
            return found
        assert time.monotonic() < give_up, f"{found}\n{running.logs()}"
        time.sleep(0.2)
