"""One bell: publish a target, then the next ones without a message."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from django.conf import settings

from social_media.enums import AttemptOutcome, Instant
from social_media.failpoints import reached
from social_media.models import PublishStep
from social_media.models.clock import database_now
from social_media.platforms.base import Credentials, Published
from social_media.platforms.errors import (
    AuthenticationFailed,
    NotReady,
    PlatformError,
    Unavailable,
)
from social_media.publishing.attempt import OpenAttempt, close_attempt, open_attempt
from social_media.publishing.call import ask
from social_media.publishing.claim import Claim, claim_next, claim_target
from social_media.publishing.decide import decide
from social_media.publishing.lease import LeaseLost
from social_media.publishing.prepare import checkpoint_for, patience, prepare, renew
from social_media.publishing.record import (
    insist_on,
    record_complete,
    record_doubt,
    record_failure,
    record_published,
)
from social_media.publishing.retry import RetryPolicy, chance
from social_media.publishing.takeover import stand_back, step_aside
from social_media.publishing.tell import count
from social_media.publishing.work import Work, load_work, step_for

log = structlog.get_logger(__name__)


def publish(
    target_id: uuid.UUID, *, stopping: Callable[[], bool] = lambda: False
) -> int:
    """Publish a queued target, then what `claim_next` finds: what goes ahead of the
    crowd, else the next due of its account.

    Ends after CHAIN_LIMIT targets, when nothing is due, or when `stopping` says that
    the process shuts down. Answers how many targets it acted on.
    """
    claim, done = claim_target(target_id), 0
    while claim is not None:
        account_id = publish_claimed(claim)
        done += 1
        if account_id is None or done >= settings.CHAIN_LIMIT or stopping():
            break
        claim = claim_next(account_id)
    return done


def publish_claimed(claim: Claim) -> uuid.UUID | None:
    """Act on one claimed target; answers its account, None if it was deleted.

    One whose account was paused since the claim looked goes back untouched.
    """
    reached(Instant.CLAIMED)
    work = load_work(claim.lease)
    if work is None:
        return None
    try:
        if work.account.ready_at(work.read_at):
            _publish_work(work)
        else:
            # A claim that waited for the target's lock looked at the account before.
            insist_on(work, lambda: stand_back(work))
    except LeaseLost:
        log.warning("lease_lost", target=str(claim.target_id))
    return work.target.account_id


def _publish_work(work: Work) -> None:
    """Prepare all, then publish part by part; the first that fails ends it."""
    ready = prepare(work)
    if isinstance(ready, PlatformError):
        _fail(work, ready)
        return
    reached(Instant.PREPARED)
    if not work.pending():
        record_complete(work)
    credentials: Credentials | None = ready
    for row in work.pending():
        if credentials is not None:
            credentials = _publish_step(work, row, credentials)


def _publish_step(
    work: Work, row: PublishStep, credentials: Credentials
) -> Credentials | None:
    """Publish one step; answers the credentials to go on with, None to stop."""
    if row.repeat_until is not None and database_now() >= row.repeat_until:
        record_doubt(work, row)
        return None
    attempt = _open(work, row)
    if attempt is None:
        insist_on(work, lambda: step_aside(work, row))
        return None
    reached(Instant.ATTEMPT_OPENED)
    answer = _call(work, row, attempt, credentials)
    reached(Instant.ANSWERED)
    if isinstance(answer, Published):
        record_published(work, row, attempt, answer)
        reached(Instant.PART_RECORDED if work.pending() else Instant.RECORDED)
        return credentials
    if isinstance(answer, AuthenticationFailed) and not work.refreshed:
        return _publish_again(work, row, attempt, answer)
    if isinstance(answer, NotReady):
        answer = patience(work, row, answer)
    _fail(work, answer, row=row, attempt=attempt)
    return None


def _publish_again(
    work: Work, row: PublishStep, attempt: OpenAttempt, refusal: AuthenticationFailed
) -> Credentials | None:
    """The token was refused: renew it, once, and try the step again."""
    close_attempt(attempt.id, AttemptOutcome.AUTHENTICATION_FAILED, refusal)
    count(work, AttemptOutcome.AUTHENTICATION_FAILED)
    credentials = renew(work)
    if isinstance(credentials, PlatformError):
        _fail(work, credentials, row=row)
        return None
    return _publish_step(work, row, credentials)


def _open(work: Work, row: PublishStep) -> OpenAttempt | None:
    deadline = work.deadline
    if not work.lease.fits(deadline * 2):
        work.lease.renew()
    attempt = open_attempt(row, work.lease, deadline=deadline)
    if attempt is None:
        log.warning("attempt_not_opened", step=str(row.pk))
    return attempt


def _call(
    work: Work, row: PublishStep, attempt: OpenAttempt, credentials: Credentials
) -> Published | PlatformError:
    """The one call that makes the step visible."""
    step = step_for(work, row, payload=attempt.payload)
    checkpoint = checkpoint_for(work, row)
    if not work.lease.fits(work.deadline):
        return Unavailable("The server was busy for too long.", code="lease_too_short")
    return ask(
        lambda: work.strategy.publish(step, credentials, checkpoint), visible=True
    )


def _fail(
    work: Work,
    error: PlatformError,
    *,
    row: PublishStep | None = None,
    attempt: OpenAttempt | None = None,
) -> None:
    """Decide what `error` means and write it down."""
    decision = decide(
        error, tries=work.target.tries, policy=retry_policy(), chance=chance()
    )
    record_failure(work, error, decision, row=row, attempt=attempt)


def retry_policy() -> RetryPolicy:
    """The operator's pauses between tries."""
    return RetryPolicy(settings.RETRY_DELAYS, settings.RETRY_JITTER)
