"""What goes wrong in a cell: at an instant here, and on the network."""

from __future__ import annotations

import time
from collections.abc import Callable

from social_media.enums import Instant
from social_media.models import PublishStep
from social_media.simulator.client import SimulatorClient
from tests.social_media.publishing.matrix import (
    LOOKUP,
    NO_FAULT,
    PUBLISH,
    REFUSED,
    UPLOAD,
    Cell,
)

#: Seconds that a call may take which is never answered, or late.
SHORT_DEADLINE = 0.3
#: After how many seconds `slow` carries out what nobody waits for any more.
LATE, SLOW = "slow", 0.5
#: Seconds in which it must have done so, however busy the machine is.
PATIENCE = 10
UNANSWERED = frozenset({"accept_then_hang", LATE})
#: Seconds that calls may take from now on; None: as usual.
SetDeadline = Callable[[float | None], None]
_CALL_IS_OVER = {Instant.ANSWERED, Instant.LOOKED_UP}


class NetworkTrouble:
    """The cell's fault, armed for the call where it matters: it hits one.

    In a thread's middle that is the call of the part after it, in a chain that of the
    second post, else the first one. A network that refuses connections can't count
    calls: it closes at the instant before that call, and opens when the call failed.
    Uploads come before the first call that publishes, and the first of them is hit.
    """

    def __init__(
        self, simulator: SimulatorClient, cell: Cell, set_deadline: SetDeadline
    ) -> None:
        self._simulator, self._cell = simulator, cell
        self._set_deadline = set_deadline
        self._later = cell.chained or cell.instant == Instant.PART_RECORDED
        self._is_closed = self._has_refused = self._has_failed = False
        #: Uploads that the network believes to be known here.
        self.lost_handles = 0

    def begin(self) -> None:
        """Arm what is there from the start."""
        if self._cell.fault == REFUSED:
            if self._comes_at() is None:
                self._close()
                return
        elif self._cell.fault != NO_FAULT:
            self._arm()
        if self._cell.fault in UNANSWERED and self._comes_at() is None:
            self._set_deadline(SHORT_DEADLINE)
        self._lose_an_answer()

    def hear(self, instant: Instant) -> None:
        """The pipeline is at `instant`."""
        if self._cell.fault in UNANSWERED:
            self._wait_less(instant)
        if self._cell.fault != REFUSED or self._has_refused:
            return
        if self._is_closed:
            self._has_refused = instant in _CALL_IS_OVER
        elif instant == self._comes_at():
            self._close()

    def _wait_less(self, instant: Instant) -> None:
        """Only for the call that is hit: no other may seem lost on a busy machine."""
        if instant == self._comes_at():
            self._set_deadline(SHORT_DEADLINE)
        elif instant in _CALL_IS_OVER:
            self._set_deadline(None)

    def time_passes(self) -> None:
        """The network recovers, and carries out what it was late with."""
        if self._hits_upload:
            self._upload_failed()
        if self._is_closed and self._has_refused:
            self._is_closed = False
            self._simulator.clear_faults()
            if not self._hits_look_up:
                self._lose_an_answer()
        if self._is_late():
            self._wait_for_late_post()

    def _upload_failed(self) -> None:
        """At the first one: whatever is uploaded comes first of all."""
        if self._has_failed:
            return
        self._has_failed = self._has_refused = True
        if self._cell.fault in UNANSWERED:
            self._set_deadline(None)
        if self._cell.fault == LATE:  # it can't know that nobody waited
            self.lost_handles = lost_handles(self._simulator, self._cell)

    def is_over(self) -> bool:
        """Whether everything that was armed has hit its call."""
        if self._cell.fault == REFUSED and (self._is_closed or not self._has_refused):
            return False
        return self._simulator.faults() == []

    def _is_late(self) -> bool:
        """Whether a post will appear that nobody waits for any more."""
        if self._cell.fault != LATE or self._cell.on != PUBLISH:
            return False
        return all(fault["kind"] != LATE for fault in self._simulator.faults())

    def _wait_for_late_post(self) -> None:
        """Time passes at once here, but not there: its settle time is real."""
        wanted, give_up = 2 if self._later else 1, time.monotonic() + PATIENCE
        while len(self._simulator.posts(self._cell.network)) < wanted:
            assert time.monotonic() < give_up, "the network forgot the slow call"
            time.sleep(0.02)

    @property
    def _hits_look_up(self) -> bool:
        return self._cell.on == LOOKUP

    @property
    def _hits_upload(self) -> bool:
        return self._cell.on == UPLOAD

    def _comes_at(self) -> Instant | None:
        """The last instant before the call that is to fail; None: from the start."""
        if self._hits_look_up:
            return Instant.LOOK_UP_HELD
        if self._cell.chained:
            return Instant.RECORDED
        if self._later:
            return Instant.PART_RECORDED
        uploads_first = self._cell.illustrated and not self._hits_upload
        return Instant.PREPARED if uploads_first else None

    def _arm(self) -> None:
        cell = self._cell
        self._simulator.fault(
            cell.network,
            cell.fault,
            on=cell.on,
            calls=1,
            after=1 if self._later else None,
            seconds=SLOW if cell.fault == LATE else None,
        )

    def _close(self) -> None:
        self._is_closed = True
        self._simulator.fault(self._cell.network, REFUSED)

    def _lose_an_answer(self) -> None:
        """Without a lost answer there is nothing to look up."""
        if self._cell.looks_up:
            self._simulator.fault(self._cell.network, "accept_then_reset", calls=1)


def lost_handles(simulator: SimulatorClient, cell: Cell) -> int:
    """How many files the network has whole whose handles stand in no checkpoint."""
    there = simulator.uploads(cell.network)
    whole = {one["sha256"] for one in there if one["state"] != "receiving"}
    steps = PublishStep.objects.values_list("checkpoint", flat=True)
    saved = [key for checkpoint in steps for key in checkpoint.get("uploads", ())]
    return max(0, len(whole) - len(saved))


class Watch:
    """Hears of every instant (failpoints.py), and strikes at the cell's, once."""

    def __init__(
        self,
        cell: Cell,
        simulator: SimulatorClient,
        network: NetworkTrouble,
        strike: Callable[[], None],
    ) -> None:
        self._cell, self._network, self._strike = cell, network, strike
        self._simulator = simulator
        self.heard: list[Instant] = []
        self.has_struck = False
        #: At the strike: the network has it, and nobody will know.
        self.lost_handles = 0

    def __call__(self, instant: Instant) -> None:
        self.heard.append(instant)
        self._network.hear(instant)
        turn = 2 if self._cell.chained else self._cell.turn
        if instant == self._cell.instant and self.heard.count(instant) == turn:
            self.has_struck = True
            if instant == Instant.UPLOADED:
                self.lost_handles = lost_handles(self._simulator, self._cell)
            self._strike()
