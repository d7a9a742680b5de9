"""API: what two gunicorn processes answer per second, and how fast."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bench.distribution import spread
from tests.bench.installation import WEB_PROCESSES, Installation, installation
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


def run(report: Report) -> None:
    """List 20 posts, retrieve one, create one: one after the other."""
    posts = SHORT_POSTS if report.short else POSTS
    seconds = SHORT_SECONDS if report.short else SECONDS
    with installation(accounts=ACCOUNTS) as on:
        due = time.time() + FAR.total_seconds()
        chosen = {"first": 0, "number": ACCOUNTS}
        on.child(
            "rows",
            "posts",
            name="listed",
            chosen=chosen,
            number=posts,
            due=due,
            each=TARGETS,
        )
        keys = on.child("rows", "keys", number=CALLERS)
        for case, requests in cases(on).items():
            report.line("api", case, figures(on, keys, requests, seconds))


def cases(on: Installation) -> Mapping[str, Requests]:
    """What is asked, by name."""
    with on.connect() as connection:
        posts = connection.execute("SELECT id FROM social_media_post").fetchall()
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
    queries = on.child("queries", "count", key=keys[0], request=requests[0])
    meter = on.meter()
    found = on.child(
        "load",
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
        "queries": queries,
        "cpu_ms": {
            name: round(per_request * spent[name], 2)
            for name in ("web", "database", "broker", "load generator")
        },
    }
