"""Celery's edge: ids in, one function called, nothing returned.

A task is a bell: it may get lost, come twice or come late. What is due stands in the
database, and every function called here checks there first.
"""

from __future__ import annotations

from social_media.tasks import (
    media,
    posting,
    preflight,
    prune,
    queues,
    recurrence,
    scan,
    schedule,
)

__all__ = [
    "media",
    "posting",
    "preflight",
    "prune",
    "queues",
    "recurrence",
    "scan",
    "schedule",
]
