"""A database connection for questions that have to be answered soon, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

#: For connecting, and then for each statement. PostgreSQL's client knows none below 2.
SECONDS = 2


@contextmanager
def own_connection() -> Iterator[None]:
    """Meanwhile this thread's statements go over a connection of their own.

    Not one of the pool: waiting for that takes long when the server is gone, and its
    connections may be dead without knowing.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    mine = connections.create_connection(DEFAULT_DB_ALIAS)
    mine.settings_dict = {
        **usual.settings_dict,
        "OPTIONS": _impatient(mine.vendor, usual.settings_dict["OPTIONS"]),
    }
    connections[DEFAULT_DB_ALIAS] = mine
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual
        mine.close()


def database_place() -> str:
    """Where the database is, for the operator: never with a user or a password."""
    found = connections[DEFAULT_DB_ALIAS].settings_dict
    if connections[DEFAULT_DB_ALIAS].vendor != "postgresql":
        return str(found["NAME"])
    return f"{found['HOST'] or 'localhost'}:{found['PORT'] or 5432}"


def _impatient(vendor: str, usual: dict[str, Any]) -> dict[str, Any]:
    if vendor != "postgresql":
        return usual | {"timeout": SECONDS}
    options = {name: value for name, value in usual.items() if name != "pool"}
    limit = f"-c statement_timeout={1000 * SECONDS}"
    return options | {
        "connect_timeout": SECONDS,
        "tcp_user_timeout": 1000 * SECONDS,
        "options": f"{usual.get('options', '')} {limit}".strip(),
    }
