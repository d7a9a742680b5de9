"""Nouns, one file per aggregate: fields, constraints, querysets, legal moves."""

from __future__ import annotations

from social_media.models.account import ConnectedAccount
from social_media.models.activity import ActivityLog
from social_media.models.feed import CalendarFeed
from social_media.models.heartbeat import Heartbeat
from social_media.models.idempotency import StoredAnswer
from social_media.models.label import Label
from social_media.models.media import (
    MediaFile,
    MediaRendition,
    PostMedia,
    UploadAddress,
)
from social_media.models.post import Post, ThreadPart
from social_media.models.queue import PostQueue, QueuedPost
from social_media.models.recurrence import Occurrence, RecurringSchedule
from social_media.models.step import PublishAttempt, PublishStep
from social_media.models.target import PostTarget

__all__ = [
    "ActivityLog",
    "CalendarFeed",
    "ConnectedAccount",
    "Heartbeat",
    "Label",
    "MediaFile",
    "MediaRendition",
    "Occurrence",
    "Post",
    "PostMedia",
    "PostQueue",
    "PostTarget",
    "PublishAttempt",
    "PublishStep",
    "QueuedPost",
    "RecurringSchedule",
    "StoredAnswer",
    "ThreadPart",
    "UploadAddress",
]
