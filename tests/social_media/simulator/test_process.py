"""The simulator as a process: its line, its end, its memory."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import httpx
import pytest

from social_media.simulator.cli import parse
from social_media.simulator.client import SimulatorClient
from tests.social_media.simulator import wire
from tests.social_media.simulator.process import ROOT, end, start


def toot(simulator: SimulatorClient, token: str, text: str, key: str = "") -> str:
    answer = wire.post(
        f"{simulator.urls['mastodon']}/api/v1/statuses",
        data={"status": text},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_one_line_and_ends_cleanly(number):
    process, url = start("--port", "0")
    with SimulatorClient(url) as simulator:
        assert simulator.summary()["posts"] == 0
    process.send_signal(number)
    rest, _ = process.communicate(timeout=5)
    assert (process.returncode, rest) == (0, "")


def test_it_ends_while_a_request_hangs():
    process, url = start("--port", "0")
    with SimulatorClient(url) as simulator:
        token = simulator.account("mastodon", "ann")["access_token"]
        simulator.fault("mastodon", "slow", seconds=60)
        with pytest.raises(httpx.ReadTimeout):
            wire.post(
                f"{simulator.urls['mastodon']}/api/v1/statuses",
                data={"status": "t"},
                headers={"Authorization": f"Bearer {token}"},
                timeout=0.2,
            )
    assert end(process) == 0


def test_ports_follow_the_first_one():
    options = parse(["--port", "9100", "--mastodon-port", "9500"])
    assert (options.host, options.port, dict(options.network_ports)) == (
        "127.0.0.1",
        9100,
        {"x": 9101, "bluesky": 9102, "mastodon": 9500, "fediverse": 9104},
    )


def test_a_taken_port_is_told_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "social_media.simulator", "--port"]
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [*command, port], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("simulator: ")
    assert ended.stderr.count("\n") == 1


def test_everything_survives_a_kill(tmp_path):
    state = str(tmp_path / "state.jsonl")
    process, url = start("--port", "0", "--state", state)
    with SimulatorClient(url) as simulator:
        x = simulator.account("x", "ann")
        token = simulator.account("mastodon", "ann")["access_token"]
        kept = toot(simulator, token, "kept", key="k")
        gone = toot(simulator, token, "gone")
        base = f"{simulator.urls['mastodon']}/api/v1/statuses"
        headers = {"Authorization": f"Bearer {token}"}
        wire.delete(f"{base}/{gone}", headers=headers).raise_for_status()
        before = simulator.posts()
    process.kill()
    process.communicate()

    process, url = start("--port", "0", "--state", state)
    try:
        with SimulatorClient(url) as simulator:
            assert [post["id"] for post in simulator.posts()] == [kept]
            assert simulator.posts() == before
            assert toot(simulator, token, "kept", key="k") == kept
            me = wire.get(
                f"{simulator.urls['x']}/2/users/me",
                headers={"Authorization": f"Bearer {x['access_token']}"},
            )
            assert me.json()["data"]["username"] == "ann"
    finally:
        end(process)


def test_a_reset_is_remembered_too(tmp_path):
    state = str(tmp_path / "state.jsonl")
    process, url = start("--port", "0", "--state", state)
    with SimulatorClient(url) as simulator:
        simulator.account("x", "ann")
        simulator.reset()
        token = simulator.account("mastodon", "bob")["access_token"]
        toot(simulator, token, "after")
    assert end(process) == 0
    process, url = start("--port", "0", "--state", state)
    with SimulatorClient(url) as simulator:
        assert [post["text"] for post in simulator.posts()] == ["after"]
        with pytest.raises(ValueError, match="No account 'ann' on x"):
            simulator.fault("x", "slow", account="ann")
    assert end(process) == 0
