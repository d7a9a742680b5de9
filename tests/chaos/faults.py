"""The faults that the simulator was asked for, and which of them hit anything."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from social_media.simulator.client import SimulatorClient
from tests.chaos.plan import NetworkFault

#: What "seconds" of these says is not how long the fault lasts.
_LASTING = "slow"
LOOK_SECONDS = 0.5


@dataclass(slots=True)
class _Asked:
    fault: NetworkFault
    until: float
    hits: int = 0


class Faults:
    """Injects faults and keeps count of those that hit a call."""

    def __init__(self, simulator: SimulatorClient) -> None:
        self._simulator = simulator
        self._active: dict[int, _Asked] = {}
        self._looked = 0.0
        self.hit = 0
        #: Calls that may have been answered with a 403, by network.
        self.forbidden: Counter[str] = Counter()
        #: Uploads that were answered late: nobody may have waited for the handle.
        self.late_uploads = 0

    def inject(self, fault: NetworkFault) -> None:
        """Have the simulator do it from now on."""
        made = self._simulator.fault(
            fault.network,
            fault.kind,
            calls=fault.calls,
            seconds=fault.seconds,
            on=None if fault.on == "publish" else fault.on,
        )
        lasts = fault.seconds is not None and fault.kind != _LASTING
        until = time.monotonic() + (fault.seconds or 0) if lasts else float("inf")
        self._active[made["id"]] = _Asked(fault, until)
        if fault.kind == "forbidden":
            self.forbidden[fault.network] += fault.calls or 0

    def look(self) -> None:
        """Bring the count up to date, twice a second."""
        if time.monotonic() >= self._looked + LOOK_SECONDS:
            self._looked = time.monotonic()
            self._count()

    def _count(self) -> None:
        hits = {each["id"]: each["hits"] for each in self._simulator.faults()}
        for number, asked in list(self._active.items()):
            asked.hits = hits.get(number, asked.hits)
            if number not in hits:
                self._close(number)

    def end(self) -> None:
        """No fault is in force any more, and closed networks are open again."""
        self._count()
        self._simulator.clear_faults()
        for number in list(self._active):
            self._close(number, used_up=False)

    def _close(self, number: int, *, used_up: bool = True) -> None:
        """It is gone: by its last call, or because its time is over."""
        asked = self._active.pop(number)
        early = used_up and time.monotonic() < asked.until
        if asked.hits or early or asked.fault.kind == "refuse_connection":
            self.hit += 1
        if (asked.fault.kind, asked.fault.on) == ("slow", "upload"):
            self.late_uploads += asked.fault.calls or 0
