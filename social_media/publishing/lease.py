"""How long this worker may still act on a target."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

from django.conf import settings

from social_media.enums import TargetStatus
from social_media.models import PostTarget
from social_media.models.clock import from_now
from social_media.models.target_queries import PostTargets

# A clock that goes on while the machine is suspended, where there is one.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class LeaseLost(Exception):
    """Another process has taken the target over: stop at once, write nothing to it."""


class Lease:
    """A worker's hold on one row, measured on this machine to be on the safe side.

    The database decides who holds it; the local measure starts before the statement
    that took or renewed it, so it never says more than the database would.
    """

    def __init__(self, target_id: uuid.UUID, token: uuid.UUID, began: float) -> None:
        self.target_id = target_id
        self.token = token
        self._began = began

    @staticmethod
    def clock() -> float:
        """Seconds on a clock that counts suspend."""
        return time.clock_gettime(_CLOCK)

    def left(self) -> timedelta:
        """What is left of it, at least."""
        spent: float = self.clock() - self._began
        left: timedelta = settings.LEASE - timedelta(seconds=spent)
        return left

    def fits(self, duration: timedelta) -> bool:
        """Whether a call of at most `duration` ends before the lease does."""
        return self.left() >= duration

    def keep(self) -> None:
        """Renew it once a good part is gone. Raises LeaseLost."""
        if not self.fits(settings.LEASE * 3 / 4):
            self.renew()

    def renew(self) -> None:
        """Start over. Raises LeaseLost."""
        began = self.clock()
        if not self._renewed():
            raise LeaseLost
        self._began = began

    def held(self) -> PostTargets:
        """The row, as long as this worker acts on it; conditions of its own only."""
        return PostTarget.objects.filter(pk=self.target_id, attempt_token=self.token)

    def _renewed(self) -> int:
        return self.held().update(lease_expires_at=from_now(settings.LEASE))


class UploadLease(Lease):
    """The hold of a worker that uploads ahead of the target's time. The target stays
    scheduled; it is lost to whoever changes the post, too.
    """

    def held(self) -> PostTargets:
        """The row, as long as this worker uploads for it."""
        return PostTarget.objects.filter(
            pk=self.target_id,
            preparing_token=self.token,
            status=TargetStatus.SCHEDULED,
        )

    def _renewed(self) -> int:
        return self.held().update(preparing_until=from_now(settings.LEASE))
