"""That no cell of the matrix is missing, whatever is added to the tables tomorrow."""

from __future__ import annotations

from collections import Counter
from itertools import product

from social_media.enums import Instant
from social_media.simulator import faults
from tests.social_media.publishing.matrix import (
    AFTER_UPLOADS,
    FAULTS_AFTER_UPLOADS,
    LOOKUP,
    NO_FAULT,
    OF_UPLOADS,
    PUBLISH,
    UPLOAD,
    cells,
    faults_of,
)
from tests.social_media.publishing.matrix_owner import ASKED

CELLS = cells()


def test_every_instant_network_and_fault_has_its_cell() -> None:
    """Also what is added to the enums and tables tomorrow."""
    refused = {("x", "processing"), ("bluesky", "processing")}
    instants = set(Instant) - {Instant.MEDIA_MADE, *OF_UPLOADS}
    every = product(instants, faults.NETWORKS, (NO_FAULT, *faults.KINDS))
    wanted = Counter(one for one in every if one[1:] not in refused)
    words = [cell for cell in CELLS if not cell.illustrated]
    plain = [cell for cell in words if cell.on == PUBLISH and not cell.chained]
    assert Counter((c.instant, c.network, c.fault) for c in plain) == wanted


AT_UPLOADS = [cell for cell in CELLS if cell.instant in OF_UPLOADS]


def test_every_fault_of_uploads_has_its_cells_ahead_of_time_and_at_it() -> None:
    wanted = Counter(
        (instant, network, fault, ahead)
        for instant, network, ahead in product(
            OF_UPLOADS, faults.NETWORKS, (False, True)
        )
        for fault in (NO_FAULT, *faults_of(network, UPLOAD))
    )
    there = [c for c in AT_UPLOADS if c.on == UPLOAD or c.fault == NO_FAULT]
    assert Counter((c.instant, c.network, c.fault, c.ahead) for c in there) == wanted
    assert all(cell.illustrated for cell in AT_UPLOADS)


def test_every_fault_of_the_create_follows_uploads_ahead_of_time_and_at_it() -> None:
    wanted = Counter(
        (network, fault, ahead)
        for network, ahead in product(faults.NETWORKS, (False, True))
        for fault in faults_of(network)
    )
    there = [c for c in AT_UPLOADS if c.on == PUBLISH and c.fault != NO_FAULT]
    assert Counter((c.network, c.fault, c.ahead) for c in there) == wanted


def test_after_uploads_posts_with_media_have_cells_too() -> None:
    wanted = product(AFTER_UPLOADS, faults.NETWORKS, FAULTS_AFTER_UPLOADS)
    there = [cell for cell in CELLS if cell.illustrated]
    found = [cell for cell in there if cell.instant in AFTER_UPLOADS]
    assert Counter((c.instant, c.network, c.fault) for c in found) == Counter(wanted)


def test_a_rendition_is_struck_on_every_network_early_and_late() -> None:
    there = [cell for cell in CELLS if cell.instant == Instant.MEDIA_MADE]
    wanted = Counter(product(faults.NETWORKS, (False, True)))
    assert Counter((cell.network, cell.ahead) for cell in there) == wanted


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


def test_an_owner_is_asked_only_in_cells_that_there_are() -> None:
    """That nobody is asked in any other cell, and in these exactly so, each proves."""
    assert set(ASKED) <= {(cell.network, cell.fault, cell.on) for cell in CELLS}
