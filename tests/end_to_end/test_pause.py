"""A workspace is paused while posts fall due, with nothing but real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.end_to_end.conftest import connect, schedule, sign_up, wait_until_out
from tests.stack import Stack, stack

pytestmark = [pytest.mark.processes, pytest.mark.alone]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path) as made:
        made.start("simulator", "web", "posting", "scan", "beat")
        made.wait_until_up()
        yield made


def texts(networks: SimulatorClient) -> list[str]:
    return [post["text"] for post in networks.posts("mastodon")]


def fall_due(api: httpx.Client, account: str, words: list[str]) -> list[str]:
    """Posts that fell due, in this order, while the workspace was paused."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    posts = [
        schedule(api, [account], (text,), soon + timedelta(milliseconds=300 * place))
        for place, text in enumerate(words)
    ]
    time.sleep(4)
    return posts


def standing(api: httpx.Client, posts: list[str]) -> list[str]:
    return [api.get(f"/posts/{post}").json()["status"] for post in posts]


def test_nothing_leaves_a_paused_workspace_and_then_each_goes_its_way_once(
    api: httpx.Client, networks: SimulatorClient, running: Stack
) -> None:
    sign_up(api)
    account = connect(api, networks, "mastodon")
    [workspace] = api.get("/workspaces").json()["results"]
    address = f"/workspaces/{workspace['id']}"
    expected: list[str] = []
    for choice, status in (
        ("publish", "posted"),
        ("skip", "cancelled"),
        ("draft", "draft"),
    ):
        assert api.post(f"{address}/pause", json={}).status_code == 200
        words = [f"{choice} {number}" for number in range(3)]
        posts = fall_due(api, account, words)
        assert standing(api, posts) == ["scheduled"] * 3
        assert texts(networks) == expected, running.logs()
        undecided = api.post(f"{address}/resume", json={})
        assert undecided.json()["error"]["code"] == "overdue_undecided"

        decided = api.post(f"{address}/resume", json={"overdue": choice})

        assert decided.status_code == 200, decided.text
        if choice == "publish":
            expected = words
            for post in posts:
                wait_until_out(api, post, running)
        assert standing(api, posts) == [status] * 3
        last = schedule(api, [account], (f"after {choice}",), _soon())
        wait_until_out(api, last, running)
        expected = [*expected, f"after {choice}"]
        assert texts(networks) == expected, running.logs()
    assert networks.summary()["doubled"] == 0


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)
