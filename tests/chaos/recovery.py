"""How long it took until all was right again: pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.chaos.evidence import Accepted, Evidence, Target

#: A target and its network's account stand still while the outcome of a try is not
#: known, or the account may not be used.
HOLDS_UP_ACCOUNT = frozenset(
    {
        *("adopted", "absent", "repeatable", "undetermined", ""),
        *("rate_limited", "authentication_failed", "account_blocked"),
    }
)

#: What holds a target while it is in flight: its id and a token or time.
Hold = tuple[str, str]
#: When something happened, and what.
Moment = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Blow:
    """A kill or a stopped server, and what was in flight right after it."""

    at: datetime
    what: str
    in_flight: frozenset[Hold] = frozenset()


@dataclass(frozen=True, slots=True)
class Stretch:
    """The longest time that one target waited to be right: from a blow or its due time
    to its end or the next blow. `late`: from its due time to its end, whatever hit it.
    """

    seconds: float
    marker: str
    target: str
    began: str
    hit: bool
    late: float


def blows_by_target(blows: Sequence[Blow]) -> dict[str, list[Moment]]:
    """The blows that hit each target, oldest first.

    A target that was seen in flight at an earlier blow under the same hold is still
    waiting after that one: the later blow is no new beginning.
    """
    found: dict[str, list[Moment]] = {}
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
    accounts = _blows_by_account(evidence, hits)
    made = [
        _longest(
            orders[post.id],
            target,
            [*hits.get(target.id, ()), *_failed_tries(target)],
            accounts[target.account],
            now,
        )
        for post in evidence.posts
        if post.id in orders
        for target in post.targets
    ]
    return sorted(made, key=lambda one: -one.seconds)


def _blows_by_account(
    evidence: Evidence, hits: Mapping[str, Sequence[Moment]]
) -> dict[str, list[Moment]]:
    """What kept an account from being used: all that is due there waits too, for
    posts of an account leave one at a time.
    """
    found: dict[str, list[Moment]] = defaultdict(list)
    for post in evidence.posts:
        for target in post.targets:
            tries = _failed_tries(target, HOLDS_UP_ACCOUNT)
            found[target.account] += [*hits.get(target.id, ()), *tries]
    return found


def _longest(
    order: Accepted,
    target: Target,
    own: Sequence[Moment],
    of_account: Sequence[Moment],
    now: datetime,
) -> Stretch:
    due, end = order.due, ended_at(target, now)
    # A blow before its time did no harm yet; one after its end neither.
    hit = any(due < at < end for at, _ in own)
    blows = sorted(blow for blow in {*own, *of_account} if due < blow[0] < end)
    beginnings = [(due, "due"), *blows]
    ends = [*(at for at, _ in blows), end]
    seconds, began = max(
        (max(0.0, (until - at).total_seconds()), what)
        for (at, what), until in zip(beginnings, ends, strict=True)
    )
    late = (end - due).total_seconds()
    return Stretch(seconds, order.marker, target.id, began, hit=hit, late=late)


def _failed_tries(
    target: Target, outcomes: Collection[str] | None = None
) -> list[Moment]:
    """Tries that did not end `posted`, with one of `outcomes` if given."""
    return [
        (attempt.opened_at, attempt.outcome or "open")
        for attempt in target.attempts
        if attempt.outcome != "posted"
        and (outcomes is None or attempt.outcome in outcomes)
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
