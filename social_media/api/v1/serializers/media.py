"""Pictures and videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from social_media.api.v1.fields import TextField
from social_media.api.v1.serializers.strict import (
    StrictModelSerializer,
    StrictSerializer,
)
from social_media.api.v1.serializers.targets import FailureSerializer
from social_media.enums import MediaKind, MediaStatus
from social_media.media.store import url_for
from social_media.media.upload import Described
from social_media.models import MediaFile, MediaRendition

#: Longer than any network takes; what each takes is checked in a post.
MAX_ALT_TEXT = 10_000
MAX_NAME = 255


class FocusSerializer(StrictSerializer):
    """The point that must stay visible in a preview; y goes upwards."""

    x = serializers.FloatField(min_value=-1, max_value=1)
    y = serializers.FloatField(min_value=-1, max_value=1)


class RenditionSerializer(StrictModelSerializer):
    """What a network needs of a file; null where it is not made yet."""

    content_type = serializers.CharField(source="recipe.content_type")
    width = serializers.SerializerMethodField()
    height = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = MediaRendition
        fields = (
            "id",
            "content_type",
            "width",
            "height",
            "size",
            "status",
            "progress",
            "error",
        )
        read_only_fields = fields

    def get_width(self, made: MediaRendition) -> int:
        """Of what was made; until then, at most."""
        return _side(made, "width")

    def get_height(self, made: MediaRendition) -> int:
        """Of what was made; until then, at most."""
        return _side(made, "height")

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_error(self, made: MediaRendition) -> dict[str, Any] | None:
        """Why it failed, null if it did not."""
        return _failure_of(made)


class MediaSerializer(StrictModelSerializer):
    """A file of the workspace. What is measured is null until it is known."""

    kind = serializers.ChoiceField(MediaKind.choices, allow_null=True)
    focus = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    renditions = RenditionSerializer(many=True)
    used_by = serializers.IntegerField(help_text="How many posts use it.")

    class Meta:
        model = MediaFile
        fields = (
            "id",
            "name",
            "kind",
            "status",
            "progress",
            "error",
            "content_type",
            "size",
            "width",
            "height",
            "duration",
            "frame_rate",
            "frames",
            "video_codec",
            "audio_codec",
            "sha256",
            "alt_text",
            "focus",
            "url",
            "thumbnail_url",
            "renditions",
            "used_by",
            "created_at",
        )
        read_only_fields = fields

    def to_representation(self, instance: MediaFile) -> dict[str, Any]:
        """As JSON; an unknown kind is null."""
        shown: dict[str, Any] = super().to_representation(instance)
        return {**shown, "kind": shown["kind"] or None}

    @extend_schema_field(FocusSerializer(allow_null=True))
    def get_focus(self, file: MediaFile) -> dict[str, float] | None:
        """The point that must stay visible, null for the middle."""
        if file.focus_x is None or file.focus_y is None:
            return None
        return {"x": file.focus_x, "y": file.focus_y}

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_error(self, file: MediaFile) -> dict[str, Any] | None:
        """Why it failed, null if it did not."""
        return _failure_of(file)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_url(self, file: MediaFile) -> str | None:
        """For a limited time, without sign-in; null until it is ready."""
        return self._url(file, file.file)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_thumbnail_url(self, file: MediaFile) -> str | None:
        """The same for a small picture of it."""
        return self._url(file, file.thumbnail)

    def _url(self, file: MediaFile, name: str) -> str | None:
        # What is not cleaned yet is shown to nobody.
        if file.status != MediaStatus.READY or not name:
            return None
        request = self.context["request"]
        return str(request.build_absolute_uri(url_for(name)))


class _DescriptionSerializer(StrictSerializer):
    """What its owner says of a file."""

    alt_text = TextField(
        max_length=MAX_ALT_TEXT,
        required=False,
        allow_blank=True,
        help_text="What those read who can't see it.",
    )
    focus_x = serializers.FloatField(
        min_value=-1,
        max_value=1,
        required=False,
        allow_null=True,
        help_text="The point that must stay visible, from -1 (left) to 1.",
    )
    focus_y = serializers.FloatField(
        min_value=-1,
        max_value=1,
        required=False,
        allow_null=True,
        help_text="From -1 (bottom) to 1 (top).",
    )

    def validate(self, attrs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Both coordinates, or none. Raises ValidationError."""
        x, y = (attrs.get(name) for name in ("focus_x", "focus_y"))
        given = [name for name in ("focus_x", "focus_y") if name in attrs]
        if len(given) == 1 or (x is None) != (y is None):
            missing = "focus_x" if x is None else "focus_y"
            words = "A focus has both coordinates, focus_x and focus_y."
            raise serializers.ValidationError({missing: [words]}, code="required")
        return attrs


class UploadSerializer(_DescriptionSerializer):
    """A file with what its owner says of it, as multipart/form-data."""

    file = serializers.FileField(max_length=MAX_NAME)

    def described(self) -> Described:
        """Without the file."""
        given = self.validated_data
        x, y = given.get("focus_x"), given.get("focus_y")
        focus = None if x is None or y is None else (x, y)
        return Described(alt_text=given.get("alt_text", ""), focus=focus)


class MediaChangeSerializer(_DescriptionSerializer):
    """What can be changed."""

    name = TextField(max_length=MAX_NAME, required=False)


class DirectUploadSerializer(StrictSerializer):
    """A file that is going to be sent to the storage itself."""

    name = TextField(max_length=MAX_NAME)
    size = serializers.IntegerField(min_value=1, help_text="In bytes, exactly.")
    content_type = serializers.RegexField(
        r"^[\w.+-]+/[\w.+-]+$",
        max_length=100,
        required=False,
        help_text="Sent along; what the file is, its bytes tell.",
    )


class TicketSerializer(serializers.Serializer[Any]):
    """Where to send the bytes; afterwards, POST /media/{id}/complete."""

    id = serializers.UUIDField(source="file.pk")
    method = serializers.CharField()
    url = serializers.CharField()
    headers = serializers.DictField(
        child=serializers.CharField(), help_text="To be sent exactly like this."
    )
    expires_at = serializers.DateTimeField()


def _failure_of(row: MediaFile | MediaRendition) -> dict[str, Any] | None:
    return dict(FailureSerializer(row).data) if row.error_code else None


def _side(made: MediaRendition, name: str) -> int:
    return int({**made.recipe, **made.facts}[name])


#: Of the one body that is not JSON, for the OpenAPI document.
UPLOAD_BODY = {"multipart/form-data": UploadSerializer}
