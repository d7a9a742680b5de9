"""Pictures and videos: how far they are, and what went wrong."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.look_only import LookOnly, LookOnlyInline, operator
from social_media.admin.filters import ByAge
from social_media.media.again import make_again
from social_media.models import MediaFile, MediaRendition, PostMedia

#: One request does no more than this; the rest is chosen again.
AT_ONCE = 200


class RenditionsOfFile(LookOnlyInline):
    """What is made of it for networks."""

    model = MediaRendition
    fields = ("recipe", "status", "progress", "size", "tries", "error_message")
    readonly_fields = fields


class UsesOfFile(LookOnlyInline):
    """Where it stands."""

    model = PostMedia
    fields = ("post", "target_id", "part", "position", "alt_text")
    readonly_fields = fields
    joined = ("post", "file")
    show_change_link = False


@admin.register(MediaFile)
class MediaFiles(LookOnly):
    """What people uploaded."""

    list_display = (
        "name",
        "workspace",
        "kind",
        "status",
        "progress",
        "size",
        "tries",
        "error_message",
        "created_at",
    )
    list_filter = ("status", "kind", ByAge)
    list_select_related = ("workspace",)
    search_fields = ("name", "=sha256", "=upload_sha256", "workspace__name")
    id_fields = ("pk", "workspace", "uploaded_by")
    joined = ("workspace", "uploaded_by")
    exclude = ("attempt_token",)
    readonly_fields = (
        "due_at",
        "tries",
        "failures",
        "lease_expires_at",
        "unused_since",
        "created_at",
        "updated_at",
    )
    inlines = (RenditionsOfFile, UsesOfFile)
    actions = ("make_again",)

    @admin.action(
        description="Try again what failed by the server's own fault",
        permissions=["operate"],
    )
    def make_again(self, request: HttpRequest, files: QuerySet[MediaFile]) -> None:
        """Of files whose bytes are still there; renditions come with them."""
        ids = list(files.values_list("pk", flat=True)[:AT_ONCE])
        count = make_again(ids, user=operator(request))
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, f"Trying again: {count} of {len(ids)}.", level)


@admin.register(MediaRendition)
class MediaRenditions(LookOnly):
    """What networks need of files."""

    list_display = (
        "original_id",
        "key",
        "status",
        "progress",
        "size",
        "tries",
        "error_message",
        "created_at",
    )
    list_filter = ("status", ByAge)
    search_fields = ("=key", "=error_code", "error_message")
    id_fields = ("pk", "original")
    joined = ("original",)
    exclude = ("attempt_token",)
    readonly_fields = ("due_at", "tries", "failures", "lease_expires_at", "created_at")
