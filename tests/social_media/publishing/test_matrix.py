"""I5 in full: every named instant x every network x every fault, and what is left.

In each cell one thread of two parts goes out. At the cell's instant the process is
killed, or cut off from its database, once; the cell's fault hits the call where it
matters, once. Then time passes, the owner does what the network asks for, and each part
must stand on the network exactly once, and the rows must say so.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User, Workspace
from social_media import failpoints
from social_media.enums import Instant, TargetStatus
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    MediaFile,
    MediaRendition,
    Post,
    PostMedia,
    PostTarget,
    PublishAttempt,
    PublishStep,
    ThreadPart,
)
from social_media.models.clock import database_now
from social_media.platforms.factory import built
from social_media.publishing.lease import Lease
from social_media.simulator.client import SimulatorClient
from tests.social_media.publishing.conftest import together
from tests.social_media.publishing.matrix import (
    NETWORKS,
    NO_FAULT,
    OF_UPLOADS,
    PUBLISH,
    WITH_MEDIA_ONLY,
    Cell,
    cells,
)
from tests.social_media.publishing.matrix_owner import asked_of_owner
from tests.social_media.publishing.matrix_stage import (
    A_WHILE,
    AHEAD,
    Killed,
    Stage,
    let_time_pass,
    live_on,
    set_stage,
)
from tests.social_media.publishing.matrix_verdict import assert_appeared_once

CELLS = cells()
#: What a database that fails can add to: nothing else, and an answer that is lost.
WITHOUT_DATABASE = [
    cell
    for cell in CELLS
    if cell.fault in {NO_FAULT, "accept_then_500"} and cell.on == PUBLISH
]
#: Where a process can stand still without holding a lock that all others wait for.
FROZEN = [
    cell
    for cell in CELLS
    if cell.fault == NO_FAULT
    and not cell.chained
    and not cell.instant.endswith(".before_commit")  # it holds locks there
]
ROUNDS_WHILE_FROZEN = 3
#: That the parts of an illustrated post show where nothing goes wrong.
FILES = 3
ROWS = (
    *(ActivityLog, PublishAttempt, PublishStep, PostMedia, PostTarget, ThreadPart),
    *(Post, MediaRendition, MediaFile),
    *(ConnectedAccount, Workspace, User),
)
CODE = Path(failpoints.__file__).parent

Strike = Callable[[], None]
SetStage = Callable[[Cell, Strike], Stage]


@pytest.fixture
def transactional_db(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """As pytest-django's, but only what a cell writes is deleted afterwards.

    Emptying every table and filling in what migrations put there takes longer than
    the cell itself.
    """
    with django_db_blocker.unblock():
        yield
        delete_rows()
        connection.close()


def delete_rows() -> None:
    """All that a cell writes."""
    for model in ROWS:
        rows = model._default_manager.all()
        rows._raw_delete(rows.db)


#: Networks keep uploads for longer than AHEAD here: time passes by rows set back, and
#: no handle in a checkpoint notices.
KEPT = {"blob_hours": 6, "media_hours": 20}


@pytest.fixture
def on_stage(
    transactional_db: None,
    simulator: SimulatorClient,
    settings: Settings,
    media_disk: Path,
) -> Iterator[SetStage]:
    """Sets the stage for a cell; what must happen at its instant is given."""
    usual = settings.NETWORKS = {
        name: replace(config, limits={**config.limits, **KEPT})
        for name, config in settings.NETWORKS.items()
    }
    built.cache_clear()

    def set_deadline(seconds: float | None) -> None:
        settings.NETWORKS = {
            name: replace(config, deadline=seconds or config.deadline)
            for name, config in usual.items()
        }
        built.cache_clear()

    def make(cell: Cell, strike: Strike) -> Stage:
        stage = set_stage(cell, simulator, strike, set_deadline)
        failpoints.arm(stage.watch)
        return stage

    yield make
    failpoints.arm(None)


def kill() -> None:
    raise Killed


@pytest.fixture
def cut(transactional_db: None) -> Iterator[Strike]:
    """Ends every connection to the database, as its restart would."""
    known = connection.get_connection_params()
    names = ("host", "port", "user", "password")
    params = {name: known[name] for name in names if name in known}
    with psycopg.connect(**params, dbname="postgres", autocommit=True) as other:

        def terminate() -> None:
            # All at once: its own waiting takes a tenth of a second for each.
            ours = "FROM pg_stat_activity WHERE datname = %s"
            name = [known["dbname"]]
            other.execute(f"SELECT pg_terminate_backend(pid) {ours}", name)
            while other.execute(f"SELECT 1 {ours}", name).fetchone():
                time.sleep(0.005)
            # Idle ones are found out by themselves (test_database.py), with a pause.
            connection.pool.check()

        yield terminate


def assert_recovered(stage: Stage, *, killed: bool) -> None:
    """What the cell is about has happened, and all is well all the same."""
    assert stage.watch.has_struck, f"never reached; heard: {stage.watch.heard}"
    assert stage.network.is_over(), stage.simulator.faults()
    assert stage.owner.did == asked_of_owner(stage.cell, killed=killed)
    assert_appeared_once(stage)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_killed_there_it_appears_once(on_stage: SetStage, cell: Cell) -> None:
    stage = on_stage(cell, kill)
    stage.play()
    assert_recovered(stage, killed=True)


@pytest.mark.postgresql
@pytest.mark.parametrize("cell", WITHOUT_DATABASE, ids=lambda cell: cell.name)
def test_cut_from_its_database_there_it_appears_once(
    on_stage: SetStage, cut: Strike, cell: Cell
) -> None:
    stage = on_stage(cell, cut)
    stage.play()
    assert_recovered(stage, killed=False)


@pytest.mark.postgresql
@pytest.mark.parametrize("instant", Instant)
def test_cut_off_and_killed_there_it_appears_once(
    on_stage: SetStage, cut: Strike, instant: Instant
) -> None:
    def cut_and_kill() -> None:
        cut()
        kill()

    illustrated = instant in WITH_MEDIA_ONLY
    cell = Cell(instant, "x", "accept_then_reset", illustrated=illustrated)
    stage = on_stage(cell, cut_and_kill)
    stage.play()
    assert_recovered(stage, killed=True)


@pytest.mark.parametrize("cell", FROZEN, ids=lambda cell: cell.name)
def test_frozen_there_until_others_are_done_it_appears_once(
    on_stage: SetStage, monkeypatch: pytest.MonkeyPatch, cell: Cell
) -> None:
    """It wakes up, believes that it still has the target, and must find out."""
    clock, frozen = Lease.clock, []

    def others() -> None:
        for _ in range(ROUNDS_WHILE_FROZEN):
            frozen.append(A_WHILE.total_seconds())
            let_time_pass(A_WHILE)
            live_on()

    monkeypatch.setattr(Lease, "clock", staticmethod(lambda: clock() + sum(frozen)))
    stage = on_stage(cell, lambda: together(others))
    stage.play()
    assert_recovered(stage, killed=False)


def ahead_on(network: str, instant: Instant, *, turn: int = 1) -> Cell:
    """Nothing goes wrong there."""
    return Cell(instant, network, illustrated=True, ahead=True, turn=turn)


@pytest.mark.parametrize("instant", OF_UPLOADS)
@pytest.mark.parametrize("network", NETWORKS)
def test_killed_at_any_save_of_a_handle_it_is_uploaded_once(
    on_stage: SetStage, simulator: SimulatorClient, network: str, instant: Instant
) -> None:
    """Handles grow: with every piece that X has, with every state of a video."""
    struck = 0
    while True:
        stage = on_stage(ahead_on(network, instant, turn=struck + 1), kill)
        stage.play()
        if not stage.watch.has_struck:
            break
        assert_recovered(stage, killed=True)
        struck += 1
        delete_rows()
        simulator.reset()
    assert struck >= len(stage.simulator.uploads(network))


@pytest.mark.parametrize("instant", OF_UPLOADS)
@pytest.mark.parametrize("network", NETWORKS)
def test_due_while_it_is_uploaded_it_waits(
    on_stage: SetStage, network: str, instant: Instant
) -> None:
    """Who uploads ahead has a lease of its own: nobody else begins meanwhile."""

    def its_time_comes() -> None:
        PostTarget.objects.update(due_at=database_now())
        together(live_on)

    stage = on_stage(ahead_on(network, instant), its_time_comes)
    stage.play()
    assert stage.watch.has_struck
    stage.watch.lost_handles = 0  # the one that uploads goes on
    assert_appeared_once(stage)


@pytest.mark.parametrize("network", NETWORKS)
def test_what_the_network_forgot_before_its_time_is_uploaded_again(
    on_stage: SetStage, simulator: SimulatorClient, network: str
) -> None:
    stage = on_stage(ahead_on(network, Instant.PREPARED), lambda: None)
    for _ in range(ROUNDS_WHILE_FROZEN):
        live_on()
        let_time_pass(A_WHILE)
    assert simulator.posts(network) == []
    assert simulator.summary()["uploads"] == FILES
    assert simulator.forget_uploads(network) == FILES
    stage.play()
    assert_recovered(stage, killed=False)
    assert simulator.summary()["uploads"] == 2 * FILES


def test_who_lost_its_lease_while_it_uploaded_stays_away(
    on_stage: SetStage, simulator: SimulatorClient
) -> None:
    """Also where the target waits for its next try by the time it wakes up."""
    stage = on_stage(
        ahead_on("mastodon", Instant.UPLOADED), lambda: together(others_fail)
    )
    (target,) = stage.targets

    def others_fail() -> None:
        let_time_pass(2 * AHEAD)
        simulator.fault("mastodon", "rate_limited", on="upload", calls=1, after=2)
        live_on()
        assert simulator.summary()["uploads"] == 1 + 2  # its own, and two of theirs
        target.refresh_from_db()
        assert target.status == TargetStatus.SCHEDULED

    stage.play()
    assert_recovered(stage, killed=False)


def test_every_cell_is_a_test_of_its_own() -> None:
    (mark,) = test_killed_there_it_appears_once.pytestmark
    assert mark.args[1] == CELLS
    names = [cell.name for cell in CELLS]
    assert sorted(set(names)) == sorted(names)


def test_nothing_is_cleaned_up_that_a_killed_process_would_leave() -> None:
    """Else these deaths, exceptions all, would be kinder than a real one."""
    kind = {
        path.name
        for package in ("models", "oauth", "posts", "publishing", "tasks")
        for path in (CODE / package).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Try) and (node.finalbody or catches_all(node))
    }
    # A file of figures and a thread's connection: no row.
    assert kind == {"figure_files.py", "asking.py"}


def catches_all(node: ast.Try) -> bool:
    """Whether it catches what isn't meant to be caught."""
    caught = [ast.dump(one.type) if one.type else "" for one in node.handlers]
    return any(not name or "BaseException" in name for name in caught)
