"""Fairness: what a workspace with much to send leaves to those with one post."""

from __future__ import annotations

from typing import Any

from tests.bench.distribution import spread
from tests.bench.installation import OTHERS, Installation
from tests.bench.outcome import publish
from tests.bench.report import Kind, Report

POSTS, SHORT_POSTS = 5_000, 500
#: How many accounts the big workspace has: more than the workers have slots, and few
#: with a long row of posts each.
MANY, SHORT_MANY, FEW = 1_000, 300, 50
#: Spread over the second in which the big workspace's posts are due.
EVERY = 0.95 / OTHERS
#: The target that the project has set itself, in seconds.
LATEST = 3


def run(report: Report, on: Installation) -> None:
    """A crowd on many accounts, then on few; a short run has the hard one only."""
    for accounts in (SHORT_MANY,) if report.short else (MANY, FEW):
        compare(report, on, accounts)


def compare(report: Report, on: Installation, accounts: int) -> None:
    """How late the others' posts are, and how long the crowd's take."""
    posts = SHORT_POSTS if report.short else POSTS
    case = f"{posts} on {accounts} accounts"
    crowd: dict[str, Any] = {
        "name": f"crowd {accounts}",
        "number": posts,
        "chosen": {"first": 0, "number": accounts},
    }
    others: dict[str, Any] = {
        "name": f"single {accounts}",
        "number": OTHERS,
        "chosen": {"first": on.accounts, "number": OTHERS},
        "every": EVERY,
    }
    found = publish(on, crowd, others)
    late = spread(found.of(others["name"]).lateness())
    figures = {
        "others": OTHERS,
        "others_late_s": late,
        "crowd_late_s": spread(found.of(crowd["name"]).lateness()),
    }
    report.line("fairness", case, figures)
    report.promise(f"fairness, {case}", found)
    words = f"fairness, {case}: latest of the others, s"
    report.judge(words, late["max"], LATEST, Kind.TIME)
