"""API: what two gunicorn processes answer per second, and how fast."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.distribution import spread
from tests.bench.installation import WEB_PROCESSES, Installation
from tests.bench.report import Report

#: Posts that stand there at first, each on one account of every network.
POSTS, SHORT_POSTS, TARGETS = 1_000, 200, 3
ACCOUNTS = 30
SECONDS, SHORT_SECONDS = 10, 3
CONNECTIONS = 8
CALLERS = 40
FAR = timedelta(days=30)
PATH = "/api/v1/posts"
Requests = Sequence[tuple[str, str, str | None]]


def run(report: Report, on: Installation) -> None:
    """List 20 posts, retrieve one, create one: one after the other."""
    posts = SHORT_POSTS if report.short else POSTS
    seconds = SHORT_SECONDS if report.short else SECONDS
    chosen = {"first": 0, "number": ACCOUNTS}
    batch = {"name": "listed", "chosen": chosen, "number": posts, "each": TARGETS}
    far = time.time() + FAR.total_seconds()
    on.writer.ask("posts", batches=[batch], due=far)
    keys = on.writer.ask("keys", number=CALLERS)
    with on.child("queries") as queries:
        for case, requests in cases(on).items():
            count = queries.ask("count", key=keys[0], request=requests[0])
            found = figures(on, keys, requests, seconds)
            report.line("api", case, found | {"queries": count})
            report.tell(f"api, {case}: requests/s", found["per_s"])
            if found["ms"]:
                report.tell(f"api, {case}: p99, ms", found["ms"]["p99"])
            report.tell(f"api, {case}: queries", count)
            report.cost(f"api, {case}", found["cpu_ms"])


def cases(on: Installation) -> Mapping[str, Requests]:
    """What is asked, by name."""
    with on.connect() as connection:
        posts = connection.execute(
            "SELECT id FROM social_media_post WHERE starts_with(content, 'listed ')"
        ).fetchall()
        accounts = connection.execute(
            "SELECT id FROM social_media_connectedaccount ORDER BY label LIMIT %s",
            [TARGETS],
        ).fetchall()
    body = {
        "content": "The new timetable is out, with more trains in the evening.",
        "scheduled_time": (datetime.now(UTC) + FAR).isoformat(),
        "targets": [{"account": str(account)} for (account,) in accounts],
    }
    return {
        "list 20 posts": [("GET", PATH, None)],
        "retrieve a post": [("GET", f"{PATH}/{post}", None) for (post,) in posts],
        "create a post": [("POST", PATH, json.dumps(body))],
    }


def figures(
    on: Installation, keys: Sequence[str], requests: Requests, seconds: float
) -> dict[str, Any]:
    """One case: throughput and latency, and what a request costs whom."""
    meter = on.meter()
    with on.child("load") as load:
        found = load.ask(
            "ask",
            port=on.stack.demo.port,
            keys=keys,
            connections=CONNECTIONS,
            seconds=seconds,
            requests=requests,
        )
    spent = meter.spent() | {"load generator": found["cpu_seconds"]}
    took = found["latencies"]
    per_request = 1000 / found["all_requests"]
    return {
        "processes": WEB_PROCESSES,
        "connections": CONNECTIONS,
        "requests": len(took),
        "per_s": round(len(took) / seconds, 1),
        "ms": spread([1000 * each for each in took], digits=1) if took else None,
        "cpu_ms": {
            name: round(per_request * spent[name], 2)
            for name in ("web", "database", "broker", "load generator")
        },
    }
