"""Who did what to which thing: audit trail and outbox in one."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.dispatch import receiver

from accounts.caller import Caller
from accounts.events import happened
from accounts.ids import new_id
from accounts.loaded import loaded
from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction
from social_media.models.statements import Insertion


class ActivityEntries(models.QuerySet["ActivityLog"]):
    """Queries over the activity log, and `record`, which alone writes to it."""

    def record(
        self,
        action: ActivityAction,
        thing: models.Model,
        *,
        workspace_id: uuid.UUID | None,
        user: User | None = None,
        api_key: ApiKey | None = None,
        message: str = "",
        details: dict[str, Any] | None = None,
    ) -> ActivityLog:
        """Write one row; part of the caller's transaction.

        No user and no key: Stationmaster itself acted. `details` never holds secrets.
        """
        entry = self.model(
            action=action,
            thing_type=thing._meta.model_name or "",
            thing_id=thing.pk,
            workspace_id=workspace_id,
            user=user,
            api_key=api_key,
            message=message[:1000],
            details=details or {},
        )
        _INSERT.run(entry)
        return entry


class ActivityLog(models.Model):
    """One row per state-changing action; never updated."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace,
        on_delete=models.CASCADE,
        null=True,
        related_name="activity",
        db_index=False,  # the list's indexes begin with it
    )
    action = models.CharField(max_length=40)  # an ActivityAction; grows often
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="activity",
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, null=True, related_name="activity"
    )
    thing_type = models.CharField(max_length=40)
    thing_id = models.UUIDField()
    message = models.CharField(max_length=1000, blank=True, default="")
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ActivityEntries.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = "activity"
        verbose_name_plural = "activity"
        indexes = (
            # The activity list, newest first.
            models.Index(
                fields=("workspace", "-created_at", "-id"), name="activity_newest"
            ),
            # The activity list of one action, newest first, and by action.
            models.Index(
                fields=("workspace", "action", "created_at", "id"),
                name="activity_by_action",
            ),
            # All that happened to one thing.
            models.Index(fields=("thing_id", "-created_at"), name="activity_of_thing"),
        )

    def __str__(self) -> str:
        return f"{self.action} by {loaded(self, 'user') if self.user_id else 'itself'}"


_INSERT = Insertion(ActivityLog)


@receiver(happened)
def record_event(
    sender: type[models.Model],  # noqa: ARG001 - every receiver takes it
    *,
    action: str,
    thing: models.Model,
    caller: Caller,
    details: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """What `accounts` did: it can't know this table."""
    ActivityLog.objects.record(
        ActivityAction(action),
        thing,
        workspace_id=caller.workspace.pk,
        user=caller.user,
        api_key=caller.api_key,
        details=details,
    )
