"""I5 in full: every named instant x every network x every fault, and what is left.

In each cell one thread of two parts goes out. At the cell's instant the process is
killed, or cut off from its database, once; the cell's fault hits the call where it
matters, once. Then time passes, the owner does what the network asks for, and each part
must stand on the network exactly once, and the rows must say so.
"""

from __future__ import annotations

import ast
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User, Workspace
from social_media import failpoints
from social_media.enums import Instant
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostTarget,
    PublishAttempt,
    PublishStep,
    ThreadPart,
)
from social_media.platforms.factory import built
from social_media.publishing.lease import Lease
from social_media.simulator import faults
from social_media.simulator.client import SimulatorClient
from tests.social_media.publishing.conftest import together
from tests.social_media.publishing.matrix import (
    LOOKUP,
    NO_FAULT,
    PUBLISH,
    Cell,
    cells,
    faults_of,
)
from tests.social_media.publishing.matrix_owner import ASKED, asked_of_owner
from tests.social_media.publishing.matrix_stage import (
    A_WHILE,
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
ROWS = (
    *(ActivityLog, PublishAttempt, PublishStep, PostTarget, ThreadPart, Post),
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
        for model in ROWS:
            rows = model._default_manager.all()
            rows._raw_delete(rows.db)
        connection.close()


@pytest.fixture
def on_stage(
    transactional_db: None, simulator: SimulatorClient, settings: Settings
) -> Iterator[SetStage]:
    """Sets the stage for a cell; what must happen at its instant is given."""
    usual = settings.NETWORKS

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

    stage = on_stage(Cell(instant, "x", "accept_then_reset"), cut_and_kill)
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


# That no cell is missing


def test_every_instant_network_and_fault_has_its_cell() -> None:
    """Also what is added to the enums and tables tomorrow."""
    refused = {("x", "processing"), ("bluesky", "processing")}
    every = product(Instant, faults.NETWORKS, (NO_FAULT, *faults.KINDS))
    wanted = Counter(one for one in every if one[1:] not in refused)
    plain = [cell for cell in CELLS if cell.on == PUBLISH and not cell.chained]
    assert Counter((c.instant, c.network, c.fault) for c in plain) == wanted


def test_every_fault_of_a_look_up_has_its_cells() -> None:
    instants = (Instant.LOOK_UP_HELD, Instant.LOOKED_UP)
    wanted = Counter(
        (instant, network, fault)
        for instant, network in product(instants, faults.NETWORKS)
        for fault in faults_of(network)
    )
    there = [cell for cell in CELLS if cell.on == LOOKUP]
    assert Counter((c.instant, c.network, c.fault) for c in there) == wanted


def test_every_fault_has_its_cell_in_a_chain() -> None:
    there = [cell for cell in CELLS if cell.chained]
    wanted = Counter(
        (network, fault)
        for network in faults.NETWORKS
        for fault in (NO_FAULT, *faults_of(network))
    )
    assert Counter((c.network, c.fault) for c in there) == wanted


def test_every_cell_is_a_test_of_its_own() -> None:
    (mark,) = test_killed_there_it_appears_once.pytestmark
    assert mark.args[1] == CELLS
    names = [cell.name for cell in CELLS]
    assert sorted(set(names)) == sorted(names)


def test_an_owner_is_asked_only_in_cells_that_there_are() -> None:
    """That nobody is asked in any other cell, and in these exactly so, each proves."""
    assert set(ASKED) <= {(cell.network, cell.fault, cell.on) for cell in CELLS}


def test_nothing_is_cleaned_up_that_a_killed_process_would_leave() -> None:
    """Else these deaths, exceptions all, would be kinder than a real one."""
    kind = {
        path.name
        for package in ("models", "oauth", "posts", "publishing", "tasks")
        for path in (CODE / package).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Try) and (node.finalbody or catches_all(node))
    }
    assert kind == {"figure_files.py"}  # a file of figures, no row


def catches_all(node: ast.Try) -> bool:
    """Whether it catches what isn't meant to be caught."""
    caught = [ast.dump(one.type) if one.type else "" for one in node.handlers]
    return any(not name or "BaseException" in name for name in caught)
