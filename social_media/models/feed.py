"""Addresses under which calendars read a workspace's posts."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.ids import new_id
from accounts.models import ApiKey, Workspace


class CalendarFeed(models.Model):
    """A secret address of an iCalendar feed. Only a hash of the secret is stored.

    Whoever knows the address reads the workspace's calendar until `revoked_at`, and
    while `api_key`, by which it was made (None: by a person), is good.
    `content_hash` is what it said when it was last read, `changed_at` since when.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="calendar_feeds",
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, null=True, related_name="calendar_feeds"
    )
    name = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    content_hash = models.CharField(
        max_length=64, blank=True, default="", editable=False
    )
    changed_at = models.DateTimeField(null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name
