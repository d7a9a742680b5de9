"""The database's clock: the only one that due times and leases are compared by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, Value
from django.db.models.functions import Now

# What Django's Now() compiles to on each database.
_NOW_SQL = {
    "postgresql": "SELECT STATEMENT_TIMESTAMP()",
    "sqlite": "SELECT STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')",
}


def from_now(delta: timedelta) -> ExpressionWrapper[Any]:
    """SQL: the database's present plus `delta`."""
    return ExpressionWrapper(
        Now() + Value(delta, output_field=DurationField()),
        output_field=DateTimeField(),
    )


def database_now() -> datetime:
    """The database's present, aware UTC. One round trip."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW_SQL[connection.vendor])
        (value,) = cursor.fetchone()
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    made: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
    return made
