"""Everything before the first visible call; all of it may be done again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import QuerySet

from social_media.models import PostTarget, PublishStep
from social_media.models.slots import Slot, uuid_slot
from social_media.models.statements import Copy, Reading
from social_media.oauth.refresh import refreshed_credentials, usable_credentials
from social_media.platforms.base import (
    Checkpoint,
    Credentials,
    Draft,
    Problem,
    Strategy,
)
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    PlatformError,
)
from social_media.posts.draft import draft_of
from social_media.publishing.call import ask, guarded
from social_media.publishing.lease import LeaseLost
from social_media.publishing.work import Work, step_for


def prepare(work: Work) -> Credentials | PlatformError:
    """Usable credentials, frozen steps and finished uploads, or why there are none."""
    credentials = usable_credentials(work.account)
    if isinstance(credentials, PlatformError):
        return credentials
    error = _get_ready(work, credentials)
    if isinstance(error, AuthenticationFailed):
        credentials = renew(work)
        if isinstance(credentials, PlatformError):
            return credentials
        error = _get_ready(work, credentials)
    return error or credentials


def renew(work: Work) -> Credentials | PlatformError:
    """New credentials after the network refused the old ones; once per claim."""
    work.refreshed = True
    return refreshed_credentials(work.account)


def _get_ready(work: Work, credentials: Credentials) -> PlatformError | None:
    error = plan(work, credentials)
    for row in work.pending():
        error = error or _prepare_step(work, row, credentials)
    return error


def plan(work: Work, credentials: Credentials) -> PlatformError | None:
    """Check the draft against the network's limits once more and freeze its steps.

    Steps that exist stay as they are: what was frozen is what is sent. Raises
    LeaseLost.
    """
    if work.steps:
        return None
    draft = draft_of(work.target, threaded=work.threaded)
    strategy = work.strategy
    problems = guarded(lambda: strategy.validate(draft, credentials), visible=False)
    if isinstance(problems, PlatformError) or problems:
        return _refusal(problems)
    steps = guarded(lambda: _steps(work, draft), visible=False)
    if isinstance(steps, PlatformError):
        return steps
    _store(work, steps)
    work.steps = steps
    return None


def _store(work: Work, steps: list[PublishStep]) -> None:
    """All or none, and only while the target is ours: a worker that was overtaken has
    read what a person may have edited since. Raises LeaseLost.

    A single step takes one statement, which checks that itself.
    """
    if len(steps) == 1:
        [step] = steps
        values = {field.attname: getattr(step, field.attname) for field in _FIELDS}
        if _INSERT.run(token=work.lease.token, **values) is None:
            raise LeaseLost
        step._state.adding, step._state.db = False, DEFAULT_DB_ALIAS
        return
    with transaction.atomic():
        if _HELD.first(target_id=work.target.pk, token=work.lease.token) is None:
            raise LeaseLost
        PublishStep.objects.bulk_create(steps)


_FIELDS = PublishStep._meta.concrete_fields


def _held() -> QuerySet[PostTarget, Any]:
    """Locked, so that nobody takes the target over before the steps are stored."""
    held = PostTarget.objects.filter(
        pk=uuid_slot("target_id"), attempt_token=uuid_slot("token")
    )
    return held.order_by().select_for_update(no_key=True).values_list("pk")


def _guarded_step() -> QuerySet[PostTarget, Any]:
    values = [Slot(field.attname, field) for field in _FIELDS]
    return _held().values_list(*values)


_HELD = Reading(_held)
_INSERT = Copy(
    PublishStep,
    [str(field.column) for field in _FIELDS],
    _guarded_step,
    returning=("id",),
)


def _steps(work: Work, draft: Draft) -> list[PublishStep]:
    strategy = work.strategy
    return [
        PublishStep(
            target=work.target,
            position=position,
            kind=part.kind,
            idempotency_key=strategy.make_key(),
            payload=strategy.freeze(part, draft, work.read_at),
        )
        for position, part in enumerate(draft.parts)
    ]


def _refusal(problems: list[Problem] | PlatformError) -> PlatformError:
    if isinstance(problems, PlatformError):
        return problems
    words = " ".join(problem.message for problem in problems)
    return ContentRejected(words, code=problems[0].code)


def _prepare_step(
    work: Work, row: PublishStep, credentials: Credentials
) -> PlatformError | None:
    strategy = work.strategy
    if getattr(strategy.prepare, "__func__", None) is Strategy.prepare:
        return None  # nothing to do: the connection stays in hand
    step = step_for(work, row)
    checkpoint = checkpoint_for(work, row)
    work.lease.keep()  # the sign-in or another part may have taken a while
    return ask(lambda: strategy.prepare(step, credentials, checkpoint), visible=False)


def checkpoint_for(work: Work, row: PublishStep) -> Checkpoint:
    """Saves what a strategy learns about `row`, and renews the lease with it."""

    def save(learnt: Mapping[str, Any]) -> None:
        work.lease.renew()
        row.checkpoint = {**row.checkpoint, **learnt}
        row.save(update_fields=("checkpoint",))

    return save
