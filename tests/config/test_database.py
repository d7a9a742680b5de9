"""What PostgreSQL is asked for, and how soon a server that is back is found."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import environ
import psycopg
import pytest
from psycopg_pool import ConnectionPool

from config.database import postgresql_options
from config.environment import Environment

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url() -> str:
    server = os.environ["TEST_DATABASE_URL"].rpartition("/")[0]
    return f"{server}/postgres"


def connection_options() -> dict[str, Any]:
    options = postgresql_options(Environment())
    django_s_own = {"pool", "server_side_binding"}
    return {name: value for name, value in options.items() if name not in django_s_own}


def test_locks_and_idle_transactions_end(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown() -> list[Any]:
        names = ("lock_timeout", "idle_in_transaction_session_timeout")
        with psycopg.connect(url, **connection_options()) as connection:
            rows = [connection.execute(f"SHOW {name}").fetchone() for name in names]
        return [row[0] for row in rows if row]

    assert shown() == ["10s", "1min"]
    monkeypatch.setitem(environ.Env.ENVIRON, "DATABASE_LOCK_SECONDS", "0.5")
    monkeypatch.setitem(environ.Env.ENVIRON, "DATABASE_IDLE_SECONDS", "0")
    assert shown() == ["500ms", "0"]


def test_a_server_that_is_back_is_found_within_two_seconds(url: str) -> None:
    back = threading.Event()

    class Away(psycopg.Connection[Any]):
        """Nobody listens until `back`."""

        @classmethod
        def connect(cls, *args: Any, **kwargs: Any) -> Any:
            if not back.is_set():
                raise psycopg.OperationalError("connection refused")
            return super().connect(*args, **kwargs)

    options = postgresql_options(Environment())["pool"] | {"connection_class": Away}
    with ConnectionPool(url, **options, open=True) as pool:
        # By then, doubled pauses would have the next try four seconds later.
        threading.Timer(3.3, back.set).start()
        started = time.monotonic()
        with pool.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert 3.3 < time.monotonic() - started < 5.3


def test_of_many_dead_connections_one_is_enough_to_find_out(url: str) -> None:
    """By itself the pool waits 1, 2, 4 ... seconds after each that is dead."""
    options = postgresql_options(Environment())["pool"] | {"timeout": 5.0}
    kwargs = connection_options() | {"autocommit": True}
    with ConnectionPool(
        url, kwargs=kwargs, check=ConnectionPool.check_connection, **options
    ) as pool:
        taken = [pool.getconn() for _ in range(8)]
        backends = [one.info.backend_pid for one in taken]
        for one in taken:
            pool.putconn(one)
        with psycopg.connect(url) as other:
            for backend in backends:
                other.execute("SELECT pg_terminate_backend(%s)", [backend])
        with pool.connection() as found:
            assert found.execute("SELECT 1").fetchone() == (1,)
