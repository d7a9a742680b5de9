"""Asks the API for the same thing again and again (child.py).

Every connection is kept alive and has one request on its way at a time. Needs nothing
of Django, so that it costs little beside what it measures; what it costs is told.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from itertools import cycle
from threading import Barrier
from typing import Any

from tests.bench.child import obey

#: Of each connection, unmeasured: caches, and what is imported on first use.
WARM_UP_REQUESTS = 3
Request = Sequence[Any]  # method, path, body or None


def ask(
    *,
    port: int,
    keys: Sequence[str],
    connections: int,
    seconds: float,
    requests: Sequence[Request],
) -> dict[str, Any]:
    """What `connections` at once are answered within `seconds`, `requests` by turns.

    Latencies are in seconds, of what was answered in time. Raises RuntimeError for an
    answer other than 200 and 201.
    """
    together, before = Barrier(connections), time.process_time()

    def connection(n: int) -> list[float]:
        # Each asks in another order, as callers of its own: what a throttle remembers
        # of one caller stays as little as it would be.
        turns = cycle([*requests[n:], *requests[:n]])
        times = _times(port, turns, cycle(keys[n::connections]))
        for _ in range(WARM_UP_REQUESTS):
            next(times)
        together.wait()
        return list(_until(time.monotonic() + seconds, times))

    with ThreadPoolExecutor(connections) as threads:
        found = list(threads.map(connection, range(connections)))
    return {
        "latencies": [round(took, 5) for each in found for took in each],
        "all_requests": sum(map(len, found)) + (WARM_UP_REQUESTS + 1) * connections,
        "cpu_seconds": time.process_time() - before,
    }


def _until(end: float, times: Iterator[float]) -> Iterator[float]:
    """Those that came before `end`; asks once more to know."""
    for took in times:
        if time.monotonic() > end:
            return
        yield took


def _times(
    port: int, requests: Iterator[Request], keys: Iterator[str]
) -> Iterator[float]:
    """One connection: how long each request takes until its answer is read."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for (method, path, body), key in zip(requests, keys, strict=False):
            headers = {"Authorization": f"Api-Key {key}"}
            if body:
                headers["Content-Type"] = "application/json"
            began = time.monotonic()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status not in (200, 201):
                raise RuntimeError(f"{method} {path}: {answer.status} {said[:500]!r}")
            yield time.monotonic() - began


if __name__ == "__main__":
    obey(ask)
