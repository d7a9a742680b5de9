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

HORIZON = timedelta(seconds=6)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    days = str(HORIZON / timedelta(days=1))
    with stack(tmp_path, PLAN_SECONDS="1", RECURRENCE_HORIZON_DAYS=days) as made:
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


def made_by_beat(api: httpx.Client, running: Stack, schedule: str) -> dict[str, Any]:
    """Its first occurrence, once there is one."""
    give_up = time.monotonic() + 45
    while True:
        answer = api.get(f"/recurring/{schedule}/occurrences").raise_for_status()
        if found := answer.json()["results"]:
            assert len(found) == 1
            row: dict[str, Any] = found[0]
            return row
        assert time.monotonic() < give_up, running.logs()
        time.sleep(0.2)


def test_an_occurrence_is_made_by_beat_and_appears_once(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    accounts = [connect(api, networks, network) for network in NETWORKS]
    # Beyond the horizon: nothing is made while the call is answered.
    due = (datetime.now(UTC) + 2 * HORIZON).replace(microsecond=0)
    schedule = recur(api, accounts, due)
    assert api.get("/posts").json()["count"] == 0

    row = made_by_beat(api, running, schedule)

    assert (row["status"], datetime.fromisoformat(row["occurs_at"])) == ("made", due)
    wait_until_out(api, row["post"], running, seconds=45)
    text = f"Number 1 on {due:%Y-%m-%d}"
    for network in NETWORKS:
        assert [one["text"] for one in networks.posts(network)] == [text]
        (stands,) = networks.posts(network)
        assert datetime.fromisoformat(stands["created_at"]) >= due
    assert api.get("/posts").json()["count"] == 1
    assert networks.summary()["doubled"] == 0
