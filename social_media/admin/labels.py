"""Labels: the words of each workspace."""

from __future__ import annotations

from django.contrib import admin

from accounts.look_only import LookOnly
from social_media.models import Label


@admin.register(Label)
class Labels(LookOnly):
    """Made by the first post that carries them, changed by their workspace."""

    list_display = ("name", "workspace", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("name", "workspace__name")
    date_hierarchy = "created_at"
    id_fields = ("pk", "workspace")
    readonly_fields = ("created_at",)
