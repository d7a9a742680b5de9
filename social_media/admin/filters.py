"""Filters of the lists, each answered by an index."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from social_media.enums import Platform


class ByPlatform(admin.SimpleListFilter):
    """The network; `path` leads to its column."""

    title = "network"
    parameter_name = "platform"
    path = "platform"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Platform.choices

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{self.path: self.value()}) if self.value() else rows


class ByAccountsPlatform(ByPlatform):
    """The network of a target."""

    path = "account__platform"


class ByTargetsPlatform(ByPlatform):
    """The network of a step or an attempt."""

    path = "target__account__platform"


class ByAge(admin.SimpleListFilter):
    """When a row was made, read from its id: no other index is needed."""

    title = "made"
    parameter_name = "made"
    _ages = {
        "1": "in the last hour",
        "24": "in the last day",
        "168": "in the last week",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(self._ages.items())

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in self._ages:
            return rows
        since = datetime.now(UTC) - timedelta(hours=int(self.value() or 0))
        return rows.filter(pk__gte=first_id_of(since))


def first_id_of(moment: datetime) -> uuid.UUID:
    """The least UUIDv7 of that millisecond (RFC 9562: 48 bits of Unix time first)."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)
