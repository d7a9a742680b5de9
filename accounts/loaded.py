"""Names of rows for people that never cost a query."""

from __future__ import annotations

from django.db.models import Model


def loaded(row: Model, name: str) -> str:
    """`row`'s related row `name` as people know it if it was read too, else its id."""
    if name in row._state.fields_cache:
        return str(getattr(row, name))
    return str(getattr(row, f"{name}_id"))
