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


def start_postgresql(stack: ExitStack) -> str | None:
    """URL without a database's name, or None where PostgreSQL isn't installed."""
    initdb, postgres = postgresql_program("initdb"), postgresql_program("postgres")
    if not initdb or not postgres:
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
    options = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "max_connections=200",
    ]
    command = [
        postgres,
        "-D",
        data,
        *(word for pair in options for word in ("-c", pair)),
    ]
    start(stack, command, stderr=(folder / "log").open("wb"), **quiet)
    url = f"postgres://postgres@127.0.0.1:{port}"
    wait_until(
        lambda: psycopg.connect(f"{url}/postgres", connect_timeout=1).close(),
        psycopg.OperationalError,
    )
    return url


def start_redis(stack: ExitStack) -> str | None:
    """URL, or None where Redis isn't installed."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if not server:
        return None
    port = free_port()
    options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
    command = [server]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    start(stack, command, stdout=subprocess.DEVNULL, cwd=temporary_folder(stack))
    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        wait_until(client.ping, redis.ConnectionError)
    return url


def start(stack: ExitStack, command: list[str], **options: Any) -> None:
    """Start a server that ends with `stack`, and not by the terminal's Ctrl-C."""
    process = subprocess.Popen(command, start_new_session=True, **options)

    def end() -> None:
        # PostgreSQL: without waiting for its clients, unlike SIGTERM.
        process.send_signal(signal.SIGINT)
        process.wait(START_SECONDS)

    stack.callback(end)


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
