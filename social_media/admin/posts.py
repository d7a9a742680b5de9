"""Posts, their threads, and what was sent of them."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly, LookOnlyInline
from social_media.admin.filters import ByAge, ByTargetsPlatform
from social_media.models import (
    Post,
    PostTarget,
    PublishAttempt,
    PublishStep,
    ThreadPart,
)


class TargetsOfPost(LookOnlyInline):
    """Where a post goes and how that stands."""

    model = PostTarget
    fields = ("account", "status", "due_at", "posted_at", "remote_url")
    readonly_fields = fields
    joined = ("account", "post")
    unread = ("account__secrets",)


class PartsOfPost(LookOnlyInline):
    """The thread."""

    model = ThreadPart
    fields = ("position", "content", "target_id")
    readonly_fields = fields
    show_change_link = False


@admin.register(Post)
class Posts(LookOnly):
    """What people wrote."""

    list_display = (
        "__str__",
        "workspace",
        "author",
        "status",
        "scheduled_time",
        "is_template",
    )
    list_filter = ("status", "is_template", ByAge)
    list_select_related = ("workspace", "author")
    search_fields = ("content", "author__email", "workspace__name")
    id_fields = ("pk", "workspace", "author")
    inlines = (TargetsOfPost, PartsOfPost)


@admin.register(ThreadPart)
class ThreadParts(LookOnly):
    """Further parts of threads."""

    list_display = ("post_id", "target_id", "position", "content")
    search_fields = ("content",)
    id_fields = ("pk", "post", "target")


@admin.register(PublishStep)
class PublishSteps(LookOnly):
    """What must appear exactly once."""

    list_display = ("target_id", "position", "kind", "remote_id", "published_at")
    list_filter = ("kind", ByTargetsPlatform, ByAge)
    search_fields = ("=remote_id", "=idempotency_key")
    id_fields = ("pk", "target")
    joined = ("target__account", "target__post")
    unread = ("target__account__secrets",)
    fields = (
        ("target", "position", "kind"),
        ("remote_id", "remote_url"),
        ("published_at", "abandoned_at"),
        "idempotency_key",
        "payload",
        "checkpoint",
        "remote_data",
    )


@admin.register(PublishAttempt)
class PublishAttempts(LookOnly):
    """The ledger of tries."""

    list_display = (
        "opened_at",
        "target_id",
        "position",
        "outcome",
        "http_status",
        "error_message",
        "closed_at",
    )
    list_filter = ("outcome", ByTargetsPlatform, ByAge)
    search_fields = ("=remote_id", "=error_code", "error_message")
    id_fields = ("pk", "target", "step")
    joined = ("target__account", "target__post")
    unread = ("target__account__secrets",)
    exclude = ("token",)
