"""`make smoke`: the demo without a person, judged from outside over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from social_media.management.demo import SIMULATOR_PORTS, Demo
from social_media.management.demo_posts import (
    EMAIL,
    PASSWORD,
    due_posts,
    visible_posts,
)
from social_media.management.supervise import ROOT, PortTaken, require_free
from social_media.simulator.client import SimulatorClient

GIVE_UP_SECONDS = 150
#: After the last post, for one too many to show up.
LINGER_SECONDS = 3
LOG_TAIL = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What stands on the simulator, and whether the API says the same."""

    posted: int
    doubled: int
    api_agrees: bool

    @property
    def complete(self) -> bool:
        """Nothing is missing and nothing is one too many."""
        return self.api_agrees and (self.posted, self.doubled) == (visible_posts(), 0)


def main() -> int:
    """Start the demo, wait, count, end it. 0 if everything is out once."""
    with tempfile.TemporaryDirectory(prefix="stationmaster-smoke-") as folder:
        demo = Demo(Path(folder) / "state", *free_ports())
        log = Path(folder) / "log"
        started = time.monotonic()
        with log.open("wb") as output:
            process = start(demo, output)
            outcome = watch(demo, process, give_up=started + GIVE_UP_SECONDS)
            left = end(demo, process)
        sys.stdout.write(
            f"smoke: posted={outcome.posted} expected={visible_posts()} "
            f"doubled={outcome.doubled} seconds={time.monotonic() - started:.0f}\n"
        )
        if outcome.complete and not left:
            return 0
        explain(outcome, left, log)
        return 1


def free_ports() -> tuple[int, int]:
    """One port for the web process, and the first of a row for the simulator."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            second.bind(("127.0.0.1", 0))
            web, simulator = first.getsockname()[1], second.getsockname()[1]
        try:
            for port in (web, *range(simulator, simulator + SIMULATOR_PORTS)):
                require_free(port, "PORT")
        except (PortTaken, OverflowError):
            continue
        if web not in range(simulator, simulator + SIMULATOR_PORTS):
            return web, simulator


def start(demo: Demo, output: Any) -> subprocess.Popen[bytes]:
    """The demo as `make demo` starts it."""
    environment = {
        **os.environ,
        "DEMO_STATE": str(demo.state),
        "PORT": str(demo.port),
        "SIMULATOR_PORT": str(demo.simulator_port),
    }
    command = [sys.executable, "-m", "social_media.management.demo"]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def watch(demo: Demo, process: subprocess.Popen[bytes], *, give_up: float) -> Outcome:
    """Look until all is out, the demo ends or it is time to give up."""
    outcome = Outcome(posted=0, doubled=0, api_agrees=False)
    with httpx.Client(base_url=f"{demo.url}/api/v1", trust_env=False) as api:
        while process.poll() is None and time.monotonic() < give_up:
            with suppress(httpx.TransportError):  # not up yet
                outcome = look(demo, api)
            if outcome.complete:
                time.sleep(LINGER_SECONDS)
                return look(demo, api)
            time.sleep(1)
    return outcome


def look(demo: Demo, api: httpx.Client) -> Outcome:
    """How it stands now; the API is asked when the simulator has everything."""
    with SimulatorClient(demo.simulator_url) as simulator:
        summary, posts = simulator.summary(), simulator.posts()
    posted: int = summary["posts"]
    everything = posted >= visible_posts()
    urls = {post["url"] for post in posts}
    return Outcome(
        posted=posted,
        doubled=summary["doubled"],
        api_agrees=everything and agrees(posts_of_api(api), urls),
    )


def posts_of_api(api: httpx.Client) -> list[dict[str, Any]]:
    """All posts, as the API lists them to the demo's person, who signs in once."""
    if "Authorization" not in api.headers:
        login = {"email": EMAIL, "password": PASSWORD}
        signed_in = api.post("/auth/login", json=login).raise_for_status().json()
        api.headers["Authorization"] = f"Bearer {signed_in['access']}"
    page = api.get("/posts", params={"page_size": 100}).raise_for_status().json()
    found: list[dict[str, Any]] = page["results"]
    return found


def agrees(posts: list[dict[str, Any]], urls: set[str]) -> bool:
    """Whether the API says of every post that it is out, where it really stands.

    Those for another day wait.
    """
    out = [post for post in posts if post["status"] == "posted"]
    targets = [target for post in out for target in post["targets"]]
    return (
        len(out) == len(due_posts())
        and {post["status"] for post in posts} <= {"posted", "scheduled"}
        and {target["remote_url"] for target in targets} <= urls
    )


def end(demo: Demo, process: subprocess.Popen[bytes]) -> list[str]:
    """End the demo as Ctrl-C does; the processes that it left behind."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
    return left_behind(demo)


def left_behind(demo: Demo) -> list[str]:
    """Command lines of processes that still work on the demo (where /proc tells)."""
    mark = f"STATE_DIR={demo.state}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # gone, or not ours
    return found


def explain(outcome: Outcome, left: list[str], log: Path) -> None:
    """Say what is wrong, with the end of the demo's log."""
    tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL:]
    lines = [*tail, "", f"{outcome}", *(f"left behind: {command}" for command in left)]
    sys.stderr.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
