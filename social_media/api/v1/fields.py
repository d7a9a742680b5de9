"""Fields that say what is wrong in words a user understands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.zones import validate_zone
from social_media.models.label import MAX_LABEL, is_one_line

NAIVE = (
    "Add the offset from UTC, such as 2026-05-01T09:30:00+02:00 or "
    "2026-05-01T07:30:00Z: without it nobody knows which moment is meant."
)
NOT_AN_OBJECT = "This must be an object with names and values."
MALFORMED = "This is not a time. Write it like 2026-05-01T09:30:00+02:00."


class TextField(serializers.CharField):
    """Text; a number is none."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": 'This must be a text in quotes: "...".'
    }

    def to_internal_value(self, data: Any) -> str:
        """`data`, trimmed where that is wanted. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


class NameField(TextField):
    """What a person calls something."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "lines": (
            "This must be one line with something to see, without hidden characters "
            "that turn the text around."
        )
    }

    def to_internal_value(self, data: Any) -> str:
        """`data`, trimmed. Raises ValidationError."""
        name = super().to_internal_value(data)
        if not is_one_line(name):
            self.fail("lines")
        return name


class LabelNameField(NameField):
    """The name of a label."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_LABEL, **kwargs)


class ItemsField(serializers.ListField):
    """A list."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "not_a_list": "This must be a list: [ ... ]."
    }


class MappingField(serializers.DictField):
    """Names and values that somebody else checks."""

    default_error_messages: ClassVar[dict[str, Any]] = {"not_a_dict": NOT_AN_OBJECT}


@extend_schema_field(OpenApiTypes.DATETIME)
class AwareDateTimeField(serializers.DateTimeField):
    """A moment: ISO 8601 with an offset in, aware UTC out."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "naive": NAIVE,
        "invalid": MALFORMED,
        "date": MALFORMED,
        "overflow": "This time is out of range.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def enforce_timezone(self, value: datetime) -> datetime:
        """`value` in UTC. Raises ValidationError when it has no offset."""
        if value.tzinfo is None:
            self.fail("naive")
        moved: datetime = super().enforce_timezone(value)
        return moved


class ZoneField(TextField):
    """The name of an IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "IANA name, such as Europe/Berlin.")
        super().__init__(max_length=64, validators=[validate_zone], **kwargs)
