"""What every admin page of ours has in common: look and search, change nothing."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import User

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _Paginator = Paginator
    _ModelAdmin = admin.ModelAdmin
    _TabularInline = admin.TabularInline


class CappedPaginator(_Paginator):
    """Counts no further than anyone pages: a full count reads millions of rows."""

    CAP = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        counted: int = rows[: self.CAP].count()
        return counted


class LookOnly(_ModelAdmin):
    """No adding, changing or deleting; actions for those who hold the change right.

    Newest first: ids are UUIDv7, and their index exists anyway. `id_fields` are found
    by pasting an id into the search box. `joined` are the relations that a row's name
    tells, read with it. `unread` never leaves the database.
    """

    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would be a full count
    paginator = CappedPaginator
    id_fields: ClassVar[tuple[str, ...]] = ("pk",)
    joined: ClassVar[tuple[str, ...]] = ()
    unread: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_operate_permission(
            request
        )

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """May run the actions."""
        return super().has_change_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _named(super().get_queryset(request), self.joined, self.unread)

    def response_action(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Runs the chosen action; rows that can't exist are told instead."""
        try:
            for given in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.model._meta.pk.to_python(given)
        except ValidationError:
            words = "One of the chosen rows does not exist. Nothing was done."
            self.message_user(request, words, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, *args, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """An id is looked up by index in `id_fields`; other text as usual."""
        try:
            wanted = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        match = Q()
        for name in self.id_fields:
            match |= Q(**{name: wanted})
        return queryset.filter(match), False


class LookOnlyInline(_TabularInline):
    """Rows of another model on the page of the one they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True
    joined: ClassVar[tuple[str, ...]] = ()
    unread: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _named(super().get_queryset(request), self.joined, self.unread)

    def has_add_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


def _named(
    rows: QuerySet[Any], joined: tuple[str, ...], unread: tuple[str, ...]
) -> QuerySet[Any]:
    return (rows.select_related(*joined) if joined else rows).defer(*unread)


def operator(request: HttpRequest) -> User:
    """Who acts; the admin lets nobody in who has not signed in."""
    return cast("User", request.user)
