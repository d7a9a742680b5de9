"""Answers kept for requests that carry an Idempotency-Key."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from accounts.ids import new_id
from accounts.models import Workspace
from social_media.models.clock import from_now

KEPT_FOR = timedelta(hours=24)


class StoredAnswers(models.QuerySet["StoredAnswer"]):
    """Queries over kept answers."""

    def outdated(self) -> StoredAnswers:
        """Kept for longer than any client may repeat a request."""
        return self.filter(created_at__lte=from_now(-KEPT_FOR))


class StoredAnswer(models.Model):
    """The answer to one creating request; the same key gets it again for 24 hours.

    `fingerprint` is a hash of method, path and body: the same key with another
    request is a mistake that must be told.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE)
    caller = models.UUIDField(help_text="The user or API key that asked.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = StoredAnswers.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "caller", "key"), name="one_answer_per_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.key}: {self.status_code}"
