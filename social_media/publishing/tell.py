"""Telling the owner, in words, and the operator, in figures."""

from __future__ import annotations

from datetime import datetime

import structlog

from social_media.enums import ActivityAction, AttemptOutcome
from social_media.models import ActivityLog, PublishStep
from social_media.platforms.errors import PlatformError
from social_media.publishing.figures import ATTEMPTS, LATENESS
from social_media.publishing.work import Work

log = structlog.get_logger(__name__)


def tell(work: Work, action: ActivityAction, message: str, **details: str) -> None:
    """One row of the activity log, about the target or about its account."""
    thing = work.target
    if action in {ActivityAction.ACCOUNT_NEEDS_REAUTH, ActivityAction.ACCOUNT_BLOCKED}:
        ActivityLog.objects.record(
            action,
            work.account,
            workspace_id=work.post.workspace_id,
            message=message,
            details={"target": str(thing.pk), **details},
        )
        return
    ActivityLog.objects.record(
        action,
        thing,
        workspace_id=work.post.workspace_id,
        message=message,
        details={"platform": work.account.platform, "post": str(thing.post_id)}
        | details,
    )


def count(work: Work, outcome: AttemptOutcome, *, first: bool = False) -> None:
    """Add to the figures of /metrics; `first`: the post itself became visible."""
    platform = work.account.platform
    log.info("attempt_ended", platform=platform, outcome=outcome.value, **_whose(work))
    ATTEMPTS.labels(platform, outcome.value).inc()
    # Failed tries count as lateness; a retry that a person asked for is due anew.
    due = work.post.scheduled_time if work.target.tries else work.target.due_at
    if first and due is not None:
        late = (datetime.now(due.tzinfo) - due).total_seconds()
        LATENESS.labels(platform).observe(max(0.0, late))


def log_doubt(work: Work, error: PlatformError) -> None:
    """The answer was lost; the try ends with its look-up."""
    log.warning(
        "answer_lost",
        platform=work.account.platform,
        code=error.code,
        http_status=error.http_status,
        **_whose(work),
    )


def _whose(work: Work) -> dict[str, str]:
    return {"target": str(work.target.pk), "account": str(work.target.account_id)}


def words_for(work: Work, error: PlatformError, row: PublishStep | None) -> str:
    """The error in words, with what stands already where it is a thread."""
    done = sum(1 for step in work.steps if step.remote_id)
    if not done or row is None:
        return error.message
    return (
        f"{done} of {len(work.steps)} parts are published. "
        f"Part {row.position + 1}: {error.message}"
    )
