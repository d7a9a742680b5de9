"""Rows with all that is shown of them, in a fixed number of queries."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Prefetch, QuerySet

from social_media.models import (
    ConnectedAccount,
    Post,
    PostMedia,
    PostTarget,
    PublishAttempt,
    PublishStep,
    ThreadPart,
)
from social_media.models.target_queries import PostTargets


def shown_posts() -> QuerySet[Post]:
    """Posts with all that is shown of them. 8 queries besides the posts' own."""
    rows = Post.objects.filter(is_template=False)
    return _with_parts(rows.select_related("author", "queued__queue", "occurrence"))


def shown_templates() -> QuerySet[Post]:
    """Templates of recurring schedules, likewise."""
    return _with_parts(Post.objects.filter(is_template=True).select_related("author"))


def _with_parts(rows: QuerySet[Post]) -> QuerySet[Post]:
    return rows.prefetch_related(
        "labels",
        Prefetch("thread_parts", ThreadPart.objects.filter(target=None)),
        Prefetch("media", _places().filter(target=None)),
        Prefetch("targets", shown_targets()),
    )


def shown_targets() -> PostTargets:
    """Targets with all that is shown of them; the payloads stay in the database."""
    accounts = ConnectedAccount.objects.defer("secrets")
    steps = PublishStep.objects.defer("payload", "checkpoint", "remote_data")
    return PostTarget.objects.prefetch_related(
        Prefetch("account", accounts),
        "thread_parts",
        Prefetch("media", _places()),
        Prefetch("steps", steps),
    )


def _places() -> QuerySet[PostMedia]:
    """With the files that they show."""
    return PostMedia.objects.select_related("file")


def attempts_of(post_id: uuid.UUID) -> QuerySet[PublishAttempt, Any]:
    """The ledger of a post, oldest first, without the payloads."""
    rows = PublishAttempt.objects.filter(target__post_id=post_id).defer("payload")
    accounts = ConnectedAccount.objects.defer("secrets")
    return rows.select_related("step", "target").prefetch_related(
        Prefetch("target__account", accounts)
    )
