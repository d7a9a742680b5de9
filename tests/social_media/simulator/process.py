"""Runs the simulator as the process that it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from social_media.simulator.client import SimulatorClient

ROOT = Path(__file__).parents[3]


def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """The process and the URL of its page; returns once it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "social_media.simulator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("simulator: "), f"said {line!r}"
    return process, line.split()[1]


def end(process: subprocess.Popen[str]) -> int:
    """Stop it as an operator would; its exit status."""
    process.terminate()
    try:
        return process.wait(timeout=5)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def running(*arguments: str) -> Iterator[SimulatorClient]:
    """A simulator on ports that the system chooses."""
    process, url = start("--port", "0", *arguments)
    try:
        with SimulatorClient(url) as client:
            yield client
    finally:
        end(process)
