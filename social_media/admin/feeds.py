"""Calendar feeds: whose they are and when they were read, never their address."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly
from social_media.models import CalendarFeed


@admin.register(CalendarFeed)
class CalendarFeeds(LookOnly):
    """Whoever made one, and its workspace, revoke it through the API."""

    list_display = (
        "name",
        "workspace",
        "created_by",
        "last_used_at",
        "revoked_at",
        "created_at",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("workspace", "created_by")
    search_fields = ("name", "workspace__name", "created_by__email")
    date_hierarchy = "created_at"
    id_fields = ("pk", "workspace", "created_by", "api_key")
    exclude = ("token_hash", "content_hash")
    unread = ("token_hash", "content_hash")
    readonly_fields = ("last_used_at", "created_at")
