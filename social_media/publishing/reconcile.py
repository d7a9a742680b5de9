"""Finding out what became of a call whose answer was lost."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.db.models.functions import Now

from social_media.enums import AccountStatus, AttemptOutcome, Instant, TargetStatus
from social_media.failpoints import reached
from social_media.models import (
    ConnectedAccount,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.models.clock import database_now, from_now
from social_media.platforms.base import Published
from social_media.posts.derive import lock_post, store_status
from social_media.publishing import attempt as ledger
from social_media.publishing import record, tell_apart
from social_media.publishing.doubt import Doubt, Verdict, judge
from social_media.publishing.late import settle_late
from social_media.publishing.lease import Lease, LeaseLost
from social_media.publishing.look_up import look_up
from social_media.publishing.retry import chance
from social_media.publishing.run import retry_policy
from social_media.publishing.tell import count, tell, words_for
from social_media.publishing.work import Work, load_work

log = structlog.get_logger(__name__)

#: Look-ups wait for networks that fail: never in more than half of the slots.
SHARE_OF_QUEUED = 8  # MAX_QUEUED is four times the slots of all workers
COMMENT_UNSURE = "it could not be found out whether it is there. Look at the account."


def due_look_ups() -> list[uuid.UUID]:
    """Targets in doubt whose look-up is due; each is named once per stale age.

    A paused account is looked at all the same: that publishes nothing. Those of
    accounts without a sign-in wait, until it was waited long enough. Never more than
    a share of MAX_QUEUED are rung and unanswered.
    """
    usable = ConnectedAccount.objects.filter(
        pk=OuterRef("account_id"),
        status__in=(AccountStatus.ACTIVE, AccountStatus.PAUSED),
    )
    waited = Q(unknown_since__lte=from_now(-settings.RECONCILE_GIVE_UP_AFTER))
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=Now())
    due = PostTarget.objects.filter(
        free,
        Exists(usable) | waited,
        status=TargetStatus.RECONCILING,
        due_at__lte=Now(),
    ).order_by("due_at")
    with transaction.atomic():
        rows = due.select_for_update(skip_locked=True).values_list("pk", flat=True)
        found = list(rows[: _room()])
        # A lost bell is rung again when it would be stale.
        PostTarget.objects.filter(pk__in=found).update(
            queued_at=Now(), due_at=from_now(settings.BELL_STALE_AFTER)
        )
    return found


def _room() -> int:
    """How many more may be rung now."""
    fresh = Q(due_at__gt=Now(), due_at__lte=from_now(settings.BELL_STALE_AFTER))
    rung = PostTarget.objects.filter(
        fresh | Q(lease_expires_at__gt=Now()),
        status=TargetStatus.RECONCILING,
        queued_at__isnull=False,
    )
    most: int = max(1, settings.MAX_QUEUED // SHARE_OF_QUEUED)
    return max(0, most - rung.count())


def reconcile(target_id: uuid.UUID) -> None:
    """Look for a target in doubt on its network and settle what can be settled.

    Nothing is asked unless that is due, or its bell was rung and none was answered
    since: of bells that piled up the first one counts.
    """
    lease = Lease(target_id, uuid.uuid4(), Lease.clock())
    row = PostTarget.objects.filter(
        Q(due_at__lte=Now()) | Q(queued_at__isnull=False),
        pk=target_id,
        status=TargetStatus.RECONCILING,
    )
    if not row.hold(lease.token, settings.LEASE):
        return
    try:
        _reconcile(lease)
    except LeaseLost:
        log.warning("lease_lost", target=str(target_id))


def _reconcile(lease: Lease) -> None:
    work = load_work(lease)
    if work is None:
        return
    attempt = PublishAttempt.objects.open().filter(target_id=lease.target_id).first()
    step = _step_of(work, attempt)
    if attempt is None or step is None:
        record.insist_on(work, lambda: _go_on(work))
        return
    _settle(work, step, attempt)


def _step_of(work: Work, attempt: PublishAttempt | None) -> PublishStep | None:
    wanted = attempt.step_id if attempt else None
    return next((row for row in work.steps if row.pk == wanted), None)


def _settle(work: Work, row: PublishStep, attempt: PublishAttempt) -> None:
    first_sent = row.attempts.aggregate(first=Min("opened_at"))["first"]
    reached(Instant.LOOK_UP_HELD)
    answer, keeps_key = look_up(work, row, first_sent)
    reached(Instant.LOOKED_UP)
    if isinstance(answer, Published):
        found = answer
        if record.insist_on(work, lambda: _adopt(work, row, attempt, found)):
            return
        # With its key the same call tells which one is ours.
        answer = tell_apart.LOOK_AGAIN if keeps_key is None else tell_apart.ASK_BY_KEY
    row.repeat_until = keeps_key.until if keeps_key else None
    doubt = _doubt(work, attempt, repeatable=keeps_key is not None)
    verdict = judge(answer, doubt, policy=retry_policy(), chance=chance())
    record.insist_on(work, lambda: _write(work, row, attempt, verdict))


def _doubt(work: Work, attempt: PublishAttempt, *, repeatable: bool) -> Doubt:
    now, since = database_now(), work.target.unknown_since
    return Doubt(
        now=now,
        believable_at=attempt.give_up_at + work.strategy.config.settle,
        repeatable=repeatable,
        over=since is not None and now - since > settings.RECONCILE_GIVE_UP_AFTER,
        paused=work.account.status == AccountStatus.PAUSED,
        tries=work.target.tries,
        error_code=attempt.error_code,
    )


def _adopt(
    work: Work, row: PublishStep, attempt: PublishAttempt, found: Published
) -> bool:
    """It is there: take its id and link over. False if it may be another post's."""
    with transaction.atomic():
        lock_post(work.target.post_id)
        tell_apart.lock_accounts(work)
        if tell_apart.may_be_anothers(work, row, found.ref.id):
            return False
        row.remote_id, row.remote_url = found.ref.id, found.ref.url
        row.remote_data = dict(found.ref.data)
        ledger.close_attempt(attempt.pk, AttemptOutcome.ADOPTED)
        PublishAttempt.objects.filter(pk=attempt.pk).update(remote_id=row.remote_id)
        news = record.adopt(row)
        if not _resume(work) and news:
            settle_late(work)
    count(work, AttemptOutcome.ADOPTED, first=row.position == 0)
    return True


def _go_on(work: Work) -> None:
    """Nothing is in doubt any more: a late answer closed the attempt."""
    with transaction.atomic():
        lock_post(work.target.post_id)
        _resume(work)


def _resume(work: Work) -> bool:
    """Posted if all stands, else scheduled for the rest; whether it was still ours to
    move. The post row is locked.
    """
    if work.steps and not work.pending():
        return record.settle_posted(work, of=TargetStatus.RECONCILING)
    changes: dict[str, Any] = {"due_at": Now(), "unknown_since": None}
    if any(step.remote_id for step in work.steps):
        changes["late_after"] = None  # a thread that has begun is finished
    moved = record.ours(work).move(
        TargetStatus.SCHEDULED,
        of={TargetStatus.RECONCILING},
        **changes,
        **record.released(),
    )
    store_status(work.target.post_id)
    return bool(moved)


def _write(
    work: Work, row: PublishStep, attempt: PublishAttempt, verdict: Verdict
) -> None:
    decision, error = verdict.decision, verdict.error
    with transaction.atomic():
        lock_post(work.target.post_id)
        if not record.hold_still(work):
            return  # another look-up's verdict counts: this one writes nothing
        if not PublishAttempt.objects.open().filter(pk=attempt.pk).exists():
            # The call's own answer came during the look-up.
            work.steps = list(work.target.steps.order_by("position"))
            _resume(work)
            return
        if decision.outcome is not None:
            ledger.close_attempt(attempt.pk, decision.outcome)
            _limit_repeats(row, decision.outcome)
        ended = decision.status in {TargetStatus.FAILED, TargetStatus.UNCONFIRMED}
        if ended and record.only_comment_is_missing(work):
            unsure = decision.status == TargetStatus.UNCONFIRMED
            words = COMMENT_UNSURE if unsure else error.message
            record.give_up_comment(work, words, of=TargetStatus.RECONCILING)
            return
        _move(work, row, verdict)
        news = record.hold_account_back(work, error, decision)
        store_status(work.target.post_id)
        if news and decision.activity is not None:
            tell(work, decision.activity, error.message, code=error.code)


def _limit_repeats(row: PublishStep, outcome: AttemptOutcome) -> None:
    """The send that follows may come much later: it must know how long it is safe."""
    until = row.repeat_until if outcome == AttemptOutcome.REPEATABLE else None
    PublishStep.objects.filter(pk=row.pk).update(repeat_until=until)


def _move(work: Work, row: PublishStep, verdict: Verdict) -> None:
    decision, error = verdict.decision, verdict.error
    changes: dict[str, Any] = {
        "error_code": error.code[:60],
        "error_message": words_for(work, error, row)[:1000],
        **record.released(),
    }
    if decision.costs_try:
        changes["tries"] = F("tries") + 1
    if decision.after is not None:
        changes["due_at"] = from_now(decision.after)
    if decision.at is not None:
        changes["due_at"] = decision.at
    if decision.outcome == AttemptOutcome.REPEATABLE:
        changes["late_after"] = None  # it may be live: not called off for lateness
    elif decision.status != TargetStatus.RECONCILING:
        changes["unknown_since"] = None
    if decision.status == TargetStatus.RECONCILING:
        record.ours(work).update(**changes)
        return
    record.ours(work).move(decision.status, of={TargetStatus.RECONCILING}, **changes)
