"""Files in a post: where they are shown, and with which alternative text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from social_media.api.v1.fields import ItemsField, TextField
from social_media.api.v1.serializers.strict import StrictSerializer
from social_media.enums import MediaKind, MediaStatus
from social_media.media.store import url_for
from social_media.models import PostMedia
from social_media.posts.composition import Attachment, Attachments
from social_media.posts.limits import MAX_ALT, MAX_FILES


class PlaceSerializer(serializers.Serializer[Any]):
    """A file as a part of a post shows it."""

    file = serializers.UUIDField(source="file_id")
    alt_text = serializers.CharField(
        allow_null=True, help_text="null: the file's own (file_alt_text)."
    )
    file_alt_text = serializers.CharField(source="file.alt_text")
    name = serializers.CharField(source="file.name")
    kind = serializers.ChoiceField(MediaKind.choices, source="file.kind")
    status = serializers.ChoiceField(MediaStatus.choices, source="file.status")
    thumbnail_url = serializers.SerializerMethodField()

    def get_thumbnail_url(self, place: PostMedia) -> str | None:
        """A link that works for a while, null until there is a thumbnail."""
        name = place.file.thumbnail
        if not name:
            return None
        url: str = self.context["request"].build_absolute_uri(url_for(name))
        return url


@extend_schema_field(PlaceSerializer(many=True))
class PlacesField(serializers.Field[Any, Any, Any, Any]):
    """The files of a post's or a target's own text, in order, out of rows."""

    def to_representation(self, rows: Any) -> list[dict[str, Any]]:
        """Those of part 0."""
        return _shown([row for row in rows.all() if not row.part], self.context)


@extend_schema_field(serializers.ListSerializer(child=PlaceSerializer(many=True)))
class ThreadPlacesField(serializers.Field[Any, Any, Any, Any]):
    """The files of each part of a thread, in order, out of rows."""

    def to_representation(self, rows: Any) -> list[list[dict[str, Any]]]:
        """One list per part, up to the last part that has files."""
        found = list(rows.all())
        last = max((row.part for row in found), default=0)
        return [
            _shown([row for row in found if row.part == part], self.context)
            for part in range(1, last + 1)
        ]


def _shown(
    rows: Iterable[PostMedia], context: Mapping[str, Any]
) -> list[dict[str, Any]]:
    return list(PlaceSerializer(rows, many=True, context=dict(context)).data)


class AttachmentSerializer(StrictSerializer):
    """A file to show."""

    file = serializers.UUIDField(source="file_id", help_text="Of /media.")
    alt_text = TextField(
        max_length=MAX_ALT,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="null: the file's own.",
    )


class AttachmentsField(ItemsField):
    """Files of one part, in order."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(child=AttachmentSerializer(), max_length=MAX_FILES, **kwargs)


def attachments_of(given: Iterable[Mapping[str, Any]]) -> Attachments:
    """From validated data."""
    return tuple(Attachment(**one) for one in given)


def thread_attachments_of(
    given: Iterable[Iterable[Mapping[str, Any]]],
) -> tuple[Attachments, ...]:
    """From validated data, without empty lists at the end."""
    parts = [attachments_of(one) for one in given]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)
