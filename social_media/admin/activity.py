"""Who did what to which thing."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly
from social_media.admin.filters import ByAge
from social_media.models import ActivityLog


@admin.register(ActivityLog)
class Activity(LookOnly):
    """The audit trail, newest first."""

    list_display = (
        "created_at",
        "action",
        "thing_type",
        "thing_id",
        "user",
        "api_key",
        "workspace",
        "message",
    )
    list_filter = (ByAge,)
    joined = ("user", "api_key", "workspace")
    search_fields = ("=action", "=thing_type", "message", "user__email")
    id_fields = ("pk", "thing_id", "workspace")
