"""`make demo` ends with everything it started, however it is ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from social_media.management.demo import Demo
from social_media.management.smoke import free_ports, left_behind, start
from social_media.management.supervise import ROOT
from social_media.simulator.client import SimulatorClient

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc"),
]

Running = tuple[Demo, subprocess.Popen[bytes], Path]


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path / "with space", *free_ports())


@pytest.fixture
def run(demo: Demo, tmp_path: Path) -> Iterator[Callable[[], Running]]:
    """Starts the demo, as often as it is called on the same state."""
    started: list[subprocess.Popen[bytes]] = []
    log = tmp_path / "log"

    def begin() -> Running:
        with log.open("ab") as output:
            process = start(demo, output)
        started.append(process)
        return demo, process, log

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def wait_for(condition: Callable[[], bool], running: Running) -> None:
    _, process, log = running
    give_up = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < give_up, log.read_text()
        time.sleep(0.1)


def posts_out(demo: Demo) -> int:
    try:
        with SimulatorClient(demo.simulator_url) as simulator:
            return len(simulator.posts())
    except httpx.TransportError:
        return 0


def test_it_publishes_ends_and_runs_again(run: Callable[[], Running]) -> None:
    running = run()
    demo, process, log = running
    wait_for(lambda: posts_out(demo) >= 3, running)
    process.send_signal(signal.SIGINT)  # Ctrl-C
    assert process.wait(30) == 0, log.read_text()
    assert left_behind(demo) == []
    assert demo.simulator_url in log.read_text()

    before = 3
    running = run()
    wait_for(lambda: posts_out(demo) >= before + 3, running)
    running[1].send_signal(signal.SIGHUP)  # its terminal was closed
    assert running[1].wait(30) == 0, log.read_text()
    assert left_behind(demo) == []


def test_one_process_that_dies_ends_all(run: Callable[[], Running]) -> None:
    running = run()
    demo, process, log = running
    wait_for(lambda: "beat started (pid=" in log.read_text(), running)
    pid = int(log.read_text().partition("beat started (pid=")[2].partition(")")[0])
    os.kill(pid, signal.SIGKILL)
    assert process.wait(40) != 0, log.read_text()
    assert left_behind(demo) == []


def test_it_can_be_ended_while_it_starts(run: Callable[[], Running]) -> None:
    running = run()
    demo, process, log = running
    wait_for(lambda: "simulator started" in log.read_text(), running)
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0, log.read_text()
    assert left_behind(demo) == []


@pytest.mark.parametrize("option", ["PORT", "SIMULATOR_PORT"])
def test_a_taken_port_is_named_with_the_way_out(demo: Demo, option: str) -> None:
    port = demo.port if option == "PORT" else demo.simulator_port
    command = [sys.executable, "-m", "social_media.management.demo"]
    environment = {
        **os.environ,
        "DEMO_STATE": str(demo.state),
        "PORT": str(demo.port),
        "SIMULATOR_PORT": str(demo.simulator_port),
    }
    with socket.create_server(("127.0.0.1", port)):
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
    assert ran.returncode == 1
    assert ran.stderr == (
        f"Port {port} is in use by another program. Stop that program, or choose "
        f"another port: {option}={port + 100}\n"
    )
