"""Recurring posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.models import Workspace
from social_media.api.v1.fields import (
    AwareDateTimeField,
    ItemsField,
    NameField,
    TextField,
)
from social_media.api.v1.serializers.accounts import AccountBriefSerializer
from social_media.api.v1.serializers.posts import (
    PostOrderSerializer,
    PostSerializer,
    changes_of,
)
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.api.v1.serializers.targets import TargetSerializer
from social_media.enums import PostStatus
from social_media.models import Occurrence, Post, PostTarget, RecurringSchedule
from social_media.posts.composition import Composition
from social_media.posts.local_time import local_of
from social_media.posts.recurrence.parse import MAX_EXCLUDED, Wish

MAX_PREVIEW = 100
_LOCAL = "A local time without an offset, such as 2026-05-01T09:00:00."


class TemplateTargetSerializer(TargetSerializer):
    """An account to publish on, and what differs there."""

    account = AccountBriefSerializer()

    class Meta:
        model = PostTarget
        fields = (
            "account",
            "content",
            "thread",
            "media",
            "thread_media",
            "first_comment",
            "options",
        )
        read_only_fields = fields

    error = None  # type: ignore[assignment]
    steps = None  # type: ignore[assignment]


class TemplateSerializer(PostSerializer):
    """The pattern of each post, with its variables."""

    targets = TemplateTargetSerializer(many=True)

    class Meta:
        model = Post
        fields = tuple(
            name
            for name in PostSerializer.Meta.fields
            if name
            in {
                *("content", "thread", "media", "thread_media", "first_comment"),
                *("late_policy", "late_minutes", "labels", "author", "targets"),
            }
        )
        read_only_fields = fields


class RecurringSerializer(StrictModelSerializer):
    """A rule, what it posts, and whether it still does."""

    excluded = serializers.ListField(child=serializers.CharField())
    post = TemplateSerializer(source="template")

    class Meta:
        model = RecurringSchedule
        fields = (
            "id",
            "name",
            "rule",
            "cron",
            "timezone",
            "starts_at",
            "until",
            "count",
            "excluded",
            "status",
            "post",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class TemplateOrderSerializer(PostOrderSerializer):
    """What each post is made of; texts may hold variables such as {{date}}."""

    def get_fields(self) -> dict[str, Any]:
        """Those of a post but its time."""
        fields = super().get_fields()
        del fields["scheduled_time"]
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Raises ValidationError, for a time in words that say where it comes from."""
        if isinstance(data, dict) and "scheduled_time" in data:
            words = "The rule says when: leave this out."
            raise serializers.ValidationError(
                {"scheduled_time": [ErrorDetail(words, code="not_here")]}
            )
        return super().to_internal_value(data)


class RuleSerializer(StrictSerializer):
    """When: a rule or a cron line, in local times of a zone."""

    rule = TextField(
        required=False,
        max_length=2000,
        help_text="RFC 5545, such as FREQ=WEEKLY;BYDAY=MO,FR.",
    )
    cron = TextField(
        required=False, max_length=200, help_text="Five fields: 0 9 * * 1-5."
    )
    timezone = TextField(
        required=False, max_length=64, help_text="Left out: the workspace's."
    )
    starts_at = TextField(
        required=False, max_length=40, help_text=f"{_LOCAL} Left out: the next minute."
    )
    until = TextField(
        required=False,
        allow_null=True,
        max_length=40,
        help_text="With an offset, or local, or a day, which is included.",
    )
    count = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="How many occurrences, excluded ones too.",
    )
    excluded = ItemsField(
        child=TextField(max_length=40),
        required=False,
        max_length=MAX_EXCLUDED,
        help_text="Local times, or days.",
    )

    def rule_changes(self) -> dict[str, Any]:
        """What was given of the rule, as a Wish has it."""
        given: Mapping[str, Any] = self.validated_data
        found = {name: given[name] for name in _RULE if name in given}
        if "until" in found:
            found["until"] = found["until"] or ""
        if "excluded" in found:
            found["excluded"] = tuple(found["excluded"])
        return found

    def wish(self, workspace: Workspace) -> Wish:
        """The whole, for a new rule."""
        given = {"timezone": workspace.timezone, **self.rule_changes()}
        given.setdefault("starts_at", _next_minute(given["timezone"]))
        return Wish(**given)


_RULE = tuple(RuleSerializer().fields)


class RecurringOrderSerializer(RuleSerializer):
    """What recurs: a rule or a cron line, and a post."""

    name = NameField(max_length=120)
    post = TemplateOrderSerializer()

    def changes(self) -> dict[str, Any]:
        """What was given but for the post."""
        named = {k: v for k, v in self.validated_data.items() if k == "name"}
        return named | self.rule_changes()

    def composition(self) -> Composition:
        """The post, for a new schedule."""
        return Composition(**{"content": "", **changes_of(self.validated_data["post"])})

    def post_changes(self) -> dict[str, Any]:
        """Of the post, what was given."""
        return changes_of(self.validated_data.get("post", {}))


class PreviewOrderSerializer(RuleSerializer):
    """A rule to try, with the post that it would make."""

    show = serializers.IntegerField(
        min_value=1, max_value=MAX_PREVIEW, default=10, help_text="How many."
    )
    post = TemplateOrderSerializer(required=False)

    def composition(self) -> Composition | None:
        """The post, if one was given."""
        given = self.validated_data.get("post")
        return Composition(**{"content": "", **changes_of(given)}) if given else None


class ShownSerializer(serializers.Serializer[Any]):
    """An occurrence to come."""

    number = serializers.IntegerField()
    occurs_at = AwareDateTimeField(source="at")
    local = serializers.SerializerMethodField(help_text="By the rule, in its zone.")
    content = serializers.CharField(
        allow_null=True, help_text="null: no post was given."
    )
    note = serializers.CharField(help_text="Where its time is not what the rule says.")

    def get_local(self, shown: Any) -> str:
        """Without an offset."""
        return str(shown.local.isoformat())


class PreviewSerializer(serializers.Serializer[Any]):
    """The next ones, in order."""

    occurrences = ShownSerializer(many=True)


class OccurrenceSerializer(StrictModelSerializer):
    """What became of one occurrence."""

    local = serializers.SerializerMethodField(help_text="What clocks show there.")
    post_status = serializers.SerializerMethodField()

    class Meta:
        model = Occurrence
        fields = (
            "id",
            "number",
            "occurs_at",
            "local",
            "status",
            "edited",
            "message",
            "post",
            "post_status",
        )
        read_only_fields = fields

    def get_local(self, row: Occurrence) -> str:
        """In the schedule's zone, without an offset."""
        return local_of(row.occurs_at, ZoneInfo(row.schedule.timezone)).isoformat()

    @extend_schema_field(serializers.ChoiceField(PostStatus.choices, allow_null=True))
    def get_post_status(self, row: Occurrence) -> str | None:
        """null: it has no post."""
        return row.post.status if row.post else None


class OccursAtSerializer(StrictSerializer):
    """Which one."""

    occurs_at = AwareDateTimeField(help_text="When it is by the rule.")


class OccurrenceEditSerializer(OccursAtSerializer):
    """Which one, and what is to be different about its post."""

    post = PostOrderSerializer()

    def post_changes(self) -> dict[str, Any]:
        """Of the post, what was given."""
        return changes_of(self.validated_data["post"])


def _next_minute(zone: str) -> str:
    """The local time at the next full minute; any where the zone is none."""
    try:
        now = datetime.now(UTC).astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        now = datetime.now(UTC)
    whole = now.replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=1)
    return whole.isoformat()
