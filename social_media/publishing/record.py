"""Writing down what a network answered: short transactions, tried until they hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    Instant,
    StepKind,
    TargetStatus,
)
from social_media.failpoints import reached
from social_media.models import (
    ConnectedAccount,
    PostTarget,
    PublishStep,
)
from social_media.models.clock import from_now
from social_media.models.connection import insist
from social_media.models.slots import json_slot, text_slot, uuid_slot
from social_media.models.statements import Change, Update, changing
from social_media.models.target_queries import PostTargets
from social_media.platforms.base import Published
from social_media.platforms.errors import PlatformError
from social_media.posts.derive import lock_post, store_status
from social_media.posts.steps import doubtful_targets
from social_media.publishing import attempt as ledger
from social_media.publishing import tell_apart
from social_media.publishing.attempt import OpenAttempt
from social_media.publishing.decide import Decision
from social_media.publishing.late import settle_late
from social_media.publishing.lease import LeaseLost
from social_media.publishing.tell import count, log_doubt, tell, words_for
from social_media.publishing.work import Work

T = TypeVar("T")


def record_published(
    work: Work, row: PublishStep, attempt: OpenAttempt, answer: Published
) -> None:
    """The step stands on the network. Raises LeaseLost if it is no longer our target.

    Attempt and remote id are written even then: a success that comes late is still
    the truth. The last step settles the target.
    """
    row.remote_id, row.remote_url = answer.ref.id, answer.ref.url
    row.remote_data = dict(answer.ref.data)
    last = not work.pending()
    held = insist_on(work, lambda: _write_published(work, row, attempt, last=last))
    count(work, AttemptOutcome.POSTED, first=row.position == 0)
    if not held:
        raise LeaseLost


def record_complete(work: Work) -> None:
    """Nothing is left to publish (a late answer filled the last gap). LeaseLost."""

    def write() -> bool:
        with transaction.atomic():
            lock_post(work.target.post_id)
            return settle_posted(work, of=TargetStatus.POSTING)

    if not insist_on(work, write):
        raise LeaseLost


def record_doubt(work: Work, row: PublishStep) -> None:
    """The network has forgotten the key under which the step could be repeated: the
    lost answer is in doubt again, and looked for before anything is sent. LeaseLost.
    """

    def write() -> bool:
        with transaction.atomic():
            lock_post(work.target.post_id)
            if not hold_still(work):
                return False
            if ledger.reopen(row):
                return _doubt_again(work)
            PublishStep.objects.filter(pk=row.pk).update(repeat_until=None)
            again = ours(work).move(
                TargetStatus.SCHEDULED, of={TargetStatus.POSTING}, **released()
            )
            store_status(work.target.post_id)
            return bool(again)

    if not insist_on(work, write):
        raise LeaseLost


def _doubt_again(work: Work) -> bool:
    moved = ours(work).move(
        TargetStatus.RECONCILING,
        of={TargetStatus.POSTING},
        due_at=Now(),
        unknown_since=since_first_doubt(),
        **released(),
    )
    store_status(work.target.post_id)
    return bool(moved)


def _write_published(
    work: Work, row: PublishStep, attempt: OpenAttempt, *, last: bool
) -> bool:
    with transaction.atomic():
        lock_post(work.target.post_id)
        ledger.close_published(attempt.id, row.remote_id)
        news = adopt(row)
        if last:
            held = settle_posted(work, of=TargetStatus.POSTING)
        else:
            link = work.steps[0].remote_url
            changes = {"late_after": None, "remote_url": link, "unknown_since": None}
            held = bool(ours(work).update(**changes, **_renewed()))
            store_status(work.target.post_id)
        if news and not held:
            _late_success(work, row)
        reached(Instant.RECORD_BEFORE_COMMIT)
        return held


def _late_success(work: Work, row: PublishStep) -> None:
    """The answer came after the target was taken over. Raises LeaseLost, which undoes
    the record, if a look-up took the post for another target's meanwhile: this one's
    own look-up knows that then, and sends its words again.
    """
    tell_apart.lock_accounts(work)
    if tell_apart.taken(work, row):
        raise LeaseLost
    settle_late(work)


def adopt(row: PublishStep) -> bool:
    """Store the step's remote id where there is none yet; whether there was none."""
    changed = _ADOPT.run(
        step=row.pk, id=row.remote_id, url=row.remote_url, data=row.remote_data
    )
    return bool(changed)


_ADOPT = Change(
    lambda: changing(
        PublishStep.objects.unpublished().filter(pk=uuid_slot("step")),
        remote_id=text_slot("id"),
        remote_url=text_slot("url"),
        remote_data=json_slot("data"),
        published_at=Now(),
    )
)


def settle_posted(work: Work, *, of: TargetStatus, note: str = "") -> bool:
    """Everything stands: the target is `posted`, its owner told. Post row locked."""
    target, root = work.target, work.steps[0]
    moved = _SETTLE[of].run(
        target=target.pk,
        token=work.lease.token,
        url=root.remote_url,
        code="first_comment" if note else "",
        note=note[:1000],
    )
    if moved:
        store_status(target.post_id)
        tell(work, ActivityAction.TARGET_POSTED, note, url=root.remote_url)
    return bool(moved)


def _settling(of: TargetStatus) -> Update:
    ours = PostTarget.objects.filter(
        pk=uuid_slot("target"), attempt_token=uuid_slot("token")
    )
    return ours.moving(
        TargetStatus.POSTED,
        of={of},
        posted_at=Now(),
        unknown_since=None,
        remote_url=text_slot("url"),
        error_code=text_slot("code"),
        error_message=text_slot("note"),
        **released(),
    )


_SETTLE = {
    of: Change(partial(_settling, of))
    for of in (TargetStatus.POSTING, TargetStatus.RECONCILING)
}


def record_failure(
    work: Work,
    error: PlatformError,
    decision: Decision,
    *,
    row: PublishStep | None = None,
    attempt: OpenAttempt | None = None,
) -> None:
    """The try ended without a post: write what was decided.

    Without an attempt nothing was sent. LeaseLost if the target is no longer ours;
    the attempt is closed even then.
    """
    held = insist_on(work, lambda: _write_failure(work, error, decision, row, attempt))
    if attempt is not None and decision.outcome is not None:
        count(work, decision.outcome)
    elif attempt is not None:
        log_doubt(work, error)
    if not held:
        raise LeaseLost


def _write_failure(
    work: Work,
    error: PlatformError,
    decision: Decision,
    row: PublishStep | None,
    attempt: OpenAttempt | None,
) -> bool:
    with transaction.atomic():
        lock_post(work.target.post_id)
        if attempt is not None:
            _write_attempt(attempt, error, decision)
        if not hold_still(work):
            return False
        failed = decision.status == TargetStatus.FAILED
        if failed and doubtful_targets({work.target.pk}):
            # An earlier try may be live: that is settled before anything is final.
            for step in work.pending():
                ledger.reopen(step)
            return _doubt_again(work)
        if failed and only_comment_is_missing(work):
            return give_up_comment(work, error.message, of=TargetStatus.POSTING)
        moved = ours(work).move(
            decision.status,
            of={TargetStatus.POSTING},
            error_code=error.code[:60],
            error_message=words_for(work, error, row)[:1000],
            **_timing(work, decision),
            **released(),
        )
        if moved:
            news = hold_account_back(work, error, decision)
            store_status(work.target.post_id)
            if news and decision.activity is not None:
                tell(work, decision.activity, error.message, code=error.code)
        return bool(moved)


def _write_attempt(
    attempt: OpenAttempt, error: PlatformError, decision: Decision
) -> None:
    if decision.outcome is None:
        ledger.leave_open(attempt.id, error)
    else:
        ledger.close_attempt(attempt.id, decision.outcome, error)


def _timing(work: Work, decision: Decision) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if decision.costs_try:
        changes["tries"] = F("tries") + 1
    if decision.status == TargetStatus.RECONCILING:
        deadline_and_settle = work.strategy.config.settle + work.deadline
        changes["due_at"] = from_now(deadline_and_settle)
        changes["unknown_since"] = since_first_doubt()
    elif decision.after is not None:
        changes["due_at"] = from_now(decision.after)
    elif decision.at is not None:
        changes["due_at"] = decision.at
    return changes


def only_comment_is_missing(work: Work) -> bool:
    """Whether the post and its thread stand and only the first comment does not."""
    pending = work.pending()
    return (
        len(pending) == 1
        and pending[0].kind == StepKind.FIRST_COMMENT
        and len(work.steps) > 1
    )


def give_up_comment(work: Work, why: str, *, of: TargetStatus) -> bool:
    """A first comment that can't be made never fails a post that is out."""
    PublishStep.objects.filter(pk=work.pending()[0].pk).update(abandoned_at=Now())
    note = f"The post is out. Its first comment: {why}"
    return settle_posted(work, of=of, note=note)


def hold_account_back(work: Work, error: PlatformError, decision: Decision) -> bool:
    """Let the account's other posts wait too, where the error is the account's.

    False if that was so before: its owner has been told.
    """
    rows = ConnectedAccount.objects.filter(pk=work.account.pk)
    if decision.account_blocked_until is not None:
        rows.update(blocked_until=decision.account_blocked_until)
    if decision.account_status is not None:
        # Not if it was connected again meanwhile: the refusal was of the old tokens.
        same = rows.filter(
            status=AccountStatus.ACTIVE, checked_at=work.account.checked_at
        )
        changes = {
            "status": decision.account_status,
            "status_reason": error.message[:500],
        }
        return bool(same.update(**changes))
    return True


def since_first_doubt() -> Coalesce:
    """Repeating a call that may be repeated doesn't start the waiting over."""
    return Coalesce("unknown_since", Now())


def released() -> dict[str, Any]:
    """Column changes that let go of a target."""
    return {"attempt_token": None, "lease_expires_at": None, "queued_at": None}


def _renewed() -> dict[str, Any]:
    return {"lease_expires_at": from_now(settings.LEASE)}


def ours(work: Work) -> PostTargets:
    """The target's row, as long as this worker holds it."""
    return PostTarget.objects.filter(pk=work.target.pk, attempt_token=work.lease.token)


def hold_still(work: Work) -> bool:
    """Lock the target's row if it is still this worker's. The post row is locked."""
    held = ours(work).select_for_update(no_key=True).values_list("pk", flat=True)
    return held.first() is not None


def insist_on(work: Work, write: Callable[[], T]) -> T:
    """Run a transaction again until it holds or the lease ends; never the call."""
    return insist(write, within=work.lease.left())
