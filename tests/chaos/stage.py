"""Everything that a run consists of, and what is done to it."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
import redis

from tests.chaos.agenda import Agenda
from tests.chaos.crew import MAKING, UPLOADING, Crew
from tests.chaos.faults import Faults
from tests.chaos.plan import (
    Disturbance,
    FlushBroker,
    Kill,
    KillAt,
    NetworkFault,
    RestartDatabase,
    StopBroker,
)
from tests.chaos.reading import Database
from tests.chaos.recovery import Blow, Hold
from tests.throwaway import Server

#: Of one kind: also where the last one waits for its instant.
BETWEEN_KILLS_SECONDS = 2.0
EVERYWHERE = ("queued", "posting", "reconciling", UPLOADING, MAKING)


class Blows:
    """Every kill and stopped server, with what was in flight."""

    def __init__(self, database: Database, say: Callable[[str], None]) -> None:
        self._database, self._say = database, say
        self._unseen: list[tuple[datetime, str, tuple[str, ...]]] = []
        self.all: list[Blow] = []
        #: What was being uploaded for at a blow: each may have lost one handle.
        self.uploading: set[Hold] = set()

    def struck(self, what: str, statuses: tuple[str, ...]) -> None:
        """Note it with what is in flight now in one of `statuses`."""
        self._say(what)
        self._unseen.append((datetime.now(UTC), what, statuses))
        self.look()

    def look(self) -> None:
        """See what was in flight; while the database is away nothing moves there."""
        while self._unseen:
            at, what, statuses = self._unseen[0]
            in_flight = self._database.in_flight(statuses) if statuses else frozenset()
            lost = UPLOADING in statuses
            uploading = self._database.uploading() if lost else frozenset()
            if in_flight is None or uploading is None:
                return
            self.uploading |= uploading
            self.all.append(Blow(at, what, in_flight))
            del self._unseen[0]


class Stage:
    """Carries the plan out."""

    def __init__(
        self,
        *,
        crew: Crew,
        faults: Faults,
        blows: Blows,
        agenda: Agenda,
        database: Server,
        broker: Server,
        say: Callable[[str], None],
    ) -> None:
        self.crew, self.faults, self.blows, self.agenda = crew, faults, blows, agenda
        self._database, self._broker, self._say = database, broker, say
        self._queues: dict[str, deque[Kill | KillAt]] = defaultdict(deque)
        self._not_before: dict[str, float] = defaultdict(float)
        self._without_broker = self._without_database = False
        #: Restarts of the database, flushes and stops of the broker.
        self.outages = 0

    def look(self) -> None:
        """See who died and what was hit, and do what is due; often."""
        self.crew.look()
        self.agenda.run_due()
        self._kill_next()
        self.blows.look()
        self.faults.look()

    def calm_down(self) -> None:
        """Nothing new happens from here on; what is down comes back as planned."""
        self._queues.clear()
        self.crew.withdraw_all()
        self.faults.end()

    def carry_out(self, disturbance: Disturbance) -> None:
        """Do it; a kill waits until all of the victim's kind are at work."""
        match disturbance:
            case Kill() | KillAt():
                self._queues[disturbance.kind].append(disturbance)
            case RestartDatabase(_, pause):
                self._restart_database(pause)
            case FlushBroker():
                self._flush_broker()
            case StopBroker(_, seconds):
                self._stop_broker(seconds)
            case NetworkFault():
                self._say(f"fault {disturbance}")
                self.faults.inject(disturbance)

    def _kill_next(self) -> None:
        for kind, queue in self._queues.items():
            early = time.monotonic() < self._not_before[kind]
            if queue and not early and self.crew.is_whole(kind):
                self._not_before[kind] = time.monotonic() + BETWEEN_KILLS_SECONDS
                self._kill(queue.popleft())

    def _kill(self, disturbance: Kill | KillAt) -> None:
        match disturbance:
            case Kill(_, processes, pause):
                for process in processes:
                    self.crew.kill(process, pause)
            case KillAt(_, instant, pause):
                if self.crew.arm(instant, pause):
                    self._say(f"armed {instant.value}")

    def _restart_database(self, pause: float) -> None:
        if self._without_database:
            self._say("PostgreSQL is away already")
            return
        self._without_database = True
        self.blows.struck("stop PostgreSQL", EVERYWHERE)
        self._database.stop()
        self.outages += 1
        self.agenda.after(pause, self._start_database)

    def _start_database(self) -> None:
        # A slow machine: it goes on starting while we go on.
        with suppress(psycopg.OperationalError):
            self._database.start()
        self._without_database = False

    def _flush_broker(self) -> None:
        if self._without_broker:
            self._say("Redis is away already")
            return
        with redis.Redis.from_url(self._broker.url) as broker:
            broker.flushall()
        self.outages += 1
        self.blows.struck("flush Redis", ("queued",))

    def _stop_broker(self, seconds: float) -> None:
        if self._without_broker:
            self._say("Redis is away already")
            return
        self._without_broker = True
        self._broker.stop()
        self.outages += 1
        self.blows.struck("stop Redis", ("queued",))
        self.agenda.after(seconds, self._start_broker)

    def _start_broker(self) -> None:
        self._broker.start()
        self._without_broker = False
