"""Filters that refuse what they can't understand."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django_filters import rest_framework as filters

from social_media.api.v1.fields import MALFORMED, NAIVE

#: An unescaped + in a query string arrives as a space.
_SPACE_FOR_PLUS = re.compile(r"(T\S+) (\d\d:?\d\d)$")


class AwareDateTimeFormField(forms.Field):
    """A moment in a query string."""

    def to_python(self, value: Any) -> datetime | None:
        """An aware time, None for nothing. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            moment = parse_datetime(_SPACE_FOR_PLUS.sub(r"\1+\2", str(value).strip()))
        except ValueError:
            moment = None
        if moment is None:
            raise ValidationError(MALFORMED, code="invalid")
        if moment.tzinfo is None:
            raise ValidationError(NAIVE, code="naive")
        return _in_range(moment)


class AwareDateTimeFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    """Compares with a moment; a time without an offset is refused."""

    field_class = AwareDateTimeFormField


class CreatedRange(filters.FilterSet):  # type: ignore[misc]
    """Base of the filters of lists: `created_at_after` and `created_at_before`."""

    created_at_after = AwareDateTimeFilter(
        "created_at", lookup_expr="gte", label="Made at this moment or later."
    )
    created_at_before = AwareDateTimeFilter(
        "created_at", lookup_expr="lt", label="Made earlier than this moment."
    )


def _in_range(moment: datetime) -> datetime:
    try:
        moment.utctimetuple()
        moment.astimezone()
    except (OverflowError, ValueError):
        raise ValidationError("This time is out of range.", code="overflow") from None
    return moment
