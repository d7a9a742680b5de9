"""The calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from social_media.api.v1.fields import (
    AwareDateTimeField,
    ItemsField,
    TextField,
    ZoneField,
)
from social_media.api.v1.filters import AwareDateTimeFormField
from social_media.api.v1.serializers.accounts import AccountBriefSerializer
from social_media.api.v1.serializers.labels import LabelNamesField
from social_media.api.v1.serializers.origins import (
    OriginSerializer,
    PlaceInQueueSerializer,
)
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.enums import Platform, PostStatus
from social_media.models import Post
from social_media.models.label import MAX_LABEL
from social_media.posts.calendar import EXCERPT, Only, moment_in

_MOMENT = AwareDateTimeFormField()
_MAX_VALUES = 50
_NOT_A_DATE = "This is neither a date (2026-05-01) nor a time with an offset."


@extend_schema_field(OpenApiTypes.STR)
class DateOrMomentField(serializers.Field[Any, Any, Any, Any]):
    """A date, or a moment with its offset, in a query string."""

    def to_internal_value(self, data: Any) -> date | datetime:
        """What was given. Raises ValidationError."""
        try:
            day = parse_date(str(data))
        except ValueError:
            raise serializers.ValidationError(_NOT_A_DATE, code="invalid") from None
        if day is not None:
            return day
        try:
            moment = _MOMENT.to_python(data)
        except forms.ValidationError as error:
            raise serializers.ValidationError(error.messages, error.code) from None
        if moment is None:
            raise serializers.ValidationError(_NOT_A_DATE, code="invalid")
        return moment


def _any_of(child: serializers.Field[Any, Any, Any, Any], words: str) -> ItemsField:
    return ItemsField(
        child=child, required=False, max_length=_MAX_VALUES, help_text=words
    )


class RangeSerializer(StrictSerializer):
    """What a calendar is asked for."""

    timezone = ZoneField(
        required=False, help_text="Where dates begin; the workspace's if left out."
    )
    account = _any_of(serializers.UUIDField(), "On one of these accounts.")
    platform = _any_of(
        serializers.ChoiceField(Platform.choices), "On one of these networks."
    )
    status = _any_of(
        serializers.ChoiceField(PostStatus.choices),
        "Posts with one of these, and nothing else.",
    )
    label = _any_of(  # type: ignore[assignment]
        TextField(max_length=MAX_LABEL),
        "With one of these; capitals don't matter. Leaves out free slots.",
    )

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        words = "A date or a time with its offset"
        return {
            "from": DateOrMomentField(help_text=f"{words}; inclusive."),
            "to": DateOrMomentField(help_text=f"{words}; exclusive."),
            **super().get_fields(),
        }

    def moments(self, zone: str) -> dict[str, datetime]:
        """`start` and `end`; dates begin in `zone` unless one was given.

        Raises ValidationError.
        """
        given: Mapping[str, Any] = self.validated_data
        zone = given.get("timezone") or zone
        return {
            name: _moment(given[field], zone, field)
            for name, field in (("start", "from"), ("end", "to"))
        }

    def only(self) -> Only:
        """What it is narrowed to."""
        given: Mapping[str, Any] = self.validated_data
        names = {"accounts": "account", "platforms": "platform"}
        names |= {"statuses": "status", "labels": "label"}
        return Only(**{name: given.get(field, ()) for name, field in names.items()})


def _moment(given: date | datetime, zone: str, field: str) -> datetime:
    try:
        return moment_in(zone, given)
    except OverflowError:
        found = serializers.ErrorDetail("This time is out of range.", code="overflow")
        raise serializers.ValidationError({field: [found]}) from None


class CalendarPostSerializer(StrictModelSerializer):
    """Enough of a post to show it in a calendar."""

    content = serializers.SerializerMethodField(
        help_text=f"The first {EXCERPT} characters, with … where there are more."
    )
    accounts = serializers.SerializerMethodField()
    labels = LabelNamesField()
    queue = serializers.SerializerMethodField()
    recurrence = serializers.SerializerMethodField()
    media_count = serializers.SerializerMethodField()

    class Meta:
        model = Post
        fields = (
            "id",
            "content",
            "status",
            "scheduled_time",
            "accounts",
            "labels",
            "queue",
            "recurrence",
            "media_count",
        )
        read_only_fields = fields

    def get_content(self, post: Any) -> str:
        """The beginning of its text."""
        return shortened(post.excerpt)

    @extend_schema_field(AccountBriefSerializer(many=True))
    def get_accounts(self, post: Post) -> list[dict[str, Any]]:
        """Where it goes. Each account is written out once for all posts."""
        known: dict[Any, dict[str, Any]] = self.context["accounts"]
        found = []
        for target in post.targets.all():
            if target.account_id not in known:
                shown = AccountBriefSerializer(target.account).data
                known[target.account_id] = dict(shown)
            found.append(known[target.account_id])
        return found

    @extend_schema_field(PlaceInQueueSerializer(allow_null=True))
    def get_queue(self, post: Post) -> dict[str, Any] | None:
        """Its queue and the slot that it got, null if it is in none."""
        found = getattr(post, "queued", None)
        return dict(PlaceInQueueSerializer(found).data) if found else None

    @extend_schema_field(OriginSerializer(allow_null=True))
    def get_recurrence(self, post: Post) -> dict[str, Any] | None:
        """The occurrence that it was made for, null if none."""
        found = getattr(post, "occurrence", None)
        return dict(OriginSerializer(found).data) if found else None

    def get_media_count(self, post: Any) -> int:
        """How many files it has, those of its thread too."""
        return post.media_count or 0


class _NamedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class FreeSlotSerializer(serializers.Serializer[Any]):
    """A slot of a queue that no post has."""

    queue = _NamedSerializer()
    at = AwareDateTimeField()


class PlannedSerializer(serializers.Serializer[Any]):
    """An occurrence of a recurring schedule whose post isn't made yet."""

    schedule = _NamedSerializer()
    at = AwareDateTimeField()
    number = serializers.IntegerField(help_text="From 1, excluded ones too.")
    content = serializers.SerializerMethodField()

    def get_content(self, one: Any) -> str:
        """The beginning of its text."""
        return shortened(one.content)


@extend_schema_serializer(many=False)
class CalendarSerializer(serializers.Serializer[Any]):
    """All that there is in a range of time."""

    to = AwareDateTimeField(source="end")
    truncated = serializers.BooleanField(help_text="Too much: its end is missing.")
    complete_until = AwareDateTimeField(
        help_text="Nothing is missing before this: `to`, or go on from here."
    )
    posts = CalendarPostSerializer(many=True)
    slots = FreeSlotSerializer(many=True)
    occurrences = PlannedSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's own."""
        return {"from": AwareDateTimeField(source="start"), **super().get_fields()}


def shortened(text: str) -> str:
    """At most EXCERPT characters and an ellipsis."""
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
