"""A queue over real processes: filled, ordered, paused, resumed, and out in order."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.end_to_end.conftest import connect, sign_up, wait_until_out
from tests.stack import Stack, stack

pytestmark = [pytest.mark.processes, pytest.mark.waits]

MINUTE = timedelta(minutes=1)
#: Slots come by the minute; before the first, the queue is filled and moved.
ROOM = timedelta(seconds=25)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path, PLAN_SECONDS="1") as made:
        made.start("simulator", "web", "posting", "scan", "beat")
        made.wait_until_up()
        yield made


def coming_slots(first: datetime) -> dict[str, list[str]]:
    """Two of the next minutes, and one a day each after them, in UTC."""
    week: dict[str, list[str]] = {}
    moments = [first, first + MINUTE, *(first + timedelta(days=n) for n in (2, 3))]
    for at in moments:
        week.setdefault(f"{at:%A}".lower(), []).append(f"{at:%H:%M}")
    return week


def written(api: httpx.Client, text: str) -> str:
    answer = api.post("/posts", json={"content": text})
    assert answer.status_code == 201, answer.text
    post: str = answer.json()["id"]
    return post


def act(api: httpx.Client, queue: str, action: str, **body: Any) -> dict[str, Any]:
    answer = api.post(f"/queues/{queue}/{action}", json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def line(api: httpx.Client, queue: str) -> list[tuple[str, str | None]]:
    """Text and slot of each post."""
    rows = api.get(f"/queues/{queue}/posts").raise_for_status().json()["results"]
    return [(row["post"]["content"], row["slot_at"]) for row in rows]


def shown_slot(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def wait_for_copy(api: httpx.Client, queue: str, text: str) -> None:
    """Until the last in the queue says `text`."""
    give_up = time.monotonic() + 20
    while line(api, queue)[-1][0] != text:
        assert time.monotonic() < give_up, line(api, queue)
        time.sleep(0.2)


def test_a_queue_is_filled_moved_paused_resumed_and_goes_out_in_order_and_once(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    account = connect(api, networks, "mastodon")
    first = (datetime.now(UTC) + ROOM + MINUTE).replace(second=0, microsecond=0)
    body = {
        "name": "News",
        "timezone": "UTC",
        "slots": coming_slots(first),
        "accounts": [account],
        "evergreen": True,
    }
    queue = api.post("/queues", json=body).raise_for_status().json()["id"]
    posts = {text: written(api, text) for text in ("one", "two", "three")}
    for post in posts.values():
        act(api, queue, "add-post", post=post)

    act(api, queue, "reorder", posts=[posts[text] for text in ("three", "one", "two")])
    act(api, queue, "pause")
    assert line(api, queue) == [("three", None), ("one", None), ("two", None)]
    act(api, queue, "resume")
    assert line(api, queue)[:2] == [
        ("three", shown_slot(first)),
        ("one", shown_slot(first + MINUTE)),
    ]
    assert datetime.now(UTC) < first, "too slow to fill the queue before its slot"

    for text in ("three", "one"):
        wait_until_out(api, posts[text], running, seconds=150)
    wait_for_copy(api, queue, "one")

    stands = networks.posts("mastodon")
    assert [each["text"] for each in stands] == ["three", "one"], running.logs()
    times = [datetime.fromisoformat(each["created_at"]) for each in stands]
    slots = [first, first + MINUTE]
    for at, slot in zip(times, slots, strict=True):
        assert slot <= at < slot + MINUTE, running.logs()
    assert networks.summary()["doubled"] == 0
    assert [text for text, _ in line(api, queue)] == ["two", "three", "one"]
    waiting = [slot for _, slot in line(api, queue)]
    assert None not in waiting
    assert waiting == sorted(set(waiting))
