"""Burst: everything due in the same second, beside the limit of the design."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.installation import (
    POSTING_WORKERS,
    SLOTS,
    Installation,
    installation,
    missing_and_doubled,
)
from tests.bench.limit import bare_calls
from tests.bench.plan import NETWORKS, seconds_to_write
from tests.bench.report import Kind, Report

Figures = dict[str, Any]
POSTS, ACCOUNTS = 10_000, 2_000
SHORT_POSTS, SHORT_ACCOUNTS = 1_000, 200
#: Some for every thread of the workers; bare calls are warmed up alike (bare.py).
WARM_UP_POSTS = 2 * POSTING_WORKERS * SLOTS
GIVE_UP_SECONDS = 180
#: The targets that the project has set itself.
SECONDS, SHARE_OF_LIMIT = 30, 0.5


def run(report: Report) -> None:
    """All networks together, then each by itself."""
    posts = SHORT_POSTS if report.short else POSTS
    accounts = SHORT_ACCOUNTS if report.short else ACCOUNTS
    with installation(accounts=accounts) as on:
        warm_up(report, on)
        mixed = compare(report, on, "all networks", posts, NETWORKS)
        if report.short:
            return
        report.judge("burst: seconds for 10,000", mixed["seconds"], SECONDS, Kind.TIME)
        for network in NETWORKS:
            compare(report, on, network, posts // len(NETWORKS), (network,))


def warm_up(report: Report, on: Installation) -> None:
    """The first posts after the start, when every thread connects for the first time;
    told, and not compared with anything.
    """
    chosen = {"first": 0, "number": on.accounts, "networks": NETWORKS}
    found = burst(on, "burst cold", WARM_UP_POSTS, chosen=chosen)
    report.line("burst", "cold start", found)
    report.promise("cold start", lost=found["lost"], doubled=found["doubled"])


def compare(
    report: Report, on: Installation, case: str, posts: int, networks: Sequence[str]
) -> Figures:
    """The limit, then the burst; answers the burst's figures."""
    chosen = {"first": 0, "number": on.accounts, "networks": networks}
    limit = bare_calls(on, f"limit {case}", posts, chosen)
    found = burst(on, f"burst {case}", posts, chosen=chosen)
    found["share_of_limit"] = round(found["per_s"] / limit["per_s"], 2)
    report.line("burst", case, found | {"limit": limit})
    share = found["share_of_limit"]
    name = f"burst, {case}"
    report.judge(
        f"{name}: share of the limit", share, SHARE_OF_LIMIT, Kind.RATIO, at_least=True
    )
    report.promise(name, lost=found["lost"], doubled=found["doubled"])
    return found


def burst(
    on: Installation, name: str, posts: int, *, chosen: Mapping[str, Any]
) -> Figures:
    """Publish so many posts that are due at the same moment."""
    due = time.time() + seconds_to_write(posts)
    on.schedule(name, posts, due=due, chosen=chosen)
    on.accepted()
    time.sleep(max(0, due - time.time()))
    meter = on.meter()
    on.wait_until_settled(GIVE_UP_SECONDS)
    spent = meter.spent()
    accepted, wanted = on.accepted(), on.wanted(name)
    lost, doubled = missing_and_doubled(wanted, accepted)
    first, last = accepted[0].at, accepted[-1].at
    return {
        "posts": posts,
        "accounts": len({one.account for one in wanted}),
        "seconds": round(last - due, 2),
        "per_s": round(posts / (last - due), 1),
        "per_s_from_first": round(posts / (last - first), 1),
        "lost": lost + sum(one.status != "posted" for one in wanted),
        "doubled": doubled,
        "cpu_ms": {group: round(1000 * spent[group] / posts, 2) for group in spent},
    }
