"""What a worker holds in its hands while it acts on a target."""

from __future__ import annotations

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
    PostMedia,
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
from social_media.publishing.uploads import uploads_of


@dataclass(slots=True)
class Work:
    """A claimed target with all that belongs to it, read once."""

    target: PostTarget
    lease: Lease
    read_at: datetime  # when its rows were read, by the database's clock
    threaded: bool = True  # False: the post surely has no thread parts
    illustrated: bool = True  # False: it surely has no media
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
        return _loaded(lease)
    except SecretUnreadable:  # told by the one that needs the secrets
        return _loaded_without_secrets(lease)


def _loaded(lease: Lease) -> Work | None:
    """In one statement, a second one if it has steps. Raises SecretUnreadable."""
    row = _LOAD.first(target=lease.target_id)
    if row is None:
        return None
    *columns, read_at, has_steps, threaded, illustrated = row
    target, post, account = _MODELS.made(columns)
    target.post, target.account = post, account
    steps = list(target.steps.all()) if has_steps else []
    return Work(
        target,
        lease,
        read_at=read_at,
        threaded=threaded,
        illustrated=illustrated,
        steps=steps,
    )


def _loaded_without_secrets(lease: Lease) -> Work | None:
    rows = PostTarget.objects.select_related("post", "account")
    target = rows.defer("account__secrets").filter(pk=lease.target_id).first()
    if target is None:
        return None
    steps = list(target.steps.all())
    return Work(target, lease, read_at=database_now(), steps=steps)


_MODELS = Columns(PostTarget, "post", "account")


def _load() -> QuerySet[PostTarget, Any]:
    steps = PublishStep.objects.filter(target=OuterRef("pk"))
    thread = ThreadPart.objects.filter(post=OuterRef("post_id"))
    media = PostMedia.objects.filter(post=OuterRef("post_id"))
    found = Exists(steps), Exists(thread), Exists(media)
    rows = PostTarget.objects.filter(pk=uuid_slot("target")).order_by()
    return rows.values_list(*_MODELS.names, Now(), *found)


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
    frozen = row.payload if payload is None else payload
    return Step(
        key=row.idempotency_key,
        kind=StepKind(row.kind),
        payload=frozen,
        media=uploads_of(frozen),
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
