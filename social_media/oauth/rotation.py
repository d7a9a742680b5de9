"""Moves stored secrets to the newest key while everything goes on running."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast

from social_media.models import ConnectedAccount
from social_media.models.encrypted import SecretUnreadable, rotated


@dataclass(slots=True)
class Progress:
    """How far a rotation has come. `unreadable`: accounts that no key fits."""

    total: int
    seen: int = 0
    rewritten: int = 0
    unreadable: list[uuid.UUID] = field(default_factory=list)


def rotate(*, batch: int) -> Iterator[Progress]:
    """Rewrite what an older key wrote; tell the progress after each `batch` rows.

    Every row is written by itself and on condition that nobody else wrote it
    meanwhile, so a token that is refreshed right now is never lost. It may be
    stopped at any moment: what is done stays done and is skipped the next time.
    """
    progress = Progress(total=_stored().count())
    rows = list(_stored().order_by("pk")[:batch])
    while rows:
        for pk, stored in rows:
            _rotate_one(pk, stored, progress)
        progress.seen += len(rows)
        yield progress
        rows = list(_stored().filter(pk__gt=rows[-1][0]).order_by("pk")[:batch])


def _stored() -> QuerySet[Any, tuple[uuid.UUID, str]]:
    """Ids and ciphertexts: nothing is decrypted on the way."""
    return (
        ConnectedAccount.objects.filter(secrets__isnull=False)
        .annotate(stored=Cast("secrets", TextField()))
        .values_list("pk", "stored")
    )


def _rotate_one(pk: uuid.UUID, stored: str | None, progress: Progress) -> None:
    while stored is not None:
        try:
            fresh = rotated(stored)
        except SecretUnreadable:
            progress.unreadable.append(pk)
            return
        if fresh == stored:
            return
        if _stored().filter(pk=pk, stored=stored).update(secrets=_as_it_is(fresh)):
            progress.rewritten += 1
            return
        # Someone wrote it meanwhile, perhaps a process that has only the older keys.
        stored = dict(_stored().filter(pk=pk)).get(pk)


def _as_it_is(ciphertext: str) -> Value:
    """Stored without being encrypted once more."""
    return Value(ciphertext, output_field=TextField())
