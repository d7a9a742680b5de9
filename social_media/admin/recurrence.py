"""Posts that come again: their rules, and what became of each occurrence."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly
from social_media.admin.filters import ByAge
from social_media.models import Occurrence, RecurringSchedule


@admin.register(RecurringSchedule)
class RecurringSchedules(LookOnly):
    """What comes again."""

    list_display = (
        "name",
        "workspace",
        "status",
        "rule",
        "cron",
        "timezone",
        "make_at",
        "passed",
    )
    list_filter = ("status", ByAge)
    list_select_related = ("workspace",)
    search_fields = ("name", "workspace__name", "template__content")
    id_fields = ("pk", "workspace")
    joined = ("workspace", "template")
    readonly_fields = ("make_at", "passed", "passed_local", "created_at", "updated_at")


@admin.register(Occurrence)
class Occurrences(LookOnly):
    """What became of each."""

    list_display = (
        "schedule_id",
        "number",
        "occurs_at",
        "status",
        "edited",
        "post_id",
        "message",
    )
    list_filter = ("status", ByAge)
    search_fields = ("message", "schedule__name")
    id_fields = ("pk", "schedule", "post")
    joined = ("schedule", "post")
    readonly_fields = ("created_at",)
