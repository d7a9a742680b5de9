"""Which servers the tests use: a pytest plugin, loaded by pytest.ini.

In this order: those that TEST_DATABASE_URL and TEST_REDIS_URL name ("embedded" names
SQLite and files); those that answer on this machine's usual ports; throw-away ones from
installed binaries; none, which is embedded again. What was there before stays as it is:
the test database has a name of this run's own, and each test process takes an empty
Redis number and empties it in the end.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Generator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis

from tests.throwaway import start_postgresql, start_redis

EMBEDDED = "embedded"
USUAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432"
USUAL_REDIS = "redis://127.0.0.1:6379/9"
LAST_NUMBER = 15
MARK = "stationmaster-tests"
OURS = f"stationmaster_{zlib.crc32(str(Path(__file__).resolve().parent).encode()):08x}"

_stack = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, None, None]:
    """Choose before Django's settings are read; xdist's workers inherit the choice."""
    worker = "PYTEST_XDIST_WORKER" in os.environ
    if not worker:
        sys.stdout.write(f"{choose_database()}\n{choose_redis()}\n")
        sys.stdout.flush()
    asked = early_config.known_args_namespace
    tests_run_here = worker or not getattr(asked, "numprocesses", None)
    if tests_run_here and os.environ["TEST_REDIS_URL"]:
        os.environ["TEST_REDIS_URL"] = take_number(os.environ["TEST_REDIS_URL"])
    return (yield)


def pytest_unconfigure() -> None:
    """Empty the Redis number, end what was started here."""
    _stack.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what the embedded database can't do."""
    if not os.environ["TEST_DATABASE_URL"]:
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


def choose_database() -> str:
    """Set TEST_DATABASE_URL; answer a line for people. Raises UsageError."""
    named = os.environ.get("TEST_DATABASE_URL", "")
    if named and named != EMBEDDED:
        require(answers_postgresql(named), "TEST_DATABASE_URL", "PostgreSQL")
        return "Tests use PostgreSQL of TEST_DATABASE_URL."
    server, where = "", "on 127.0.0.1:5432"
    if not named and answers_postgresql(f"{USUAL_POSTGRESQL}/postgres"):
        server = USUAL_POSTGRESQL
    elif not named:
        server, where = start_postgresql(_stack) or "", "started for them"
    os.environ["TEST_DATABASE_URL"] = server and f"{server}/{OURS}_{os.getpid()}"
    if server:
        drop_left_behind(server)
        return f"Tests use PostgreSQL {where}."
    return "Tests use SQLite. Left out: every test marked `postgresql`."


def choose_redis() -> str:
    """Set TEST_REDIS_URL; answer a line for people. Raises UsageError."""
    named = os.environ.get("TEST_REDIS_URL", "")
    if named and named != EMBEDDED:
        require(answers_redis(named), "TEST_REDIS_URL", "Redis")
        return "Tests use Redis of TEST_REDIS_URL."
    url, where = "", "on 127.0.0.1:6379"
    if not named and answers_redis(USUAL_REDIS):
        url = USUAL_REDIS
    elif not named:
        url, where = start_redis(_stack) or "", "started for them"
    os.environ["TEST_REDIS_URL"] = url
    return f"Tests use Redis {where}." if url else "Tests use files for a broker."


def require(answered: bool, variable: str, server: str) -> None:
    """End the run, naming the variable, unless its server answered."""
    if not answered:
        raise pytest.UsageError(f"{variable} is set, but no {server} answers there.")


def answers_postgresql(url: str) -> bool:
    """Whether a database can be made on the server of `url`."""
    with suppress(psycopg.OperationalError):
        psycopg.connect(f"{url.rpartition('/')[0]}/postgres", connect_timeout=3).close()
        return True
    return False


def answers_redis(url: str) -> bool:
    """Whether Redis answers at `url`."""
    with suppress(redis.RedisError), redis.Redis.from_url(url, socket_timeout=3) as at:
        return bool(at.ping())
    return False


def drop_left_behind(server: str) -> None:
    """Drop the databases of this checkout's runs that are gone."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"test_{OURS}%"]
        ).fetchall()
        for (name,) in found:
            run = re.fullmatch(rf"test_{OURS}_(\d+)(_gw\d+|_\d+_processes)?", name)
            if run and not is_alive(int(run[1])):
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"')


def take_number(url: str) -> str:
    """`url` with the first free number from its own on, ours until the end.

    A server of our own when other runs have taken them all.
    """
    named = urlsplit(url)
    first = int(named.path.strip("/") or 0)
    for number in range(first, LAST_NUMBER + 1):
        numbered = urlunsplit(named._replace(path=f"/{number}"))
        client = redis.Redis.from_url(numbered, decode_responses=True)
        if _take(client):
            _stack.callback(client.close)
            _stack.callback(client.flushdb)
            return numbered
        client.close()
    started = start_redis(_stack)
    if started:
        return started
    words = f"Redis has no empty number from {first} to {LAST_NUMBER}."
    raise pytest.UsageError(words)


def _take(client: redis.Redis) -> bool:
    """Whether the number was empty, or left behind by a run that is gone."""
    holder = client.get(MARK)
    if isinstance(holder, str) and not is_alive(int(holder)):
        client.flushdb()
    if not client.set(MARK, os.getpid(), nx=True):
        return False
    if client.dbsize() == 1:
        return True
    client.delete(MARK)
    return False


def is_alive(pid: int) -> bool:
    """Whether a process of this machine has that id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
