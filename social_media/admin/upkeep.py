"""Signs of life and kept answers."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly
from social_media.models import Heartbeat, StoredAnswer


@admin.register(Heartbeat)
class Heartbeats(LookOnly):
    """When each process without a port last did its work."""

    list_display = ("name", "beaten_at")
    search_fields = ("name",)


@admin.register(StoredAnswer)
class StoredAnswers(LookOnly):
    """Answers kept for repeated requests; their bodies are the callers' business."""

    list_display = ("key", "workspace", "caller", "status_code", "created_at")
    list_filter = ("status_code",)
    list_select_related = ("workspace",)
    search_fields = ("=key", "workspace__name")
    date_hierarchy = "created_at"
    id_fields = ("pk", "workspace", "caller")
    exclude = ("body", "fingerprint")
    unread = ("body",)
