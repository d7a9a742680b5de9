"""Filters that refuse what they can't understand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend, OrderingFilter, SearchFilter
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

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


class AnyOf(filters.MultipleChoiceFilter):  # type: ignore[misc]
    """One of the values that are given, in a column that each row has once.

    As one IN, which an index answers. django-filter's own is many ORs and a DISTINCT,
    for which the database reads and sorts all rows for one page.
    """

    def filter(self, qs: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        """The rows that fit; all of them where nothing is asked for."""
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class AnyTextField(forms.MultipleChoiceField):
    """Texts that a person made up: nobody knows them all."""

    def valid_value(self, value: Any) -> bool:
        """All that a database takes."""
        return "\x00" not in value


class AnyText(filters.MultipleChoiceFilter):  # type: ignore[misc]
    """One of the texts that are given, whatever they are."""

    field_class = AnyTextField


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


def _column(name: str, view: APIView) -> str:
    """What stands for `name` in the query: the view's `ordered_by`, else itself."""
    ordered_by: Mapping[str, str] = getattr(view, "ordered_by", {})
    sign, field = ("-", name[1:]) if name.startswith("-") else ("", name)
    return f"{sign}{ordered_by.get(field, field)}"


class StableOrdering(OrderingFilter):
    """`ordering`: refuses names it doesn't know; equal rows keep one order.

    That is their age, in the direction of the last field; by the id, which grows, or
    for a field of the view's `grouped_by` as that field's index has it.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        """The rows in the wanted order, else in the model's own."""
        ordering = list(self.get_ordering(request, queryset, view) or ())
        if not ordering:
            return queryset
        columns = [_column(str(name), view) for name in ordering]
        return queryset.order_by(*columns, *self._ties(str(ordering[-1]), view))

    def _ties(self, last: str, view: APIView) -> list[str]:
        grouped = last.removeprefix("-") in getattr(view, "grouped_by", ())
        ties = ["created_at", "pk"] if grouped else ["pk"]
        return [f"-{tie}" for tie in ties] if last.startswith("-") else ties

    def remove_invalid_fields(
        self,
        queryset: QuerySet[Any],
        fields: Iterable[str],
        view: APIView,
        request: Request,
    ) -> list[str]:
        """All of `fields`. Raises ValidationError when one can't be sorted by."""
        wanted = list(fields)
        known: list[str] = super().remove_invalid_fields(
            queryset, wanted, view, request
        )
        for name in wanted:
            if name not in known:
                message = f"Rows can't be ordered by {name}."
                raise serializers.ValidationError(
                    {self.ordering_param: [message]}, code="unknown_field"
                )
        return known


class KnownParameters(BaseFilterBackend):
    """Refuses a misspelt filter, which would otherwise show everything."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        """`queryset` as it is. Raises ValidationError for an unknown parameter."""
        refuse_unknown(request, known=_parameters(view))
        return queryset


#: Of lists within one thing, which have an order of their own.
PAGES_ONLY = (KnownParameters,)
FILTERED = (KnownParameters, filters.DjangoFilterBackend)


def refuse_unknown(request: Request, *, known: Collection[str] = ()) -> None:
    """Raise ValidationError for a query parameter that is not in `known`."""
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        raise serializers.ValidationError(
            {name: ["There is no such parameter."] for name in unknown},
            code="unknown_parameter",
        )


def _parameters(view: Any) -> set[str]:
    """Every query parameter that a list or a row of `view` reads."""
    pages = getattr(view, "paginator", None)
    known = {
        getattr(pages, "page_query_param", None),
        getattr(pages, "page_size_query_param", None),
        api_settings.URL_FORMAT_OVERRIDE,
    }
    if _filters_by(view, SearchFilter):
        known.add(api_settings.SEARCH_PARAM)
    if _filters_by(view, OrderingFilter):
        known.add(api_settings.ORDERING_PARAM)
    if _filters_by(view, filters.DjangoFilterBackend):
        filterset = getattr(view, "filterset_class", None)
        known.update(getattr(filterset, "base_filters", ()))
    return {name for name in known if name}


def _filters_by(view: Any, backend: type[Any]) -> bool:
    return any(issubclass(used, backend) for used in view.filter_backends)
