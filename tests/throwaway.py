"""PostgreSQL and Redis servers for one test run: own port, own folder, gone after."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

#: Where packages put PostgreSQL's programs, most of them not on the path.
POSTGRESQL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
START_SECONDS = 20


@dataclass
class Server:
    """One server of ours: it can be killed and started again on the same data."""

    url: str
    command: list[str]
    options: dict[str, Any]
    ready: Callable[[], object]
    not_yet: type[Exception]
    quick: signal.Signals
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it answers. Ctrl-C of the terminal doesn't end it."""
        self.process = subprocess.Popen(
            self.command, start_new_session=True, **self.options
        )
        wait_until(self.ready, self.not_yet)

    def stop(self) -> None:
        """End it at once, as a power cut would for PostgreSQL (`immediate`)."""
        self._end(self.quick)

    def close(self) -> None:
        """End it for good."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None


def start_postgresql(stack: ExitStack, **settings: str) -> str | None:
    """URL without a database's name, or None where PostgreSQL isn't installed."""
    server = postgresql(stack, fsync="off", **settings)
    return server.url if server else None


def postgresql(stack: ExitStack, **settings: str) -> Server | None:
    """A running PostgreSQL that ends with `stack`; `settings` as in its configuration.

    None where it isn't installed. Its SIGQUIT is the stop mode `immediate`.
    """
    initdb, program = postgresql_program("initdb"), postgresql_program("postgres")
    if not initdb or not program:
        return None
    folder, port, owner = temporary_folder(stack), free_port(), {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
        owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(folder, "postgres", "postgres")
    data = str(folder / "data")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": folder, **owner}
    make = [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-N"]
    # Whatever LANG says, or if there is none.
    make += ["-E", "UTF8", "--locale=C"]
    subprocess.run(make, check=True, **quiet)
    given = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        **settings,
    }
    words = (word for name in given for word in ("-c", f"{name}={given[name]}"))
    url = f"postgres://postgres@127.0.0.1:{port}"
    return _started(
        stack,
        Server(
            url=url,
            command=[program, "-D", data, *words],
            options={"stderr": (folder / "log").open("ab"), **quiet},
            ready=lambda: psycopg.connect(f"{url}/postgres", connect_timeout=1).close(),
            not_yet=psycopg.OperationalError,
            quick=signal.SIGQUIT,
        ),
    )


def start_redis(stack: ExitStack) -> str | None:
    """URL, or None where Redis isn't installed."""
    server = redis_server(stack)
    return server.url if server else None


def redis_server(stack: ExitStack) -> Server | None:
    """A running Redis that keeps nothing on disk and ends with `stack`.

    None where it isn't installed.
    """
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if not program:
        return None
    port = free_port()
    given = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
    command = [program]
    for name, value in given.items():
        command += [f"--{name}", str(value)]
    url = f"redis://127.0.0.1:{port}/0"
    client = stack.enter_context(redis.Redis.from_url(url))
    quiet = {"stdout": subprocess.DEVNULL, "cwd": temporary_folder(stack)}
    return _started(
        stack,
        Server(
            url=url,
            command=command,
            options=quiet,
            ready=client.ping,
            not_yet=redis.ConnectionError,
            quick=signal.SIGKILL,
        ),
    )


def _started(stack: ExitStack, server: Server) -> Server:
    stack.callback(server.close)
    server.start()
    return server


def wait_until(ask: Callable[[], object], not_yet: type[Exception]) -> None:
    """Ask until there is an answer. Raises `not_yet` in the end."""
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            ask()
        except not_yet:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def postgresql_program(name: str) -> str | None:
    """Path of one of PostgreSQL's programs, the newest that is installed."""
    for pattern in POSTGRESQL_FOLDERS:
        found = sorted(Path("/").glob(f"{pattern[1:]}/{name}"))
        if found:
            return str(found[-1])
    return shutil.which(name)


def temporary_folder(stack: ExitStack) -> Path:
    """A folder that ends with `stack`."""
    made = stack.enter_context(tempfile.TemporaryDirectory(prefix="stationmaster-"))
    return Path(made)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
