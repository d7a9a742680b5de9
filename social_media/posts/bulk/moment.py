"""Reading many rows as they are at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def of_one_moment() -> Iterator[None]:
    """What is read inside is as it was at the first statement; PostgreSQL only.

    Else a post whose time is changed meanwhile may be missing, or there twice. Not for
    slow readers on the network: old rows stay until the end. Inside of another
    transaction it does nothing.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Whoever reads a pipe may take their time.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield
