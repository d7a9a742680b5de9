"""What a worker holds in its hands while it acts on a target."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from social_media.enums import StepKind
from social_media.models import (
    ConnectedAccount,
    Post,
    PostTarget,
    PublishStep,
    ThreadPart,
)
from social_media.models.clock import database_now
from social_media.models.columns import Columns
from social_media.models.encrypted import SecretUnreadable
from social_media.models.slots import uuid_slot
from social_media.models.statements import Reading
from social_media.platforms.base import RemoteRef, Step, Strategy
from social_media.platforms.factory import strategy_for
from social_media.publishing.lease import Lease


@dataclass(slots=True)
class Work:
    """A claimed target with all that belongs to it, read once."""

    target: PostTarget
    lease: Lease
    read_at: datetime  # when its rows were read, by the database's clock
    steps: list[PublishStep] = field(default_factory=list)
    refreshed: bool = False  # the token was renewed for this claim already

    @property
    def account(self) -> ConnectedAccount:
        """The account that the target is for."""
        return self.target.account

    @property
    def post(self) -> Post:
        """The post that the target belongs to."""
        return self.target.post

    @property
    def strategy(self) -> Strategy:
        """The account's network."""
        return strategy_for(self.account.platform)

    @property
    def deadline(self) -> timedelta:
        """How long one call to the network may take in all."""
        return timedelta(seconds=self.strategy.config.deadline)

    def pending(self) -> list[PublishStep]:
        """Steps that do not stand on the network yet, in order."""
        return [
            step for step in self.steps if not step.remote_id and not step.abandoned_at
        ]


def load_work(lease: Lease) -> Work | None:
    """The target under `lease`, None if it was deleted meanwhile."""
    try:
        loaded = _loaded(lease.target_id)
    except SecretUnreadable:  # told by the one that needs the secrets
        loaded = _loaded_without_secrets(lease.target_id)
    if loaded is None:
        return None
    target, read_at, has_steps = loaded
    steps = list(target.steps.all()) if has_steps else []
    return Work(target, lease, read_at=read_at, steps=steps)


Loaded = tuple[PostTarget, datetime, bool]


def _loaded(target_id: uuid.UUID) -> Loaded | None:
    """Target, post and account in one statement; also when it was read by the
    database's clock, and whether there are steps. Raises SecretUnreadable.
    """
    row = _LOAD.first(target=target_id)
    if row is None:
        return None
    *columns, read_at, has_steps, has_thread = row
    target, post, account = _MODELS.made(columns)
    target.post, target.account = post, account
    if not has_thread:
        no_thread = {"thread_parts": _no_thread()}
        target._prefetched_objects_cache = no_thread
        post._prefetched_objects_cache = no_thread
    return target, read_at, has_steps


def _no_thread() -> QuerySet[ThreadPart]:
    """What prefetching leaves where nothing was found: reading it asks nobody."""
    parts = ThreadPart.objects.none()
    parts._result_cache = []
    return parts


def _loaded_without_secrets(target_id: uuid.UUID) -> Loaded | None:
    rows = PostTarget.objects.select_related("post", "account")
    target = rows.defer("account__secrets").filter(pk=target_id).first()
    return None if target is None else (target, database_now(), True)


_MODELS = Columns(PostTarget, "post", "account")


def _load() -> QuerySet[PostTarget, Any]:
    steps = PublishStep.objects.filter(target=OuterRef("pk"))
    thread = ThreadPart.objects.filter(post=OuterRef("post_id"))
    rows = PostTarget.objects.filter(pk=uuid_slot("target")).order_by()
    return rows.values_list(*_MODELS.names, Now(), Exists(steps), Exists(thread))


_LOAD = Reading(_load)


def step_for(
    work: Work,
    row: PublishStep,
    *,
    payload: Mapping[str, Any] | None = None,
    first_sent_at: datetime | None = None,
    known: Iterable[str] = (),
) -> Step:
    """The row as its strategy reads it, with the parts it answers.

    `payload`: what the open attempt holds, where one is about to be sent.
    `first_sent_at` and `known` are for a look-up (see Step).
    """
    return Step(
        key=row.idempotency_key,
        kind=StepKind(row.kind),
        payload=row.payload if payload is None else payload,
        checkpoint=row.checkpoint,
        reply_to=_answered(work, row),
        root=_ref(work.steps[0]) if row.position else None,
        first_sent_at=first_sent_at,
        known=frozenset(known),
    )


def _answered(work: Work, row: PublishStep) -> RemoteRef | None:
    """A thread part answers the part before it, the first comment the post itself."""
    if not row.position:
        return None
    if row.kind == StepKind.FIRST_COMMENT:
        return _ref(work.steps[0])
    return _ref(work.steps[row.position - 1])


def _ref(row: PublishStep) -> RemoteRef:
    return RemoteRef(id=row.remote_id, url=row.remote_url, data=row.remote_data)
