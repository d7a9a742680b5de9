"""Models read by a statement of the hot path (see statements.py)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, models


class Columns:
    """All columns of a model and of what it refers to by these foreign keys.

    `names` for `values_list`; `made` makes the instances, the model's first.
    """

    def __init__(self, model: type[models.Model], *related: str) -> None:
        own = [one.attname for one in model._meta.concrete_fields]
        self._parts: list[tuple[type[models.Model], list[str]]] = [(model, own)]
        self.names = list(own)
        for name in related:
            key = model._meta.get_field(name)
            other = cast("type[models.Model]", key.related_model)
            fields = [one.attname for one in other._meta.concrete_fields]
            self._parts.append((other, fields))
            self.names += [f"{name}__{field}" for field in fields]

    def made(self, row: Sequence[Any]) -> list[Any]:
        """One instance of each, as a queryset would make them."""
        values, instances = iter(row), []
        for model, fields in self._parts:
            own = list(islice(values, len(fields)))
            instances.append(model.from_db(DEFAULT_DB_ALIAS, fields, own))
        return instances
