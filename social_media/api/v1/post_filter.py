"""Which posts of a workspace a list shows."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django_filters import rest_framework as filters

from social_media.api.v1.filters import (
    AnyOf,
    AnyText,
    AwareDateTimeFilter,
    CreatedRange,
)
from social_media.enums import Platform, PostStatus
from social_media.models import Post, PostTarget
from social_media.models.label import key_of

#: The texts that `search` looks at.
SEARCHED = (
    "content",
    "first_comment",
    "thread_parts__content",  # those of targets are the post's too
    "targets__content",
    "targets__first_comment",
)


class PostFilter(CreatedRange):
    """By status, place, author, label and time.

    What is asked for by its scheduled time comes in that order, from the bound on,
    unless `ordering` says otherwise: a calendar reads a page, not all of its range.
    """

    status = AnyOf(choices=PostStatus.choices)
    platform = AnyOf(choices=Platform.choices, method="on_platform")
    account = filters.UUIDFilter(method="on_account")
    author = filters.UUIDFilter("author_id")
    label = AnyText(method="with_label", label="Its name, in any case. Repeatable.")
    scheduled_time_after = AwareDateTimeFilter("scheduled_time", lookup_expr="gte")
    scheduled_time_before = AwareDateTimeFilter("scheduled_time", lookup_expr="lt")

    def filter_queryset(self, queryset: QuerySet[Post]) -> QuerySet[Post]:
        """The posts that fit."""
        rows: QuerySet[Post] = super().filter_queryset(queryset)
        if self.form.cleaned_data["scheduled_time_after"]:
            return rows.order_by("scheduled_time", "pk")
        if self.form.cleaned_data["scheduled_time_before"]:
            return rows.order_by("-scheduled_time", "-pk")
        return rows

    def on_platform(
        self, rows: QuerySet[Post], name: str, value: list[str]
    ) -> QuerySet[Post]:
        """With a target on one of these networks."""
        return _with_target(rows, account__platform__in=value) if value else rows

    def on_account(
        self, rows: QuerySet[Post], name: str, value: object
    ) -> QuerySet[Post]:
        """With a target on this account."""
        return _with_target(rows, account_id=value)

    def with_label(
        self, rows: QuerySet[Post], name: str, value: list[str]
    ) -> QuerySet[Post]:
        """With one of these labels."""
        if not value:
            return rows
        carried = Post.labels.through.objects.filter(
            post_id=OuterRef("pk"),
            label__workspace_id=OuterRef("workspace_id"),
            label__key__in=[key_of(one.strip()) for one in value],
        )
        return rows.filter(Exists(carried))


def _with_target(rows: QuerySet[Post], **wanted: Any) -> QuerySet[Post]:
    targets = PostTarget.objects.filter(post_id=OuterRef("pk"), **wanted)
    return rows.filter(Exists(targets))
