"""What each network can do, as data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from social_media.enums import Platform
from social_media.platforms.base import Capabilities, Idempotency


class OptionSerializer(serializers.Serializer[Any]):
    """An option of the network's own that a target may set."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.ChoiceField(
        ["choice", "text", "flag", "list"], help_text="How to show and fill it in."
    )
    choices = serializers.ListField(child=serializers.CharField())
    max_length = serializers.IntegerField()
    help = serializers.CharField()


class ConnectFieldSerializer(serializers.Serializer[Any]):
    """A field that connecting an account asks for."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    required = serializers.BooleanField()  # type: ignore[assignment]
    secret = serializers.BooleanField()


class SecondsField(serializers.FloatField):
    """A length of time in seconds."""

    def to_representation(self, value: timedelta) -> float:  # type: ignore[override]
        """Seconds."""
        return value.total_seconds()


class PlatformSerializer(serializers.Serializer[Any]):
    """A network: its limits, what it takes and what connecting asks for."""

    platform = serializers.ChoiceField(Platform.choices)
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    max_length = serializers.IntegerField()
    length_unit = serializers.CharField()
    max_bytes = serializers.IntegerField(allow_null=True)
    threads = serializers.BooleanField()
    first_comment = serializers.BooleanField()
    alt_text = serializers.BooleanField()
    polls = serializers.BooleanField()
    max_images = serializers.IntegerField()
    max_videos = serializers.IntegerField()
    idempotency = serializers.ChoiceField(
        [kind.value for kind in Idempotency],
        help_text="What makes a call with a lost answer safe to finish.",
    )
    settle_seconds = SecondsField(
        source="settle", help_text="How long a lost post may still appear."
    )
    options = OptionSerializer(many=True)
    connect_fields = ConnectFieldSerializer(many=True)

    def get_label(self, can: Capabilities) -> str:
        """The network's name as people write it."""
        return can.platform.label
