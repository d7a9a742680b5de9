"""What is done to whom and when: a pure function of seed and length."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from social_media.enums import Instant
from social_media.simulator.faults import NETWORKS

#: What is killed with `kill -9`; a mark tells the second of a kind apart.
VICTIMS = (
    *("posting", "posting-2", "scan", "scan-2", "beat", "beat-2"),
    *("media", "media-2", "web"),
)

#: Seconds of the load before the first and after the last disturbance.
QUIET_AT_FIRST, QUIET_AT_LAST = 8.0, 8.0
#: Seconds from one kill or stopped server to the next, and from one fault to the next.
BETWEEN_BLOWS, BETWEEN_FAULTS = 4.5, 2.0
#: A killed process is started again after 0 to so many seconds.
LONGEST_PAUSE = 3.0
DOWN_SECONDS = 20.0
BROKER_SECONDS = 10.0
#: Of `slow`: in time; and after the client's deadline (20 s), in the settle time.
SLOW_SECONDS = (3.0, 22.0)


@dataclass(frozen=True, slots=True)
class Kill:
    """`kill -9` of these processes, started again `pause` seconds later."""

    at: float
    processes: tuple[str, ...]
    pause: float

    @property
    def kind(self) -> str:
        """What must run for this to be worth anything."""
        return kind_of(self.processes[0])


@dataclass(frozen=True, slots=True)
class KillAt:
    """The process that is first to reach `instant` dies there."""

    at: float
    instant: Instant
    pause: float

    @property
    def kind(self) -> str:
        """Whose instant it is."""
        return kind_at(self.instant)


@dataclass(frozen=True, slots=True)
class RestartDatabase:
    """PostgreSQL is stopped as a power cut would, and started again."""

    at: float
    pause: float


@dataclass(frozen=True, slots=True)
class FlushBroker:
    """FLUSHALL: queues, throttles and cache are gone."""

    at: float


@dataclass(frozen=True, slots=True)
class StopBroker:
    """Redis is killed; it comes back empty."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class NetworkFault:
    """One fault of the simulator (social_media/simulator/faults.py)."""

    at: float
    network: str
    kind: str
    on: str = "publish"
    calls: int | None = None
    seconds: float | None = None


Disturbance = Kill | KillAt | RestartDatabase | FlushBroker | StopBroker | NetworkFault
Card = Callable[[random.Random, float], Sequence[Disturbance]]


def kind_of(process: str) -> str:
    """Its name in config/Procfile."""
    return process.partition("-")[0]


def kind_at(instant: Instant) -> str:
    """Which processes come to `instant`."""
    before = instant.value.partition(".")[0]
    return before if before in {"scan", "media"} else "posting"


def make_plan(seed: int, seconds: float) -> list[Disturbance]:
    """Every disturbance of a load of `seconds`, in order of time.

    Each kind comes once at least, however short the load; then all come again in
    another order, as often as there is time.
    """
    blows = random.Random(f"blows {seed}")
    faults = random.Random(f"faults {seed}")
    made = [
        *_dealt(blows, _blow_cards(), seconds, every=BETWEEN_BLOWS),
        *_dealt(faults, _fault_cards(), seconds, every=BETWEEN_FAULTS),
    ]
    return sorted(made, key=lambda one: one.at)


def _dealt(
    chance: random.Random, cards: Sequence[Card], seconds: float, *, every: float
) -> list[Disturbance]:
    """Whole decks, shuffled anew each time, spread over the load with some jitter."""
    first, last = QUIET_AT_FIRST, max(seconds - QUIET_AT_LAST, QUIET_AT_FIRST + 1)
    number = max(len(cards), int((last - first) / every))
    step = (last - first) / number
    made: list[Disturbance] = []
    deck: list[Card] = []
    for place in range(number):
        if not deck:
            deck = chance.sample(list(cards), len(cards))
        at = round(first + step * (place + chance.random()), 2)
        made += deck.pop()(chance, at)
    return made


def _blow_cards() -> list[Card]:
    return [
        *(_kill(victim) for victim in VICTIMS),
        _kill("posting", "posting-2"),
        *(_kill_at(instant) for instant in Instant),
        lambda chance, at: [RestartDatabase(at, _pause(chance))],
        lambda _, at: [FlushBroker(at)],
        lambda _, at: [StopBroker(at, BROKER_SECONDS)],
    ]


def _kill(*victims: str) -> Card:
    return lambda chance, at: [Kill(at, victims, _pause(chance))]


def _kill_at(instant: Instant) -> Card:
    return lambda chance, at: [KillAt(at, instant, _pause(chance))]


def _pause(chance: random.Random) -> float:
    return round(chance.uniform(0, LONGEST_PAUSE), 2)


#: Publishing faults that every network has, beside those that need more words.
_EVERYWHERE = (
    "accept_then_hang",
    "accept_then_reset",
    "accept_then_500",
    "error_before",
    "expired_token",
    "forbidden",
)
#: Not forbidden: a look-up that is not allowed is none that works.
_LOOK_UPS = ("error_before", "accept_then_reset", "accept_then_hang", "expired_token")
#: Not forbidden: what is refused in words before anything was sent fails for good, with
#: no try in the ledger that would tell.
_LOST_UPLOADS = ("accept_then_hang", "accept_then_reset", "accept_then_500", "slow")
_REFUSED_UPLOADS = ("error_before", "expired_token")
_MEDIA_STATUS = ("error_before", "accept_then_reset", "processing")
_REFRESHES = ("error_before", "accept_then_reset", "expired_token")


def _fault_cards() -> list[Card]:
    return [
        *(_fault(network, kind) for network in NETWORKS for kind in _EVERYWHERE),
        # The fourth server doesn't say for how long it wants to be left alone.
        *(_rate_limited(network) for network in NETWORKS if network != "fediverse"),
        *(_slow(network) for network in NETWORKS),
        *(_fault(network, "processing") for network in ("mastodon", "fediverse")),
        *(_look_up(network, _LOOK_UPS) for network in NETWORKS),
        # Its tokens can't be renewed: the owner has to connect the account again.
        _look_up("mastodon", ("expired_token",)),
        *(_upload(network, _LOST_UPLOADS) for network in NETWORKS),
        *(_upload(network, _REFUSED_UPLOADS) for network in NETWORKS),
        _media_status,
        _media_status,
        *(_refresh(network) for network in ("x", "bluesky")),
        _down,
    ]


def _fault(network: str, kind: str) -> Card:
    return lambda chance, at: [
        NetworkFault(at, network, kind, calls=chance.randint(1, 3))
    ]


def _rate_limited(network: str) -> Card:
    def card(chance: random.Random, at: float) -> list[Disturbance]:
        wait = float(chance.randint(2, 5))
        calls = chance.randint(1, 3)
        return [NetworkFault(at, network, "rate_limited", calls=calls, seconds=wait)]

    return card


def _slow(network: str) -> Card:
    def card(chance: random.Random, at: float) -> list[Disturbance]:
        late = chance.choice(SLOW_SECONDS)
        return [NetworkFault(at, network, "slow", calls=2, seconds=late)]

    return card


def _look_up(network: str, kinds: Sequence[str]) -> Card:
    """An answer is lost, and the look-up for it meets a fault too."""

    def card(chance: random.Random, at: float) -> list[Disturbance]:
        kind = chance.choice(kinds)
        return [
            NetworkFault(at, network, "accept_then_reset", calls=1),
            NetworkFault(at, network, kind, on="lookup", calls=1),
        ]

    return card


def _upload(network: str, kinds: Sequence[str]) -> Card:
    def card(chance: random.Random, at: float) -> list[Disturbance]:
        kind = chance.choice(kinds)
        late = chance.choice(SLOW_SECONDS) if kind == "slow" else None
        calls = chance.randint(1, 2)
        return [NetworkFault(at, network, kind, "upload", calls=calls, seconds=late)]

    return card


def _media_status(chance: random.Random, at: float) -> list[Disturbance]:
    """The network is asked how far it is with a GIF or a video."""
    network, kind = chance.choice(NETWORKS), chance.choice(_MEDIA_STATUS)
    return [NetworkFault(at, network, kind, "media_status", calls=1)]


def _refresh(network: str) -> Card:
    """A token counts as expired, and renewing it meets a fault too."""

    def card(chance: random.Random, at: float) -> list[Disturbance]:
        kind = chance.choice(_REFRESHES)
        return [
            NetworkFault(at, network, "expired_token", calls=1),
            NetworkFault(at, network, kind, on="refresh", calls=1),
        ]

    return card


def _down(chance: random.Random, at: float) -> list[Disturbance]:
    network = chance.choice(NETWORKS)
    return [NetworkFault(at, network, "refuse_connection", seconds=DOWN_SECONDS)]
