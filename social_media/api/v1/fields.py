"""Fields that say what is wrong in words a user understands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.zones import validate_zone

NAIVE = (
    "Add the offset from UTC, such as 2026-05-01T09:30:00+02:00 or "
    "2026-05-01T07:30:00Z: without it nobody knows which moment is meant."
)
MALFORMED = "This is not a time. Write it like 2026-05-01T09:30:00+02:00."


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


class ZoneField(serializers.CharField):
    """The name of an IANA time zone."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "IANA name, such as Europe/Berlin.")
        super().__init__(max_length=64, validators=[validate_zone], **kwargs)
