"""The operator's edge: look, search, pause, retry, look up again, mark as live."""

from __future__ import annotations

from django.contrib import admin

from social_media.admin import (
    accounts,
    activity,
    feeds,
    labels,
    media,
    posts,
    queues,
    recurrence,
    targets,
    upkeep,
)

__all__ = [
    "accounts",
    "activity",
    "feeds",
    "labels",
    "media",
    "posts",
    "queues",
    "recurrence",
    "targets",
    "upkeep",
]

admin.site.site_header = "Stationmaster"
admin.site.site_title = "Stationmaster"
admin.site.index_title = "Operations (all times are UTC)"
