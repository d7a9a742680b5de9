"""Frozen payloads: which targets may get new ones."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from social_media.enums import AttemptOutcome
from social_media.models import PostTarget, PublishAttempt, PublishStep

#: After one of these it is known whether an earlier try of the step is live.
_SETTLING = (
    AttemptOutcome.ABSENT,
    AttemptOutcome.ADOPTED,
    AttemptOutcome.POSTED,
    AttemptOutcome.RESOLVED,
)


def published_targets(targets: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of which a part stands on the network."""
    steps = PublishStep.objects.filter(target__in=targets).exclude(remote_id="")
    return set(steps.values_list("target_id", flat=True))


def doubtful_targets(targets: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of which a part may stand on the network: an answer is missing.

    An attempt is open, or was closed because the same call may be repeated with its
    key and nothing has shown since whether it had arrived.
    """
    settled = PublishAttempt.objects.filter(
        step=OuterRef("step"),
        opened_at__gte=OuterRef("opened_at"),
        outcome__in=_SETTLING,
    )
    unanswered = Q(outcome="") | Q(outcome=AttemptOutcome.REPEATABLE)
    tries = PublishAttempt.objects.filter(
        unanswered,
        ~Exists(settled),
        target__in=targets,
        step__isnull=False,
        step__remote_id="",
    )
    return set(tries.values_list("target_id", flat=True))


def discard_unsent(targets: Iterable[uuid.UUID]) -> None:
    """Forget the steps of targets that surely have nothing on the network.

    They are frozen anew, with new keys, when the target is published; the ledger
    keeps its rows, the target the handles of uploads. A target with a published or
    doubtful part keeps all its steps.
    """
    steps = PublishStep.objects.filter(target__in=set(targets))
    frozen = set(steps.values_list("target_id", flat=True))
    if frozen:  # most have never been tried
        kept = published_targets(frozen) | doubtful_targets(frozen)
        thrown = PublishStep.objects.filter(target__in=frozen - kept)
        _keep_uploads(thrown)
        thrown.delete()


def _keep_uploads(steps: QuerySet[PublishStep]) -> None:
    """What the network holds of these steps is not uploaded again for the next ones."""
    kept: dict[uuid.UUID, dict[str, Any]] = {}
    rows = steps.filter(checkpoint__has_key="uploads")
    for target_id, position, checkpoint in rows.values_list(
        "target_id", "position", "checkpoint"
    ):
        kept.setdefault(target_id, {})[str(position)] = checkpoint["uploads"]
    for target_id, uploads in kept.items():
        PostTarget.objects.filter(pk=target_id).update(uploads=uploads)
