"""The processes under attack: whatever dies is started again."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from social_media.enums import Instant
from tests.chaos.agenda import Agenda
from tests.chaos.plan import VICTIMS, kind_at, kind_of
from tests.stack import Stack

#: How long a named instant is waited for.
PATIENCE_SECONDS = 60.0
#: A process that ended by itself is started again after so long.
RESTART_SECONDS = 1.0
#: Before the next of its kind is killed, a process has worked for so long. Workers
#: say when they are ready; the others have so long to start as well.
AT_WORK_SECONDS, START_SECONDS = 2.0, 3.0
#: In the log of a worker that takes messages from now on.
READY = b" ready."
WORKERS = {"posting", "scan", "media"}

#: Beside statuses: a worker uploads for it ahead of its time; what it shows is made.
UPLOADING, MAKING = "uploading", "making"
#: Where a target can be that a process of this kind takes down with it.
HELD_BY = {
    "posting": ("queued", "posting", "reconciling", UPLOADING),
    "media": (MAKING,),
    "scan": ("queued",),
    "beat": (),
    "web": (),
}

#: Told of a blow: what it was, and statuses of the targets that it may have hit.
OnBlow = Callable[[str, tuple[str, ...]], None]


@dataclass(slots=True)
class _Start:
    """When a process was started, and how long its log was then."""

    began: float
    offset: int
    ready_at: float | None = None


class Crew:
    """Web, workers and beats; the simulator is none of them and is never killed."""

    def __init__(
        self, stack: Stack, agenda: Agenda, failpoints: Path, on_blow: OnBlow
    ) -> None:
        self._stack, self._agenda = stack, agenda
        self._failpoints, self._on_blow = failpoints, on_blow
        self._away: set[str] = set()
        self._starts: dict[str, _Start] = {}
        self._armed: dict[Instant, float] = {}
        self.kills = 0
        self.reached: Counter[Instant] = Counter()
        #: Processes that ended without being killed.
        self.own_ends: list[str] = []

    def start(self) -> None:
        """Start everything and return when it answers."""
        self._stack.start("simulator")
        for name in VICTIMS:
            self._start(name)
        self._stack.wait_until_up()

    def end(self) -> None:
        """Kill all that runs: nothing of it is needed any more."""
        for name, process in self._stack.running.items():
            if process.poll() is None:
                self._stack.kill(name)

    def is_whole(self, kind: str) -> bool:
        """Whether all of this kind are at work: killed again and again while they
        start, nothing would ever be done that a kill could disturb.
        """
        return all(self._at_work(name) for name in VICTIMS if kind_of(name) == kind)

    def _at_work(self, name: str) -> bool:
        if name in self._away or self._stack.running[name].poll() is not None:
            return False
        start = self._starts[name]
        if start.ready_at is None and self._is_ready(name, start):
            start.ready_at = time.monotonic()
        if start.ready_at is None:
            return False
        return time.monotonic() >= start.ready_at + AT_WORK_SECONDS

    def _is_ready(self, name: str, start: _Start) -> bool:
        if kind_of(name) not in WORKERS:
            return time.monotonic() >= start.began + START_SECONDS
        with self._log(name).open("rb") as log:
            log.seek(start.offset)
            return READY in log.read()

    def _last_words(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()
        return "\n".join(f"    {line[:300]}" for line in lines[-8:])

    def _log(self, name: str) -> Path:
        return self._stack.demo.state / f"{name}.log"

    def kill(self, name: str, pause: float) -> bool:
        """`kill -9`, unless it is dead already; whether it was."""
        if name in self._away or self._stack.running[name].poll() is not None:
            return False
        self._stack.kill(name)
        self._died(name, f"kill {name}", pause)
        return True

    def arm(self, instant: Instant, pause: float) -> bool:
        """Have the first process that gets there die; False if one has to already."""
        if instant in self._armed:
            return False
        self._armed[instant] = pause
        (self._failpoints / instant.value).touch()
        self._agenda.after(PATIENCE_SECONDS, lambda: self._withdraw(instant))
        return True

    def withdraw_all(self) -> None:
        """No process shall die at an instant any more."""
        for instant in list(self._armed):
            self._withdraw(instant)

    def look(self) -> None:
        """Find who has died since, and have them started again."""
        for name in VICTIMS:
            status = self._stack.running[name].poll()
            if name in self._away or status is None:
                continue
            instant = self._consumed(name) if status == -signal.SIGKILL else None
            if instant is None:
                self.own_ends.append(
                    f"{name} ended by itself with status {status}; its last words:\n"
                    f"{self._last_words(name)}"
                )
                self._restart(name, RESTART_SECONDS)
            else:
                self.reached[instant] += 1
                pause = self._armed.pop(instant)
                self._died(name, f"kill {name} at {instant.value}", pause)

    def _consumed(self, name: str) -> Instant | None:
        """The instant at which `name` died: its file is gone."""
        gone = [
            one for one in self._armed if not (self._failpoints / one.value).exists()
        ]
        return next((one for one in gone if kind_at(one) == kind_of(name)), None)

    def _withdraw(self, instant: Instant) -> None:
        file = self._failpoints / instant.value
        if instant in self._armed and file.exists():
            file.unlink(missing_ok=True)
            del self._armed[instant]

    def _died(self, name: str, what: str, pause: float) -> None:
        self.kills += 1
        self._on_blow(what, HELD_BY[kind_of(name)])
        self._restart(name, pause)

    def _restart(self, name: str, pause: float) -> None:
        self._away.add(name)
        self._agenda.after(pause, lambda: self._start(name))

    def _start(self, name: str) -> None:
        kind, log = kind_of(name), self._log(name)
        written = log.stat().st_size if log.exists() else 0
        self._starts[name] = _Start(time.monotonic(), written)
        self._stack.start(kind, mark=name.removeprefix(kind))
        self._away.discard(name)
