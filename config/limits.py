"""The least that each number may be, and what has to fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from social_media.platforms.config import NetworkConfig

#: By how the variable's name ends; 0 for any other.
MINIMUM: Mapping[str, float] = {
    "SCAN_SECONDS": 0.05,
    "SCAN_BATCH": 1,
    "PUBLISHING_SLOTS": 1,
    "MAX_QUEUED": 1,
    "CHAIN_LIMIT": 1,
    "BELL_STALE_SECONDS": 1,
    "DATABASE_POOL_SIZE": 1,
    "DATABASE_POOL_TIMEOUT": 1,
    "MAX_BODY_BYTES": 1,
    "MEDIA_MAX_PIXELS": 1,
    "MEDIA_MAX_SECONDS": 1,
    "MEDIA_MAX_FRAMES": 1,
    "MEDIA_QUOTA_BYTES": 1,
    "MEDIA_URL_SECONDS": 2,
    "MEDIA_SLOTS": 1,
    "MEDIA_SCAN_SECONDS": 0.05,
    "MEDIA_LEASE_SECONDS": 5,
    "PREPARE_SLOTS": 1,
    "PLAN_SECONDS": 0.05,
    "PREFLIGHT_SECONDS": 1,
    "QUEUE_MAX_POSTS": 1,
    "RECURRENCE_HORIZON_DAYS": 1,
    "RECURRENCE_MIN_GAP_MINUTES": 1,
    "RECURRENCE_MAX_SCHEDULES": 1,
    "CALENDAR_MAX_DAYS": 1,
    "IMPORT_MAX_ROWS": 1,
    "IMPORT_MAX_ADDRESSES": 0,
    "IMPORT_FETCH_SECONDS": 1,
    "JWT_ACCESS_MINUTES": 1,
    "JWT_REFRESH_DAYS": 1,
    "READY_MAX_BEAT_SECONDS": 1,
    "READY_MAX_LATE_SECONDS": 1,
    "_CONNECT_SECONDS": 0.1,
    "_DEADLINE_SECONDS": 0.1,
    "_MAX_LENGTH": 1,
    "_MAX_BYTES": 1,
    "_CHARACTERS_PER_URL": 1,
    "_INSTANCE_CACHE_HOURS": 1,
}

#: Of a lease, beside two network calls: for the database before and after them.
MARGIN = timedelta(seconds=1)


def minimum_of(variable: str) -> float:
    """The least value of a number that is read from `variable`."""
    found = (least for ending, least in MINIMUM.items() if variable.endswith(ending))
    return next(found, 0)


def require_lease(lease: timedelta, networks: Mapping[str, NetworkConfig]) -> None:
    """Raise ImproperlyConfigured if a living worker could lose a post to another."""
    longest = max(network.deadline for network in networks.values())
    least = 2 * timedelta(seconds=longest) + MARGIN
    if lease < least:
        raise ImproperlyConfigured(
            f"LEASE_SECONDS must be {least.total_seconds():g} or more: twice the "
            f"longest *_DEADLINE_SECONDS, and {MARGIN.total_seconds():g}."
        )


def require_some(variable: str, values: Sequence[object]) -> None:
    """Raise ImproperlyConfigured for an empty list."""
    if not values:
        raise ImproperlyConfigured(f"{variable} must name one value or more.")


def require_room(variable: str, value: int, *, of: int) -> None:
    """Raise ImproperlyConfigured if more than half of the publishing slots go to it."""
    most = max(1, of // 2)
    if value > most:
        raise ImproperlyConfigured(
            f"{variable} must be {most} or less: half of PUBLISHING_SLOTS, or posts "
            "would wait behind uploads."
        )
