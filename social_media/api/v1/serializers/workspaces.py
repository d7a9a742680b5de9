"""Workspaces."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.caller import Caller
from accounts.models import Workspace
from accounts.models.workspace import LateDefault
from accounts.roles import Role
from social_media.api.v1.fields import TextField, ZoneField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.enums import Overdue

#: A year: later than that nothing is merely late.
MAX_LATE_MINUTES = 525_600


class WorkspaceSerializer(StrictModelSerializer):
    """A workspace and the caller's role in it."""

    role = serializers.ChoiceField(Role.choices, read_only=True)

    class Meta:
        model = Workspace
        fields = (
            "id",
            "name",
            "timezone",
            "late_policy",
            "late_minutes",
            "paused_at",
            "role",
            "created_at",
        )
        read_only_fields = fields


class WorkspaceChangeSerializer(StrictSerializer):
    """What can be set about a workspace."""

    name = TextField(max_length=120)
    timezone = ZoneField(required=False)
    late_policy = serializers.ChoiceField(LateDefault.choices, required=False)
    late_minutes = serializers.IntegerField(
        min_value=1,
        max_value=MAX_LATE_MINUTES,
        required=False,
        help_text="Minutes after which a post counts as too late.",
    )


class ResumeSerializer(StrictSerializer):
    """What becomes of posts that fell due during the pause."""

    overdue = serializers.ChoiceField(
        Overdue.choices,
        required=False,
        help_text="Required where something fell due.",
    )


def workspace_json(caller: Caller) -> dict[str, Any]:
    """The caller's workspace with their role, as `WorkspaceSerializer` shows it."""
    caller.workspace.role = caller.role.value  # type: ignore[attr-defined]
    found: dict[str, Any] = WorkspaceSerializer(caller.workspace).data
    return found
