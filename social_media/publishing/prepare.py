"""Everything before the first visible call; all of it may be done again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import QuerySet

from social_media.enums import Instant
from social_media.failpoints import reached
from social_media.models import PostTarget, PublishStep
from social_media.models.connection import release_connection
from social_media.models.slots import Slot, uuid_slot
from social_media.models.statements import Copy
from social_media.oauth.refresh import refreshed_credentials, usable_credentials
from social_media.platforms.base import (
    Checkpoint,
    Credentials,
    Draft,
    Part,
    Problem,
)
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    NotReady,
    PlatformError,
)
from social_media.posts.draft import draft_of
from social_media.publishing.call import ask, guarded
from social_media.publishing.lease import Lease, LeaseLost
from social_media.publishing.uploads import as_sent, documents
from social_media.publishing.work import Work, step_for

#: In a checkpoint: when the network first said that it still processes the uploads.
_SINCE = "processing_since"


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
    """All parts are begun, also while the network still processes an earlier one."""
    if error := plan(work, credentials):
        return error
    waits: list[NotReady] = []
    for row in work.pending():
        error = _prepare_step(work, row, credentials)
        if isinstance(error, NotReady):
            waits.append(error)
        elif error is not None:
            return error
    return max(waits, key=lambda wait: wait.check_at, default=None)


def plan(work: Work, credentials: Credentials) -> PlatformError | None:
    """Check the draft against the network's limits once more and freeze its steps.

    Steps that exist stay as they are: what was frozen is what is sent. Raises
    LeaseLost.
    """
    if work.steps:
        return None
    draft = draft_of(work.target, threaded=work.threaded, illustrated=work.illustrated)
    strategy = work.strategy
    problems = guarded(lambda: strategy.validate(draft, credentials), visible=False)
    if isinstance(problems, PlatformError) or problems:
        return _refusal(problems)
    steps = guarded(lambda: _steps(work, draft, credentials), visible=False)
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
    if len(steps) == 1 and type(work.lease) is Lease:
        [step] = steps
        values = {field.attname: getattr(step, field.attname) for field in _FIELDS}
        if _INSERT.run(token=work.lease.token, **values) is None:
            raise LeaseLost
        step._state.adding, step._state.db = False, DEFAULT_DB_ALIAS
        return
    with transaction.atomic():
        # Locked, so that nobody takes the target over before the steps are stored.
        held = work.lease.held().select_for_update(no_key=True).values_list("pk")
        if not held:
            raise LeaseLost
        PublishStep.objects.bulk_create(steps)


_FIELDS = PublishStep._meta.concrete_fields


def _guarded_step() -> QuerySet[PostTarget, Any]:
    values = [Slot(field.attname, field) for field in _FIELDS]
    held = PostTarget.objects.filter(
        pk=uuid_slot("target_id"), attempt_token=uuid_slot("token")
    )
    return held.order_by().select_for_update(no_key=True).values_list(*values)


_INSERT = Copy(
    PublishStep,
    [str(field.column) for field in _FIELDS],
    _guarded_step,
    returning=("id",),
)


def _steps(work: Work, draft: Draft, credentials: Credentials) -> list[PublishStep]:
    """Raises NotReady or ContentRejected for media that are not, or never, ready."""
    strategy = work.strategy
    if work.illustrated:
        draft = as_sent(draft, strategy.capabilities(credentials).media)
    kept = work.target.uploads or {}
    return [
        PublishStep(
            target=work.target,
            position=position,
            kind=part.kind,
            idempotency_key=strategy.make_key(),
            payload=_payload(work, part, draft),
            checkpoint={"uploads": kept[str(position)]}
            if str(position) in kept
            else {},
        )
        for position, part in enumerate(draft.parts)
    ]


def _payload(work: Work, part: Part, draft: Draft) -> dict[str, Any]:
    """Frozen as of when it is to appear: uploads may come long before."""
    appears = max(work.read_at, work.target.due_at or work.read_at)
    payload = work.strategy.freeze(part, draft, appears)
    return payload | {"media": documents(part.media)} if part.media else payload


def _refusal(problems: list[Problem] | PlatformError) -> PlatformError:
    if isinstance(problems, PlatformError):
        return problems
    words = " ".join(problem.message for problem in problems)
    return ContentRejected(words, code=problems[0].code)


def _prepare_step(
    work: Work, row: PublishStep, credentials: Credentials
) -> PlatformError | None:
    strategy = work.strategy
    step = step_for(work, row)
    if not strategy.has_to_prepare(step):
        return None  # nothing to do: the connection stays in hand
    checkpoint = checkpoint_for(work, row)
    work.lease.keep()  # the sign-in or another part may have taken a while
    error = ask(lambda: strategy.prepare(step, credentials, checkpoint), visible=False)
    return patience(work, row, error) if isinstance(error, NotReady) else error


def patience(work: Work, row: PublishStep, error: NotReady) -> PlatformError:
    """`error`, or ContentRejected for what the network has processed for too long.

    Counted from the first time it said so of these uploads. They are forgotten then: a
    retry makes others.
    """
    since = row.checkpoint.get(_SINCE)
    if since is None:
        checkpoint_for(work, row)({_SINCE: work.read_at.isoformat()})
        return error
    waited = work.read_at - datetime.fromisoformat(since)
    if waited < settings.PROCESSING_GIVE_UP_AFTER:
        return error
    checkpoint_for(work, row)({"uploads": {}})
    words = (
        "The network did not finish processing the media. Retry to upload them anew."
    )
    return ContentRejected(words, code="processing_timeout")


def checkpoint_for(work: Work, row: PublishStep) -> Checkpoint:
    """Saves what a strategy learns about `row`, and keeps the lease with it."""

    def save(learnt: Mapping[str, Any]) -> None:
        if not learnt:
            work.lease.keep()
            release_connection()  # a long upload goes on
            return
        uploaded = "uploads" in learnt
        if uploaded:
            reached(Instant.UPLOADED)
        work.lease.renew()
        row.checkpoint = _merged(row.checkpoint, learnt)
        steps = PublishStep.objects.filter(pk=row.pk)
        if not steps.update(checkpoint=row.checkpoint):
            raise LeaseLost  # the post was changed meanwhile
        release_connection()
        if uploaded:
            reached(Instant.UPLOAD_SAVED)

    return save


def _merged(checkpoint: Mapping[str, Any], learnt: Mapping[str, Any]) -> dict[str, Any]:
    """Other uploads are processed from the beginning."""
    merged = {**checkpoint, **learnt}
    known = checkpoint.get("uploads", {}).keys()
    if "uploads" in learnt and learnt["uploads"].keys() != known:
        merged.pop(_SINCE, None)
    return merged
