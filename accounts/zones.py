"""IANA time zones."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

#: In the database, but no place's time: one says that nobody chose yet, the other
#: is whatever the server has.
_NO_PLACE = {"Factory", "localtime"}


@cache
def zone_names() -> frozenset[str]:
    """Every zone of the tz database on this machine."""
    return frozenset(available_timezones() - _NO_PLACE)


def validate_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA zone, such as Europe/Berlin."""
    if name not in zone_names():
        raise ValidationError(
            f"'{name}' is not a time zone. Use an IANA name such as Europe/Berlin.",
            code="unknown_zone",
        )
