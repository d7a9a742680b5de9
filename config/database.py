"""How each kind of database is connected to."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from config.environment import Environment

#: Statements are prepared when that is asked for, never because they came often.
NEVER_BY_ITSELF = 2**31


def sqlite_options() -> dict[str, Any]:
    """Writers wait for each other; readers don't."""
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }


class PooledConnection(psycopg.Connection[Any]):
    """One that fails its check has the pool look at all the others.

    After a restart of the server all of them are dead. By itself the pool would find
    that out one by one, with a pause before each that doubles: too late for a request
    as soon as four are idle.
    """

    def execute(self, query: Any, *args: Any, **options: Any) -> psycopg.Cursor[Any]:
        """As psycopg's. An empty query is the pool's check."""
        try:
            return super().execute(query, *args, **options)
        except psycopg.OperationalError:
            if not query and isinstance(self._pool, ConnectionPool):
                self._pool.check()
            raise


def postgresql_options(env: Environment) -> dict[str, Any]:
    """A lost server, a stuck lock and a forgotten transaction all end by themselves.

    The statements of publishing are planned once per connection (models/statements.py).
    """
    prepared = env.bool("DATABASE_PREPARED_STATEMENTS", default=True)
    limits = {
        "lock_timeout": env.float("DATABASE_LOCK_SECONDS", default=10.0),
        "idle_in_transaction_session_timeout": env.float(
            "DATABASE_IDLE_SECONDS", default=60.0
        ),
    }
    return {
        "connect_timeout": 5,
        "options": " ".join(
            f"-c {name}={round(1000 * seconds)}" for name, seconds in limits.items()
        ),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "server_side_binding": True,
        "prepare_threshold": NEVER_BY_ITSELF if prepared else None,
        "pool": {
            "connection_class": PooledConnection,
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", default=20),
            "timeout": env.float("DATABASE_POOL_TIMEOUT", default=15.0),
            # By itself the pool tries at 1, 2, 4, 8 ... s for five minutes, and would
            # find a server that is back only minutes later. So: give up, start anew.
            "reconnect_timeout": 1.0,
            "reconnect_failed": ConnectionPool.check,
        },
    }
