"""Calendar feeds."""

from __future__ import annotations

from rest_framework import serializers

from social_media.api.v1.fields import TextField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.models import CalendarFeed


class FeedSerializer(StrictModelSerializer):
    """A feed, without its address."""

    works = serializers.BooleanField(
        help_text="Not revoked, who made it is still a member, and if it was made with "
        "an API key, that key is good."
    )

    class Meta:
        model = CalendarFeed
        fields: tuple[str, ...] = (
            "id",
            "name",
            "works",
            "created_by",
            "last_used_at",
            "revoked_at",
            "created_at",
        )
        read_only_fields: tuple[str, ...] = fields


class NewFeedSerializer(FeedSerializer):
    """The same with its address."""

    url = serializers.URLField(
        read_only=True,
        allow_null=True,
        help_text="Shown this once; null when an Idempotency-Key repeats the call.",
    )

    class Meta(FeedSerializer.Meta):
        fields = (*FeedSerializer.Meta.fields, "url")
        read_only_fields = fields


class FeedOrderSerializer(StrictSerializer):
    """What a new feed takes."""

    name = TextField(max_length=120, help_text="Whose calendar it is for.")
