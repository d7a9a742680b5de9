"""Punctuality: how late posts are when there is little to do."""

from __future__ import annotations

from typing import Any

from tests.bench.distribution import spread
from tests.bench.installation import Installation
from tests.bench.outcome import publish
from tests.bench.report import Kind, Report

PER_SECOND = 10
SECONDS, SHORT_SECONDS = 120, 15
ACCOUNTS = 300
#: The targets that the project has set itself, in seconds.
P50, P99 = 0.4, 0.9


def run(report: Report, on: Installation) -> None:
    """Ten posts a second, each on another account than the ones around it."""
    lasting = SHORT_SECONDS if report.short else SECONDS
    posts = PER_SECOND * lasting
    batch = {
        "name": "punctual",
        "number": posts,
        "chosen": {"first": 0, "number": ACCOUNTS},
        "every": 1 / PER_SECOND,
    }
    found = publish(on, batch, lasting=lasting)
    report.promise("punctuality", found)
    late = spread(found.lateness())
    figures: dict[str, Any] = {"posts": posts, "late_s": late, "cpu_ms": found.cpu_ms()}
    report.line("punctuality", f"{PER_SECOND} posts/s", figures)
    report.cost("punctuality: a post", figures["cpu_ms"])
    report.judge("punctuality: p50, s", late["p50"], P50, Kind.TIME)
    report.judge("punctuality: p99, s", late["p99"], P99, Kind.TIME)
