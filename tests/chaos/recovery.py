"""How long it took until all was right again: pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.chaos.evidence import Evidence, Target

#: What holds a target while it is in flight: its id and a token or time.
Hold = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Blow:
    """A kill or a stopped server, and what was in flight right after it."""

    at: datetime
    what: str
    in_flight: frozenset[Hold] = frozenset()


@dataclass(frozen=True, slots=True)
class Stretch:
    """The longest time that one target waited to be right: from a blow or its due time
    to its end or the next blow.
    """

    seconds: float
    marker: str
    target: str
    began: str
    hit: bool


def blows_by_target(blows: Sequence[Blow]) -> dict[str, list[tuple[datetime, str]]]:
    """The blows that hit each target, oldest first.

    A target that was seen in flight at an earlier blow under the same hold is still
    waiting after that one: the later blow is no new beginning.
    """
    found: dict[str, list[tuple[datetime, str]]] = {}
    seen: set[Hold] = set()
    for blow in sorted(blows, key=lambda one: one.at):
        for hold in blow.in_flight - seen:
            found.setdefault(hold[0], []).append((blow.at, blow.what))
        seen |= blow.in_flight
    return found


def stretches(
    evidence: Evidence, blows: Sequence[Blow], *, now: datetime
) -> list[Stretch]:
    """One per target, the longest first. What has not ended lasts until `now`."""
    orders = {order.post: order for order in evidence.accepted}
    hits = blows_by_target(blows)
    made = [
        _longest(target, orders[post.id].marker, orders[post.id].due, hits, now)
        for post in evidence.posts
        if post.id in orders
        for target in post.targets
    ]
    return sorted(made, key=lambda one: -one.seconds)


def _longest(
    target: Target,
    marker: str,
    due: datetime,
    hits: Mapping[str, Sequence[tuple[datetime, str]]],
    now: datetime,
) -> Stretch:
    end = ended_at(target, now)
    blows = [*hits.get(target.id, ()), *_failed_tries(target)]
    # A blow before its time did no harm yet; one after its end neither.
    blows = sorted(blow for blow in blows if due < blow[0] < end)
    beginnings = [(due, "due"), *blows]
    ends = [*(at for at, _ in blows), end]
    seconds, began = max(
        (max(0.0, (until - at).total_seconds()), what)
        for (at, what), until in zip(beginnings, ends, strict=True)
    )
    return Stretch(seconds, marker, target.id, began, hit=bool(blows))


def _failed_tries(target: Target) -> list[tuple[datetime, str]]:
    return [
        (attempt.opened_at, attempt.outcome or "open")
        for attempt in target.attempts
        if attempt.outcome != "posted"
    ]


def ended_at(target: Target, now: datetime) -> datetime:
    """When its right state was written down."""
    if target.status == "posted" and target.posted_at is not None:
        return target.posted_at
    closed = [one.closed_at for one in target.attempts if one.closed_at]
    return max(closed) if target.status == "failed" and closed else now


def lateness(evidence: Evidence, undisturbed: set[str]) -> list[float]:
    """Seconds from due to standing on the network, of these targets' first parts."""
    standing = {
        (one.network, one.account, one.text): one.created_at
        for one in evidence.standing
    }
    wanted = {
        (order.post, account): (order.due, (*place, order.texts[0]))
        for order in evidence.accepted
        for account, place in order.accounts.items()
    }
    late = []
    for post in evidence.posts:
        for target in post.targets:
            due, place = wanted.get((post.id, target.account), (None, ()))
            if target.id in undisturbed and due and place in standing:
                late.append((standing[place] - due).total_seconds())
    return sorted(late)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Nearest rank of sorted values; 0 for none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
