"""Queries over targets, and the only way their status moves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now

from social_media.enums import TRANSITIONS, TargetStatus
from social_media.models.account import ConnectedAccount
from social_media.models.clock import from_now
from social_media.models.statements import Update, changing

if TYPE_CHECKING:
    from social_media.models.target import PostTarget  # noqa: F401 - named in quotes


class IllegalMove(Exception):
    """A status change that the table of moves doesn't have: a bug, never data."""


class PostTargets(models.QuerySet["PostTarget"]):
    """Queries over targets, and `move`, which alone changes a status."""

    def move(
        self, to: TargetStatus, *, of: Iterable[TargetStatus], **changes: Any
    ) -> int:
        """Move all rows that stand in one of `of`; answer how many moved.

        The update itself checks the status, so of two that race one moves the row.
        Conditions on other tables must be subqueries (`Exists`), never joins: with a
        join PostgreSQL doesn't check the row again after waiting for its lock.
        Raises IllegalMove unless the table of moves has every pair.
        """
        rows = self._standing(of, to=to)
        return rows.update(status=to, updated_at=Now(), **changes)

    def moving(
        self, to: TargetStatus, *, of: Iterable[TargetStatus], **changes: Any
    ) -> Update:
        """The statement of `move`, not run: for a Change with slots."""
        rows = self._standing(of, to=to)
        return changing(rows, status=to, updated_at=Now(), **changes)

    def _standing(self, of: Iterable[TargetStatus], *, to: TargetStatus) -> PostTargets:
        sources = set(of)
        illegal = {source for source in sources if to not in TRANSITIONS[source]}
        if illegal or not sources:
            raise IllegalMove(f"{sorted(illegal)} -> {to}")
        return self.filter(status__in=sources)

    def due(self) -> PostTargets:
        """Scheduled and due by the database's clock, and nobody uploads for it."""
        return self._due().unattended()

    def _due(self) -> PostTargets:
        return self.filter(status=TargetStatus.SCHEDULED, due_at__lte=Now())

    def unattended(self) -> PostTargets:
        """For which nobody uploads ahead of its time right now."""
        return self.filter(Q(preparing_until=None) | Q(preparing_until__lte=Now()))

    def to_prepare(self) -> PostTargets:
        """Due later, with something to upload now; longest waiting first."""
        rows = self.filter(
            status=TargetStatus.SCHEDULED, prepare_at__lte=Now(), due_at__gt=Now()
        )
        return rows.unattended().account_ready().order_by("prepare_at", "pk")

    def to_preflight(self) -> PostTargets:
        """To be checked ahead of their time now; longest waiting first."""
        rows = self.filter(status=TargetStatus.SCHEDULED, preflight_at__lte=Now())
        return rows.order_by("preflight_at", "pk")

    def due_anywhere(self) -> PostTargets:
        """`due`, for a statement that is about all accounts; with the few that are
        uploaded for, which it would have to read each row to leave out.

        The lower bound leaves nothing out, it tells PostgreSQL that little is due. By
        the column alone it expects nearly all of them: most targets that there ever
        were have a due time in the past. It would read every scheduled one.
        """
        scheduled = self.model.objects.filter(status=TargetStatus.SCHEDULED)
        oldest = scheduled.order_by("due_at").values("due_at")[:1]
        return self._due().filter(due_at__gte=Subquery(oldest))

    def account_ready(self) -> PostTargets:
        """Whose account lets posts leave now."""
        ready = ConnectedAccount.objects.ready().filter(pk=OuterRef("account_id"))
        return self.filter(Exists(ready))

    def account_not_held(self) -> PostTargets:
        """`account_ready`, for a statement that is about all accounts: it reads the
        accounts that are held back instead of every due target's.

        Never NOT IN: past some 200,000 of them PostgreSQL reads them all per target.
        """
        held = ConnectedAccount.objects.held_back().filter(pk=OuterRef("account_id"))
        return self.filter(~Exists(held))

    def in_time(self) -> PostTargets:
        """Not too late by their post's late policy."""
        return self.filter(Q(late_after=None) | Q(late_after__gt=Now()))

    def stale(self, age: timedelta) -> PostTargets:
        """Queued for so long that their bell must be lost."""
        return self.filter(status=TargetStatus.QUEUED, queued_at__lte=from_now(-age))

    def hold(self, token: uuid.UUID, lease: timedelta) -> int:
        """Take the lease of rows that nobody holds; answer how many were taken."""
        free = Q(lease_expires_at=None) | Q(lease_expires_at__lte=Now())
        return self.filter(free).update(
            attempt_token=token, lease_expires_at=from_now(lease)
        )

    def lease_expired(self) -> PostTargets:
        """Whose worker must be gone."""
        return self.filter(status=TargetStatus.POSTING, lease_expires_at__lte=Now())
