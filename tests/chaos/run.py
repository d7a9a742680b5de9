"""One run: start everything, disturb it while posts go out, wait, judge, end all."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from social_media.enums import Instant
from social_media.simulator.client import SimulatorClient
from tests.chaos.agenda import Agenda
from tests.chaos.api import Api, sign_up
from tests.chaos.crew import Crew
from tests.chaos.evidence import Evidence
from tests.chaos.faults import Faults
from tests.chaos.judge import judge
from tests.chaos.load import Account, Load
from tests.chaos.options import BadOption, Options, from_environment
from tests.chaos.orders import Order, make_orders, parts_of
from tests.chaos.owner import Owner, connect_all
from tests.chaos.plan import Disturbance, make_plan
from tests.chaos.reading import Database, all_standing, renditions, stored_posts
from tests.chaos.recovery import stretches
from tests.chaos.report import Notes, Result, show, tell, write_files
from tests.chaos.stage import Blows, Stage
from tests.stack import Stack, stack
from tests.throwaway import Server, postgresql, redis_server

LEASE_SECONDS, SETTLE_SECONDS = 45, 5
#: When all is over, nothing may be in flight any more after so long.
DRAIN_SECONDS = 2 * LEASE_SECONDS + SETTLE_SECONDS
#: For one too many to show up.
#: Longer than the latest answer of a `slow` fault: one too many would stand by then.
LINGER_SECONDS = 24.0
#: For the simulator to list tens of thousands of posts on a busy machine.
ALL_POSTS_SECONDS = 60.0
#: How long the networks work on a GIF or a video.
PROCESSING_SECONDS = 1.0
TICK_SECONDS = 0.05
PROGRESS_SECONDS = 10.0

#: Whatever the environment says; docs/chaos.md has the reasons.
SETTINGS = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "BELL_STALE_SECONDS": "20",
    "X_SETTLE_SECONDS": str(SETTLE_SECONDS),
    "BLUESKY_SETTLE_SECONDS": str(SETTLE_SECONDS),
    "MASTODON_SETTLE_SECONDS": str(SETTLE_SECONDS),
    "PUBLISHING_SLOTS": "30",
    "MEDIA_SLOTS": "1",
    "MEDIA_LEASE_SECONDS": "20",
    "PREPARE_AHEAD_SECONDS": "20",
    "RETRY_SECONDS": "3,5,8,10,10,15,15,15",
    "THROTTLE_USER": "6000/min",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "INFO",
}


class Missing(Exception):
    """A server's program isn't installed; the message names it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if the promise was kept, 1 if not, 2 if it could not be tried."""
    try:
        options = from_environment(sys.argv[1:] if arguments is None else arguments)
    except BadOption as bad:
        sys.stderr.write(f"{bad}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    tell(
        f"chaos: seed {options.seed}, {options.minutes:g} minutes, {options.rate:g} "
        f"posts a second. CHAOS_SEED={options.seed} repeats the plan."
    )
    folder = Path(tempfile.mkdtemp(prefix="stationmaster-chaos-"))
    keep = True
    try:
        result = run(options, folder)
        keep = options.keep or not result.good
        show(result)
    except Missing as missing:
        keep = False
        sys.stderr.write(f"{missing}\n")
        return 2
    except KeyboardInterrupt:
        keep = options.keep
        return 130
    finally:
        _put_away(folder, keep=keep)
    return 0 if result.good else 1


def _put_away(folder: Path, *, keep: bool) -> None:
    if keep:
        sys.stderr.write(f"The logs are in {folder}\n")
    else:
        shutil.rmtree(folder, ignore_errors=True)


def run(options: Options, folder: Path) -> Result:
    """Everything from the first server to the last. Raises Missing."""
    plan = make_plan(options.seed, options.seconds)
    (folder / "plan.txt").write_text("".join(f"{one}\n" for one in plan))
    with ExitStack() as ends:
        notes = ends.enter_context(closing(Notes(folder / "events.txt")))
        database, broker = _servers(ends)
        made = ends.enter_context(_stack(folder, database, broker))
        show_of = Show(options, plan, made, database, broker, notes)
        ends.enter_context(closing(show_of))
        result = show_of.go()
        write_files(result, folder)
    return result


def _servers(ends: ExitStack) -> tuple[Server, Server]:
    database = postgresql(ends)
    if database is None:
        raise Missing("chaos needs PostgreSQL's programs: install postgresql.")
    broker = redis_server(ends)
    if broker is None:
        raise Missing("chaos needs Redis: install redis-server.")
    with psycopg.connect(f"{database.url}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE stationmaster")
    return database, broker


@contextmanager
def _stack(folder: Path, database: Server, broker: Server) -> Iterator[Stack]:
    failpoints = folder / "failpoints"
    failpoints.mkdir()
    with stack(
        folder,
        DATABASE_URL=f"{database.url}/stationmaster",
        REDIS_URL=broker.url,
        BROKER_URL=broker.url,
        **SETTINGS,
    ) as made:
        # Only now: what prepares the database has no instants to die at.
        made.environment = {
            **made.environment,
            "FAILPOINTS": str(failpoints),
            "BLUESKY_VIDEO_URL": made.environment["BLUESKY_API_URL"],
        }
        yield made


class Show:
    """The parts of one run and the order in which they play."""

    def __init__(
        self,
        options: Options,
        plan: Sequence[Disturbance],
        made: Stack,
        database: Server,
        broker: Server,
        notes: Notes,
    ) -> None:
        self._options, self._plan, self._notes = options, plan, notes
        self._url, self._simulator_url = made.demo.url, made.demo.simulator_url
        self._database_url = made.environment["DATABASE_URL"]
        self._simulator = SimulatorClient(
            made.demo.simulator_url, timeout=ALL_POSTS_SECONDS
        )
        self._database = Database(self._database_url)
        self._stop, agenda = threading.Event(), Agenda()
        blows = Blows(self._database, notes.say)
        self._stage = Stage(
            crew=Crew(made, agenda, made.demo.state / "failpoints", blows.struck),
            faults=Faults(self._simulator),
            blows=blows,
            agenda=agenda,
            database=database,
            broker=broker,
            say=notes.say,
        )
        self._orders: list[Order] = []
        self._load: Load | None = None
        self._owner: Owner | None = None

    def close(self) -> None:
        """End threads and processes."""
        self._stop.set()
        if self._load is not None:
            self._load.finish(seconds=15)
        if self._owner is not None:
            self._owner.finish()
        self._stage.crew.end()
        self._database.close()
        self._simulator.close()

    def go(self) -> Result:
        """From the first process to the judgement."""
        self._stage.crew.start()
        self._simulator.configure(processing_seconds=PROCESSING_SECONDS)
        key = sign_up(self._url)
        with closing(Api(self._url, key, self._stop)) as api:
            accounts = connect_all(api, self._simulator)
        load, owner = self._set_up(accounts, key)
        tell(f"{len(self._orders)} posts go out on {len(accounts)} accounts")
        self._notes.begin()
        load.begin()
        owner.begin()
        began = time.monotonic()
        self._disturb(began)
        self._stage.calm_down()
        failures = self._settle(load, began)
        return self._judge(load, owner, failures)

    def _set_up(self, accounts: Sequence[Account], key: str) -> tuple[Load, Owner]:
        options = self._options
        self._orders = make_orders(
            options.seed, options.seconds, rate=options.rate, accounts=len(accounts)
        )
        self._load = Load(
            self._orders, accounts, url=self._url, key=key, stop=self._stop
        )
        self._owner = Owner(
            accounts,
            url=self._url,
            key=key,
            simulator_url=self._simulator_url,
            stop=self._stop,
        )
        return self._load, self._owner

    def _disturb(self, began: float) -> None:
        """Carry the plan out until the load is over."""
        waiting = list(reversed(self._plan))
        shown = began
        while (now := time.monotonic()) < began + self._options.seconds:
            while waiting and waiting[-1].at <= now - began:
                self._stage.carry_out(waiting.pop())
            self._stage.look()
            if now >= shown + PROGRESS_SECONDS:
                shown = now
                self._show_progress(now - began)
            time.sleep(TICK_SECONDS)

    def _settle(self, load: Load, began: float) -> list[str]:
        """Wait until nothing is in flight; what is wrong with the run itself."""
        give_up, shown = time.monotonic() + DRAIN_SECONDS, time.monotonic()
        while time.monotonic() < give_up:
            self._stage.look()
            if load.finish(seconds=0) and self._database.unfinished() == 0:
                break
            if time.monotonic() >= shown + PROGRESS_SECONDS:
                shown = time.monotonic()
                self._show_progress(shown - began)
            time.sleep(TICK_SECONDS)
        linger = time.monotonic() + LINGER_SECONDS
        while time.monotonic() < linger:
            self._stage.look()
            time.sleep(TICK_SECONDS)
        written = load.finish(seconds=0)
        return [*load.refusals, *([] if written else ["not all posts were written"])]

    def _show_progress(self, elapsed: float) -> None:
        due = [order for order in self._orders if order.due_at <= elapsed]
        in_flight = self._database.unfinished()
        stage = self._stage
        tell(
            f"{elapsed:5.0f} s: {self._simulator.summary()['posts']} of "
            f"{parts_of(due)} due parts are out, {stage.crew.kills} kills, "
            f"{stage.faults.hit + stage.outages} faults, "
            f"{'?' if in_flight is None else in_flight} targets wait or are in flight"
        )

    def _judge(self, load: Load, owner: Owner, failures: Sequence[str]) -> Result:
        now = datetime.now(UTC)
        counted, stage = self._simulator.summary(), self._stage
        evidence = Evidence(
            accepted=list(load.accepted),
            posts=stored_posts(self._database_url),
            standing=all_standing(self._simulator),
            forbidden=stage.faults.forbidden,
            refused_duplicates=counted["duplicates_refused"],
            renditions=renditions(self._database_url),
            uploaded_again=counted["uploaded_again"],
            uploads_lost=len(stage.blows.uploading) + stage.faults.late_uploads,
        )
        crew = stage.crew
        for words in [*crew.own_ends, *owner.refusals]:
            self._notes.say(words)
            tell(words)
        if load.skipped:
            tell(
                f"{len(load.skipped)} posts could not be written in time, and were not"
            )
        self._tell_circumstances(owner)
        return Result(
            evidence=evidence,
            deviations=judge(evidence),
            stretches=stretches(evidence, stage.blows.all, now=now),
            kills=crew.kills,
            faults=stage.faults.hit + stage.outages,
            failures=[*failures, *crew.own_ends],
        )

    def _tell_circumstances(self, owner: Owner) -> None:
        reached = self._stage.crew.reached
        missed = [instant.value for instant in Instant if not reached[instant]]
        tell(
            f"{reached.total()} died at named instants; the owner connected "
            f"{owner.reconnected} accounts again and resumed {owner.resumed}"
        )
        if missed:
            tell(f"nobody came to: {', '.join(missed)}")
