"""What each network can do, as data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from social_media.enums import MediaKind, Platform
from social_media.platforms.base import Capabilities, Idempotency
from social_media.platforms.media import MediaRules


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


class Figure(serializers.IntegerField):
    """A limit; null where the network has none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)


class Measure(serializers.FloatField):
    """A limit that need not be whole; null where the network has none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_null=True, **options)


class ShapeSerializer(serializers.Serializer[Any]):
    """Ratios are width to height."""

    max_pixels = Figure()
    min_ratio = Measure()
    max_ratio = Measure()


class ImageRulesSerializer(ShapeSerializer):
    """Still images; what is of another type or too large is converted."""

    types = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    max_width = Figure()
    max_height = Figure()


class GifRulesSerializer(serializers.Serializer[Any]):
    """Animated images."""

    max_bytes = serializers.IntegerField()
    max_width = Figure()
    max_height = Figure()
    max_pixels = Figure(help_text="Of one frame.")
    max_frames = Figure()
    max_total_pixels = Figure(help_text="Of all frames together.")
    as_video = serializers.BooleanField(
        help_text="They become videos without sound, and keep the videos' rules."
    )


class VideoRulesSerializer(ShapeSerializer):
    """Videos; what has another type, codec, size or frame rate is converted."""

    types = serializers.ListField(child=serializers.CharField())
    video_codecs = serializers.ListField(child=serializers.CharField())
    audio_codecs = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    min_duration = Measure(help_text="In seconds.")
    max_duration = Measure(help_text="In seconds.")
    min_side = Figure(help_text="Pixels of the shorter side, at least.")
    max_long = Figure(help_text="Pixels of the longer side.")
    max_short = Figure(help_text="Pixels of the shorter side.")
    max_frame_rate = Measure()


class MediaRulesSerializer(serializers.Serializer[Any]):
    """What one part of a post may carry: images, or else one GIF, or one video."""

    max_images = serializers.IntegerField()
    max_videos = serializers.IntegerField(help_text="GIFs included.")
    max_alt = serializers.IntegerField(
        help_text="Characters of an alternative text; longer ones are refused."
    )
    alt_on = serializers.SerializerMethodField(
        help_text="The kinds whose alternative text the network shows."
    )
    image = ImageRulesSerializer()
    gif = GifRulesSerializer()
    video = VideoRulesSerializer()

    @extend_schema_field(
        serializers.ListField(child=serializers.ChoiceField(MediaKind.choices))
    )
    def get_alt_on(self, rules: MediaRules) -> list[str]:
        """In the order of the kinds."""
        return [kind.value for kind in MediaKind if kind in rules.alt_on]


class PlatformSerializer(serializers.Serializer[Any]):
    """A network: its limits, what it takes and what connecting asks for."""

    platform = serializers.ChoiceField(Platform.choices)
    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    max_length = serializers.IntegerField()
    length_unit = serializers.CharField()
    max_bytes = serializers.IntegerField(allow_null=True)
    threads = serializers.BooleanField()
    first_comment = serializers.BooleanField()
    alt_text = serializers.SerializerMethodField(
        help_text="Whether media may have an alternative text."
    )
    polls = serializers.BooleanField()
    media = MediaRulesSerializer(allow_null=True, help_text="Null: it takes text only.")
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

    def get_alt_text(self, can: Capabilities) -> bool:
        """As the rules for media say."""
        return can.media is not None and bool(can.media.alt_on)
