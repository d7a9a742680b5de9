"""Places in a statement for the values of each run (see statements.py)."""

from __future__ import annotations

from typing import Any

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    DateTimeField,
    DurationField,
    Expression,
    ExpressionWrapper,
)
from django.db.models.functions import Now


class Slot(Expression):
    """A value of this name that each run gives. Stands where a value could stand."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(  # type: ignore[override]  # parameters of any kind
        self, compiler: object, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        """A placeholder; the slot itself stands among the parameters."""
        return "%s", [self]

    def fill(self, values: dict[str, Any]) -> Any:
        """The run's value as the database's driver takes it."""
        field: models.Field[Any, Any] = self.output_field
        value = values[self.name]
        return field.get_db_prep_value(value, connection=connection, prepared=False)


def uuid_slot(name: str) -> Slot:
    """A slot for a UUID."""
    return Slot(name, models.UUIDField())


def text_slot(name: str) -> Slot:
    """A slot for a text."""
    return Slot(name, models.TextField())


def json_slot(name: str) -> Slot:
    """A slot for a JSON value."""
    return Slot(name, models.JSONField())


def from_now_slot(name: str) -> ExpressionWrapper[Any]:
    """SQL: the database's present plus the timedelta that a run gives."""
    return ExpressionWrapper(
        Now() + Slot(name, DurationField()), output_field=DateTimeField()
    )
