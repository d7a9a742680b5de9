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
PUBLISH, LOOKUP, UPLOAD = "publish", "lookup", "upload"
#: Between an upload and its handle: there a post shows media, and uploads fail too.
OF_UPLOADS = (Instant.UPLOADED, Instant.UPLOAD_SAVED)
#: No other post comes there.
WITH_MEDIA_ONLY = (*OF_UPLOADS, Instant.MEDIA_MADE)
#: Where what the network holds must be remembered: there a post shows media as well,
#: with nothing wrong, with a lost answer, and with a call that must come again.
AFTER_UPLOADS = (
    *(Instant.ATTEMPT_OPENED, Instant.NETWORK_ACCEPTED, Instant.ANSWERED),
    *(Instant.RECORD_BEFORE_COMMIT, Instant.PART_RECORDED),
)
FAULTS_AFTER_UPLOADS = (NO_FAULT, "accept_then_reset", "error_before")


@dataclass(frozen=True, slots=True)
class Cell:
    """One post to `network`; what goes wrong there is `fault`, here it is `instant`.

    Args:
        fault: a kind of the simulator's, or NO_FAULT.
        on: which of the network's calls the fault hits: PUBLISH, LOOKUP or UPLOAD.
        chained: the post is taken by the worker that has just sent the account's
            post before it.
        illustrated: both parts show media.
        ahead: its uploads begin before its time; else nobody came to it.
        turn: how many times the instant comes until it strikes.
    """

    instant: Instant
    network: str
    fault: str = NO_FAULT
    on: str = PUBLISH
    chained: bool = False
    illustrated: bool = False
    ahead: bool = False
    turn: int = 1

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
        flags = ("chained", "illustrated", "ahead")
        said = (name for name in flags if getattr(self, name))
        return "-".join((self.instant.value, self.network, trouble, *said))


def is_of_look_up(instant: Instant) -> bool:
    """Whether a look-up is under way then."""
    return instant.value.startswith("look_up.")


def accepts(network: str, kind: str, on: str) -> bool:
    """Whether the simulator has `kind` for these calls of `network`."""
    asked = {"network": network, "kind": kind}
    if kind != REFUSED:  # that hits all calls
        asked["on"] = on
    try:
        FaultBoard().parse(asked, account=None)
    except BadFault:
        return False
    return True


def faults_of(network: str, on: str = PUBLISH) -> list[str]:
    """Every kind that the simulator has for these calls of `network`."""
    return [kind for kind in KINDS if accepts(network, kind, on)]


def cells() -> list[Cell]:
    """All of them."""
    return [
        cell
        for instant in Instant
        for network in NETWORKS
        for cell in _cells_of(instant, network)
    ]


def _cells_of(instant: Instant, network: str) -> Iterator[Cell]:
    if instant == Instant.MEDIA_MADE:
        # No call is under way then, and none has been made that could be remembered.
        yield Cell(instant, network, illustrated=True)
        yield Cell(instant, network, illustrated=True, ahead=True)
    elif instant in OF_UPLOADS:
        for ahead in (False, True):
            yield from _cells_of_uploads(instant, network, ahead=ahead)
    else:
        yield from _cells_of_words(instant, network)
    if instant in AFTER_UPLOADS:
        for fault in FAULTS_AFTER_UPLOADS:
            yield Cell(instant, network, fault, illustrated=True)


def _cells_of_uploads(instant: Instant, network: str, *, ahead: bool) -> Iterator[Cell]:
    """Faults of uploads in all of them. Those of the create, which comes long after,
    early and late, but at one of the two instants: it can't tell which it was.
    """
    faults = [(UPLOAD, fault) for fault in faults_of(network, UPLOAD)]
    if ahead == (instant == Instant.UPLOAD_SAVED):
        faults += [(PUBLISH, fault) for fault in faults_of(network)]
    for on, fault in [(PUBLISH, NO_FAULT), *faults]:
        yield Cell(instant, network, fault, on, illustrated=True, ahead=ahead)


def _cells_of_words(instant: Instant, network: str) -> Iterator[Cell]:
    for fault in (NO_FAULT, *faults_of(network)):
        yield Cell(instant, network, fault)
        if instant == Instant.CLAIM_BEFORE_COMMIT:
            yield Cell(instant, network, fault, chained=True)
        if is_of_look_up(instant) and fault:
            yield Cell(instant, network, fault, LOOKUP)
