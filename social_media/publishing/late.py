"""What turns out to stand after its target was taken over."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from social_media.enums import ActivityAction, TargetStatus
from social_media.models import PostTarget, PublishStep
from social_media.models.target_queries import PostTargets
from social_media.posts.derive import store_status
from social_media.posts.lock import lock_connected
from social_media.publishing.tell import tell
from social_media.publishing.work import Work

ANSWERED = "The network answered after all."
REST_NOT_SENT = (
    "It is live. What was to follow it was not sent: it was called off, or its account "
    "was disconnected."
)


def settle_late(work: Work) -> None:
    """A part stands, found out by one who no longer holds the target: what has begun
    is finished, and a person who was asked has nothing to decide any more.

    The rest goes out unless it was called off or has no account to go out from; then
    the target is `posted` and says so. The post row is locked.
    """
    rows = PostTarget.objects.filter(pk=work.target.pk)
    rows.update(late_after=None)
    asked = rows.filter(status=TargetStatus.UNCONFIRMED)
    if not asked.exists():
        return
    missing = PublishStep.objects.unpublished().filter(
        target=work.target.pk, abandoned_at=None
    )
    if not missing.exists():
        _settle(work, asked)
    elif _may_go_on(work, asked):
        _move(work, asked, TargetStatus.SCHEDULED, due_at=Now())
    else:
        missing.update(abandoned_at=Now())
        _settle(work, asked, code="rest_not_sent", words=REST_NOT_SENT)


def _may_go_on(work: Work, asked: PostTargets) -> bool:
    """What was called off has no due time any more."""
    wanted = asked.filter(due_at__isnull=False).exists()
    return wanted and work.account.pk in lock_connected([work.account.pk])


def _settle(work: Work, asked: PostTargets, *, code: str = "", words: str = "") -> None:
    told: dict[str, Any] = {"error_code": code, "error_message": words}
    _move(work, asked, TargetStatus.POSTED, posted_at=Now(), **told)
    tell(work, ActivityAction.TARGET_POSTED, words or ANSWERED)


def _move(work: Work, asked: PostTargets, status: TargetStatus, **changes: Any) -> None:
    none: dict[str, Any] = {"error_code": "", "error_message": ""}
    asked.move(
        status,
        of={TargetStatus.UNCONFIRMED},
        unknown_since=None,
        remote_url=work.steps[0].remote_url,
        **{**none, **changes},
    )
    store_status(work.target.post_id)
