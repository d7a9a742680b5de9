"""An installation to measure: PostgreSQL and Redis of its own, all real processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from social_media.management.supervise import ROOT
from tests.bench.child import Child
from tests.bench.cpu import Meter
from tests.bench.defaults import default_of, shown
from tests.bench.journal import Accepted, Journal
from tests.stack import Stack, own_database, stack
from tests.throwaway import Server, postgresql, redis_server, temporary_folder

LATENCY_MS = 100
POSTING_WORKERS = 2
WEB_PROCESSES = 2
#: Threads of one posting worker.
SLOTS = int(default_of("PUBLISHING_SLOTS"))
#: As in production; but the load generator must not be turned away.
SETTINGS = {
    "PUBLISHING_SLOTS": str(SLOTS),
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": "json",
    "WEB_CONCURRENCY": str(WEB_PROCESSES),
    **dict.fromkeys(("THROTTLE_ANON", "THROTTLE_USER"), "1000000/s"),
}
#: In one workspace; enough for every benchmark.
ACCOUNTS, SHORT_ACCOUNTS = 2_000, 300
#: Each of these in its own workspace, for benchmarks that need somebody else.
OTHERS = 20
POLL_SECONDS = 0.25
START_SECONDS = 60
#: The end of what a Celery worker says then.
READY = " ready."
_WAITING = """
SELECT count(*) FROM social_media_posttarget
WHERE status IN ('scheduled', 'queued', 'posting', 'reconciling')
"""
_ACCOUNTS = "SELECT id FROM social_media_connectedaccount ORDER BY label LIMIT %s"
_WANTED = """
SELECT account.platform, account.remote_id, post.content, target.status,
    extract(epoch FROM target.due_at)::float8
FROM social_media_posttarget target
JOIN social_media_post post ON post.id = target.post_id
JOIN social_media_connectedaccount account ON account.id = target.account_id
WHERE starts_with(post.content, %s)
"""


class NotInstalled(Exception):
    """What the benchmarks need and this machine doesn't have."""


class TookTooLong(Exception):
    """So many posts were `left` when the time for them was over."""

    def __init__(self, left: int, logs: str) -> None:
        super().__init__(f"{left} posts are still waiting.\n{logs}")
        self.left = left


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target that was scheduled; `due` is seconds since the epoch."""

    network: str
    account: str
    text: str
    status: str
    due: float


@dataclass
class Installation:
    """Processes, servers and what the simulator accepted.

    `accounts` are in one workspace, numbered from 0 on; after them come OTHERS, each in
    a workspace of its own. `writer` is the process that writes rows.
    """

    stack: Stack
    database: Server
    broker: Server
    accounts: int
    workers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.writer: Child
        self.journal = Journal(self.stack.demo.state / "simulator.json")

    def start(self, workers: int = POSTING_WORKERS) -> None:
        """Start everything; return when all of it is ready."""
        self._start_simulator()
        self.stack.start("web", "media", "scan", "beat")
        self._start_workers(workers)
        self.stack.wait_until_up()
        self._wait_for_workers()

    def _start_workers(self, number: int) -> None:
        marks = ["", *(f"-{n}" for n in range(2, number + 1))]
        for mark in marks:
            self.stack.start("posting", mark=mark)
        self.workers = tuple(f"posting{mark}" for mark in marks)

    def _wait_for_workers(self) -> None:
        """Return when each has said that it takes messages."""
        logs = [self.stack.demo.state / f"{name}.log" for name in self.workers]
        give_up = time.monotonic() + START_SECONDS
        while not all(READY in log.read_text() for log in logs):
            assert time.monotonic() < give_up, self.stack.logs()
            time.sleep(POLL_SECONDS)

    def _start_simulator(self) -> None:
        demo = self.stack.demo
        command = [sys.executable, "-m", "social_media.simulator"]
        command += ["--port", str(demo.simulator_port)]
        command += ["--state", str(demo.state / "simulator.json")]
        command += ["--latency-ms", str(LATENCY_MS)]
        with (demo.state / "simulator.log").open("ab") as log:
            self.stack.running["simulator"] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(self.stack.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def settings(self) -> dict[str, float]:
        """What it was measured with."""
        workers = {"posting_workers": len(self.workers), "latency_ms": LATENCY_MS}
        return workers | shown(self.stack.environment)

    def meter(self) -> Meter:
        """CPU time by kind of process from now on."""
        running = {name: [one.pid] for name, one in self.stack.running.items()}
        workers = [running.pop(name)[0] for name in self.workers]
        servers = {"database": self.database, "broker": self.broker}
        return Meter(
            {"worker": workers}
            | running
            | {name: [one.process.pid] for name, one in servers.items() if one.process}
        )

    def shared_accounts(self) -> list[str]:
        """Ids of the accounts in the shared workspace, in order."""
        with self.connect() as connection:
            rows = connection.execute(_ACCOUNTS, [self.accounts]).fetchall()
        return [str(account) for (account,) in rows]

    def child(self, module: str) -> Child:
        """A process of tests/bench/`module`.py with this installation's settings."""
        return Child(module, self.stack.environment)

    def wait_until_settled(self, seconds: float) -> None:
        """Return when no target waits or is in flight. Raises TookTooLong."""
        give_up = time.monotonic() + seconds
        with self.connect() as connection:
            while left := connection.execute(_WAITING).fetchall()[0][0]:
                if time.monotonic() > give_up:
                    raise TookTooLong(left, self.stack.logs())
                time.sleep(POLL_SECONDS)

    def wanted(self, name: str) -> list[Wanted]:
        """The targets that were made under this name, as they are now."""
        with self.connect() as connection:
            rows = connection.execute(_WANTED, [f"{name} "]).fetchall()
        return [Wanted(*row) for row in rows]

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to the database, each statement by itself."""
        url = self.stack.environment["DATABASE_URL"]
        return psycopg.connect(url, autocommit=True)

    def accepted(self) -> list[Accepted]:
        """What the simulator accepted since the last call."""
        return self.journal.read()


@contextmanager
def installation(
    *,
    accounts: int,
    workers: int = POSTING_WORKERS,
    settings: Mapping[str, str] | None = None,
    special: Mapping[str, Any] | None = None,
) -> Iterator[Installation]:
    """A running one with so many accounts in one workspace, and the OTHERS.

    Everything is durable as in production (fsync on). `settings` of its own come on top
    of SETTINGS; `special`: what the simulator's accounts have, by network. Raises
    NotInstalled.
    """
    with ExitStack() as servers:
        database, broker = _servers(servers)
        url = servers.enter_context(own_database(f"{database.url}/bench"))
        chosen = SETTINGS | {
            "DATABASE_URL": url,
            "REDIS_URL": broker.url,
            "BROKER_URL": broker.url,
            # docs/operations.md: four times all of the workers' slots.
            "MAX_QUEUED": str(4 * SLOTS * workers),
            **(settings or {}),
        }
        state = temporary_folder(servers)
        made = servers.enter_context(stack(state, **chosen))
        running = Installation(made, database, broker, accounts)
        running.start(workers)
        running.writer = servers.enter_context(running.child("rows"))
        running.writer.ask(
            "accounts",
            simulator=made.demo.simulator_url,
            crowd=accounts,
            others=OTHERS,
            special=special or {},
        )
        yield running


def _servers(servers: ExitStack) -> tuple[Server, Server]:
    database, broker = postgresql(servers), redis_server(servers)
    if database is None or broker is None:
        raise NotInstalled("PostgreSQL" if database is None else "Redis")
    servers.callback(database.options["stderr"].close)  # its log, open here as well
    return database, broker
