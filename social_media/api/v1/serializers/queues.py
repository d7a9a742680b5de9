"""Queues and the posts in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from social_media.api.v1.fields import ItemsField, MappingField, NameField, ZoneField
from social_media.api.v1.serializers.accounts import AccountBriefSerializer
from social_media.api.v1.serializers.posts import PostSerializer
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.models import PostQueue, QueuedPost
from social_media.posts.queues.add import Place
from social_media.posts.queues.change import MAX_ACCOUNTS
from social_media.posts.queues.read import local_time
from social_media.posts.queues.slots import WEEKDAYS, in_order

MAX_SLOTS_SHOWN = 100
_TIMES = {"type": "array", "items": {"type": "string", "example": "09:00"}}
_WEEK = {
    "type": "object",
    "properties": dict.fromkeys(WEEKDAYS, _TIMES),
    "additionalProperties": False,
}


@extend_schema_field(_WEEK)
class SlotsField(MappingField):
    """Local times by weekday; slots.py says what is wrong with them."""

    def to_representation(self, value: Any) -> dict[str, list[str]]:
        """From monday on: the database keeps no order."""
        return in_order(value)


class QueueSerializer(StrictModelSerializer):
    """A queue. `paused_at` is since when its posts wait without times."""

    slots = SlotsField()
    accounts = AccountBriefSerializer(many=True)
    waiting = serializers.IntegerField(help_text="Posts whose slot has not come yet.")

    class Meta:
        model = PostQueue
        fields = (
            "id",
            "name",
            "timezone",
            "slots",
            "accounts",
            "evergreen",
            "paused_at",
            "waiting",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class QueueOrderSerializer(StrictSerializer):
    """What a queue is made of."""

    name = NameField(max_length=120)
    timezone = ZoneField(
        required=False, help_text="IANA name; the workspace's if left out."
    )
    slots = SlotsField(
        help_text='Local times by weekday: {"monday": ["09:00", "15:00"]}.'
    )
    accounts = ItemsField(
        child=serializers.UUIDField(),
        max_length=MAX_ACCOUNTS,
        help_text="Where posts go that name no accounts themselves.",
    )
    evergreen = serializers.BooleanField(
        required=False, help_text="What was posted comes back to the end, as a copy."
    )


@extend_schema_field({"oneOf": [{"type": "integer"}, {"enum": ["front", "end"]}]})
class PlaceField(serializers.Field[Place, Any, Any, Any]):
    """Where among the posts that wait."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": 'Write "front", "end" or a number; 0 is the front.',
        "too_large": 'A queue holds {most} posts at most. Write "end" for its end.',
    }

    def to_internal_value(self, data: Any) -> Place:
        """As add_post takes it. Raises ValidationError."""
        if data in ("front", "end"):
            return "front" if data == "front" else "end"
        if not isinstance(data, int) or isinstance(data, bool) or data < 0:
            self.fail("invalid")
        if data > settings.QUEUE_MAX_POSTS:
            self.fail("too_large", most=settings.QUEUE_MAX_POSTS)
        return data

    def to_representation(self, value: Place) -> Place:
        """As it was given."""
        return value


class AddSerializer(StrictSerializer):
    """A post, and where to put it."""

    post = serializers.UUIDField(source="post_id")
    position = PlaceField(
        source="place", required=False, help_text="The end, if left out."
    )


class RemoveSerializer(StrictSerializer):
    """A post that waits."""

    post = serializers.UUIDField(source="post_id")


class ReorderSerializer(StrictSerializer):
    """All posts that wait, in their new order."""

    posts = ItemsField(child=serializers.UUIDField())

    def validate_posts(self, posts: list[Any]) -> list[Any]:
        """Never more than a queue holds. Raises ValidationError."""
        most = settings.QUEUE_MAX_POSTS
        if len(posts) > 2 * most:
            words = f"A queue holds {most} posts at most."
            raise serializers.ValidationError(words, code="too_many")
        return posts


class NextSlotsQuerySerializer(StrictSerializer):
    """How many."""

    count = serializers.IntegerField(
        min_value=1, max_value=MAX_SLOTS_SHOWN, required=False, default=10
    )


class SlotSerializer(serializers.Serializer[datetime]):
    """A moment that no post has."""

    at = serializers.SerializerMethodField()
    local = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_at(self, slot: datetime) -> str:
        """In UTC."""
        return f"{slot:%Y-%m-%dT%H:%M:%SZ}"

    def get_local(self, slot: datetime) -> str:
        """What clocks in the queue's zone show then."""
        zone = ZoneInfo(self.context["queue"].timezone)
        return local_time(slot, zone)


class SlotsSerializer(serializers.Serializer[Any]):
    """The next free slots of a queue, in order."""

    timezone = serializers.CharField()
    slots = SlotSerializer(many=True)


class QueuedPostSerializer(StrictModelSerializer):
    """A post in its queue. `position` counts from 0, null once its slot has come."""

    position = serializers.SerializerMethodField()
    on_its_way = serializers.BooleanField()
    post = PostSerializer()

    class Meta:
        model = QueuedPost
        fields = ("position", "slot_at", "on_its_way", "post")
        read_only_fields = fields

    def get_position(self, entry: Any) -> int | None:
        """Its place among those that wait."""
        return None if entry.on_its_way else entry.place - 1
