"""A recurring post with real processes, two beats among them: out once, on its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.end_to_end.conftest import NETWORKS, connect, sign_up, wait_until_out
from tests.stack import Stack, stack

pytestmark = pytest.mark.processes

SOON = timedelta(seconds=5)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path, PLAN_SECONDS="1", RECURRENCE_HORIZON_DAYS="1") as made:
        made.start("simulator", "web", "posting", "scan", "beat")
        made.start("posting", "scan", "beat", mark="-2")
        made.wait_until_up()
        yield made


def recur(api: httpx.Client, accounts: list[str], starts_at: datetime) -> str:
    body = {
        "name": "Every day",
        "rule": "FREQ=DAILY",
        "timezone": "UTC",
        "starts_at": starts_at.replace(tzinfo=None).isoformat(),
        "post": {
            "content": "Number {{counter}} on {{date}}",
            "targets": [{"account": account} for account in accounts],
        },
    }
    answer = api.post("/recurring", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def occurrences(
    api: httpx.Client, running: Stack, schedule: str, *, count: int
) -> list[dict[str, Any]]:
    """What was made of it, once there are so many."""
    give_up = time.monotonic() + 45
    while True:
        answer = api.get(f"/recurring/{schedule}/occurrences").raise_for_status()
        found: list[dict[str, Any]] = answer.json()["results"]
        if len(found) >= count:
            return found
        assert time.monotonic() < give_up, running.logs()
        time.sleep(0.2)


def test_each_occurrence_is_made_once_and_appears_once(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    """The first is there at once; the second comes within the horizon, a day, when
    the first is due: beat makes it. It is sent ahead of its time, to see it stand.
    """
    sign_up(api)
    accounts = [connect(api, networks, network) for network in NETWORKS]
    due = (datetime.now(UTC) + SOON).replace(microsecond=0)
    schedule = recur(api, accounts, due)
    (first,) = occurrences(api, running, schedule, count=1)
    assert datetime.fromisoformat(first["occurs_at"]) == due

    wait_until_out(api, first["post"], running, seconds=45)
    _, second = occurrences(api, running, schedule, count=2)
    tomorrow = due + timedelta(days=1)
    assert datetime.fromisoformat(second["occurs_at"]) == tomorrow
    api.post(f"/posts/{second['post']}/publish-now").raise_for_status()
    wait_until_out(api, second["post"], running, seconds=45)

    for network in NETWORKS:
        stand = networks.posts(network)
        assert [one["text"] for one in stand] == [
            f"Number 1 on {due:%Y-%m-%d}",
            f"Number 2 on {tomorrow:%Y-%m-%d}",
        ]
        assert datetime.fromisoformat(stand[0]["created_at"]) >= due
    assert api.get("/posts").json()["count"] == 2
    assert len(occurrences(api, running, schedule, count=2)) == 2
    assert networks.summary()["doubled"] == 0
