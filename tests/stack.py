"""Real processes, as config/Procfile starts them, on servers of the test run's own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from honcho.environ import parse_procfile

from social_media.management.demo import Demo, demo_environment
from social_media.management.smoke import free_ports
from social_media.management.supervise import ROOT, prepare

START_SECONDS = 30
END_SECONDS = 15


@dataclass
class Stack:
    """Named processes of one installation; logs and state lie in `demo.state`."""

    demo: Demo
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *names: str, mark: str = "") -> None:
        """Start these lines of config/Procfile; `mark` tells a second one apart."""
        commands = parse_procfile((ROOT / "config" / "Procfile").read_text()).processes
        for name in names:
            with (self.demo.state / f"{name}{mark}.log").open("ab") as log:
                self.running[name + mark] = subprocess.Popen(
                    ["sh", "-c", commands[name]],
                    cwd=ROOT,
                    env=dict(self.environment),
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )

    def wait_until_up(self) -> None:
        """Return when simulator and web answer and a worker has scanned."""
        for url in (self.demo.simulator_url + "/healthz", self.demo.url + "/readyz"):
            give_up = time.monotonic() + START_SECONDS
            while not _answers(url):
                ended = [name for name, one in self.running.items() if one.poll()]
                assert not ended, self.logs()
                assert time.monotonic() < give_up, self.logs()
                time.sleep(0.1)

    def end(self) -> None:
        """End all that runs; the test fails for one that does not end when asked."""
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        try:
            for process in self.running.values():
                process.wait(END_SECONDS)
        finally:
            for process in self.running.values():
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def kill(self, name: str) -> None:
        """`kill -9` of the process and all that it started."""
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def logs(self) -> str:
        """The end of every process's log."""
        parts = []
        for log in sorted(self.demo.state.glob("*.log")):
            tail = log.read_text(errors="replace").splitlines()[-15:]
            parts += [f"--- {log.name}", *tail]
        return "\n".join(parts)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def stack(state: Path, **settings: str) -> Iterator[Stack]:
    """A migrated installation with these settings, nothing started yet.

    Its servers are those that the tests use (an empty database there), unless
    DATABASE_URL, REDIS_URL and BROKER_URL are among the settings.
    """
    demo = Demo(state, *free_ports())
    with ExitStack() as servers:
        if "DATABASE_URL" not in settings:
            broker = os.environ["TEST_REDIS_URL"]
            settings |= {
                "DATABASE_URL": servers.enter_context(
                    own_database(os.environ["TEST_DATABASE_URL"])
                ),
                "REDIS_URL": broker,
                "BROKER_URL": broker,
            }
        environment = demo_environment(demo) | settings
        prepare(environment)
        made = Stack(demo, environment)
        try:
            yield made
        finally:
            made.end()


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """URL of an empty database beside the one of `url`; "" for the embedded one."""
    if not url:
        yield ""
        return
    named = urlsplit(url)
    name = f"test_{named.path.strip('/')}_{os.getpid()}_processes"
    server = urlunsplit(named._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(named._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
