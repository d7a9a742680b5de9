"""The cells of the matrix: every named instant, on every network, with every fault.

All of it is made from the enums and the simulator's own tables: who adds an instant, a
network or a fault adds its cells, and a test counts them (test_matrix.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from social_media.enums import Instant, Platform
from social_media.simulator.faults import KINDS, BadFault, FaultBoard

#: The simulator's networks: every platform, and a server that merely resembles one.
NETWORKS: dict[str, Platform] = {
    **{platform.value: platform for platform in Platform},
    "fediverse": Platform.MASTODON,
}
NO_FAULT = ""
REFUSED = "refuse_connection"
PUBLISH, LOOKUP = "publish", "lookup"


@dataclass(frozen=True, slots=True)
class Cell:
    """One post to `network`; what goes wrong there is `fault`, here it is `instant`.

    Args:
        fault: a kind of the simulator's, or NO_FAULT.
        on: which of the network's calls the fault hits: PUBLISH or LOOKUP.
        chained: the post is taken by the worker that has just sent the account's
            post before it.
    """

    instant: Instant
    network: str
    fault: str = NO_FAULT
    on: str = PUBLISH
    chained: bool = False

    @property
    def platform(self) -> Platform:
        """Whose strategy talks to the network."""
        return NETWORKS[self.network]

    @property
    def looks_up(self) -> bool:
        """Whether the instant is one of a look-up: there an answer gets lost first."""
        return is_of_look_up(self.instant)

    @property
    def name(self) -> str:
        """The cell as a test's name."""
        trouble = f"{self.fault or 'no_fault'}_on_{self.on}"
        chain = ("chained",) if self.chained else ()
        return "-".join((self.instant.value, self.network, trouble, *chain))


def is_of_look_up(instant: Instant) -> bool:
    """Whether a look-up is under way then."""
    return instant.value.startswith("look_up.")


def accepts(network: str, kind: str) -> bool:
    """Whether the simulator has `kind` for `network`."""
    try:
        FaultBoard().parse({"network": network, "kind": kind}, account=None)
    except BadFault:
        return False
    return True


def faults_of(network: str) -> list[str]:
    """Every kind that the simulator has for `network`."""
    return [kind for kind in KINDS if accepts(network, kind)]


def cells() -> list[Cell]:
    """All of them."""
    return [
        cell
        for instant in Instant
        for network in NETWORKS
        for cell in _cells_of(instant, network)
    ]


def _cells_of(instant: Instant, network: str) -> Iterator[Cell]:
    for fault in (NO_FAULT, *faults_of(network)):
        yield Cell(instant, network, fault)
        if instant == Instant.CLAIM_BEFORE_COMMIT:
            yield Cell(instant, network, fault, chained=True)
        if is_of_look_up(instant) and fault:
            yield Cell(instant, network, fault, LOOKUP)
