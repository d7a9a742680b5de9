"""Burst: everything due in the same second, beside the limit of the design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.installation import SLOTS, Installation
from tests.bench.limit import bare_calls
from tests.bench.outcome import publish
from tests.bench.plan import NETWORKS
from tests.bench.report import Kind, Report

Figures = dict[str, Any]
POSTS, ACCOUNTS = 10_000, 2_000
SHORT_POSTS, SHORT_ACCOUNTS = 1_000, 200
#: For every thread of the workers; bare calls are warmed up alike (bare.py).
WARM_UP_POSTS = 2
#: The targets that the project has set itself.
SECONDS, SHARE_OF_LIMIT = 30, 0.5
#: What a short run, most of it start-up, must reach at least.
SHORT_SHARE_OF_LIMIT = 0.15


def run(report: Report, on: Installation) -> None:
    """All networks together, then each by itself."""
    posts = SHORT_POSTS if report.short else POSTS
    accounts = SHORT_ACCOUNTS if report.short else ACCOUNTS
    warm_up(report, on)
    mixed = compare(report, on, "all networks", posts, accounts)
    if report.short:
        return
    words = f"burst: seconds for {POSTS:,}"
    report.judge(words, mixed["seconds"], SECONDS, Kind.TIME)
    for network in NETWORKS:
        share = posts // len(NETWORKS)
        compare(report, on, network, share, accounts, networks=(network,))


def warm_up(report: Report, on: Installation) -> None:
    """Some posts first, so that every thread has had some; told, and not compared."""
    posts = WARM_UP_POSTS * len(on.workers) * SLOTS
    chosen = {"first": 0, "number": posts}
    report.line("burst", "warm-up", burst(report, on, "warm-up", posts, chosen=chosen))


def compare(
    report: Report,
    on: Installation,
    case: str,
    posts: int,
    accounts: int,
    *,
    networks: Sequence[str] = NETWORKS,
) -> Figures:
    """The limit, then the burst on those of the first `accounts` that are on one of the
    networks; answers the burst's figures.
    """
    chosen = {"first": 0, "number": accounts, "networks": networks}
    limit = bare_calls(on, f"limit {case}", posts, chosen)
    found = burst(report, on, f"burst {case}", posts, chosen=chosen)
    share = round(found["per_s"] / limit["per_s"], 2)
    report.line("burst", case, found | {"share_of_limit": share, "limit": limit})
    report.tell(f"burst, {case}: posts/s", found["per_s"])
    report.tell(f"burst, {case}: bare calls/s", limit["per_s"])
    report.cost(f"burst, {case}: a post", found["cpu_ms"])
    report.cost(f"burst, {case}: a bare call", limit["cpu_ms"])
    words = f"burst, {case}: share of the limit"
    report.judge(
        words,
        share,
        SHARE_OF_LIMIT,
        Kind.RATIO,
        at_least=True,
        fails_at=SHORT_SHARE_OF_LIMIT,
    )
    return found


def burst(
    report: Report,
    on: Installation,
    name: str,
    posts: int,
    *,
    chosen: Mapping[str, Any],
) -> Figures:
    """Publish so many posts that are due at the same moment."""
    found = publish(on, {"name": name, "number": posts, "chosen": chosen})
    report.promise(name, found)
    return {
        "posts": posts,
        "accounts": len({one.account for one in found.wanted}),
        "seconds": round(found.seconds, 2),
        "per_s": round(posts / found.seconds, 1),
        "per_s_from_first": round(posts / found.seconds_from_first, 1),
        "cpu_ms": found.cpu_ms(),
        "lost": found.lost,
        "doubled": found.doubled,
    }
