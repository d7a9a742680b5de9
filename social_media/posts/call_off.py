"""Holding back what has not left: each target ends as what is true of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models.functions import Now

from social_media.enums import StepKind, TargetStatus
from social_media.models import PostTarget, PublishStep
from social_media.posts.due import FRESH, SCHEDULED
from social_media.posts.steps import doubtful_targets, published_targets

MAYBE_LIVE = (
    "An earlier try may have published it. Look at the account: if it is there, mark "
    "it as live with its link."
)
#: The code of what was called off because its account was disconnected.
GONE = "disconnected"
COMMENT_LEFT_OUT = "The post is out; its first comment was called off."

_NO_TIME = {"due_at": None, "late_after": None}


def call_off(targets: Collection[uuid.UUID], *, code: str = "", words: str = "") -> int:
    """End these targets, those that are scheduled or queued; answers how many.

    What never left is `cancelled`, with `code` and `words`. What may be live is
    `unconfirmed`, a thread that has begun `failed`, and a post that only lacks its
    first comment `posted`. The posts are locked; their status is the caller's to store.
    """
    waiting = PostTarget.objects.filter(pk__in=targets, status__in=SCHEDULED)
    ids = set(waiting.values_list("pk", flat=True))
    doubtful = doubtful_targets(ids)
    begun = published_targets(ids) - doubtful
    _end(doubtful, TargetStatus.UNCONFIRMED, "unconfirmed", MAYBE_LIVE)
    for target_id in sorted(begun):
        _end_begun(target_id)
    _end(ids - doubtful - begun, TargetStatus.CANCELLED, code, words)
    return len(ids)


def _end(
    targets: Collection[uuid.UUID],
    status: TargetStatus,
    code: str,
    words: str,
    **changes: Any,
) -> None:
    told = {"error_code": code, "error_message": words}
    rows = PostTarget.objects.filter(pk__in=targets)
    rows.move(status, of=SCHEDULED, **{**FRESH, **_NO_TIME, **told, **changes})


def _end_begun(target_id: uuid.UUID) -> None:
    steps = PublishStep.objects.filter(target_id=target_id)
    missing = steps.unpublished().filter(abandoned_at=None)
    if missing.exclude(kind=StepKind.FIRST_COMMENT).exists():
        done = steps.exclude(remote_id="").count()
        words = (
            f"{done} of {steps.count()} parts are published; the rest was called off."
        )
        _end({target_id}, TargetStatus.FAILED, "called_off", words)
        return
    if not missing.update(abandoned_at=Now()):
        words, code = "", ""
    else:
        words, code = COMMENT_LEFT_OUT, "first_comment"
    link = steps.values_list("remote_url", flat=True).first()
    out = {"posted_at": Now(), "remote_url": link}
    _end({target_id}, TargetStatus.POSTED, code, words, **out)
