"""Does it stay as fast when the database has grown? `python -m tests.bench growth`.

One PostgreSQL database stays at 10,000 targets; one beside it grows to five million,
in steps. At each step every figure is taken from both by turns, so that whatever else
the machine does meets both alike: `ratio` is p95 of the grown one divided by p95 of
the other. The p95 of a figure is the lowest of three rounds, for a single stall of the
machine is not what is asked about. Takes some ten minutes and 15 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from tests.bench.growth_process import Measured
from tests.bench.growth_rows import grow
from tests.bench.installation import NotInstalled
from tests.bench.report import Kind, Report
from tests.services import EMBEDDED
from tests.stack import own_database
from tests.throwaway import start_postgresql

SMALLEST = 10_000
SIZES = (100_000, 1_000_000, 5_000_000)
SHORT_SIZES = (100_000,)
ROUNDS = 3
#: In each round.
REPETITIONS = 40
#: p95 grown, divided by p95 at the smallest size.
LIMIT = 1.5
#: Where a short run fails: a p95 of few milliseconds, beside other work.
SHORT_LIMIT = 4
BYTES_PER_TARGET = 3_000

Line = dict[str, Any]


def run(report: Report) -> None:
    """Tell every line; hold the last size's ratios to the limit."""
    sizes = SHORT_SIZES if report.short else SIZES
    for line in measure(sizes):
        report.line("growth", line["name"], line)
        if line["size"] != sizes[-1]:
            continue
        name = f"growth: {line['name']}, {line['size']:,} to {SMALLEST:,}"
        if "missing_indexes" in line:
            missed = len(line["missing_indexes"]) + line["whole_table_reads"]
            report.judge("growth: scans without their index", missed, 0, Kind.RATIO)
        elif line["held_to_limit"]:
            report.judge(name, line["ratio"], LIMIT, Kind.RATIO, fails_at=SHORT_LIMIT)


def measure(
    sizes: Sequence[int] = SIZES, *, repetitions: int = REPETITIONS
) -> Iterator[Line]:
    """A line per figure and size, and one per size about the plans of a tick.

    Uses the server of TEST_DATABASE_URL, else one of its own. Raises NotInstalled.
    """
    with ExitStack() as stack:
        named = os.environ.get("TEST_DATABASE_URL") or EMBEDDED
        server = named if named != EMBEDDED else _started(stack, max(sizes))
        small, grown = (
            stack.enter_context(own_database(f"{server}_{name}"))
            for name in ("small", "grown")
        )
        beside = [stack.enter_context(Measured(url)) for url in (small, grown)]
        grow(small, before=0, to=SMALLEST)
        before = 0
        for size in sorted(sizes):
            grow(grown, before=before, to=size)
            before = size
            yield from _lines(*beside, size=size, repetitions=repetitions)


def _lines(
    small: Measured, grown: Measured, *, size: int, repetitions: int
) -> Iterator[Line]:
    figures = small.figures()
    if grown.figures() != figures:
        raise RuntimeError("The two databases have different figures.")
    for number, figure in enumerate(figures):
        times = max(1, repetitions // figure["share"])
        first, last = _by_turns((small, grown), number, times)
        yield {
            **figure,
            "size": size,
            "repetitions": ROUNDS * times,
            **grown.cost(number),
            "pages_smallest": small.cost(number)["pages"],
            "p50_ms": round(min(_share(one, 0.5) for one in last), 2),
            "p95_ms": round(_p95(last), 2),
            "p95_ms_smallest": round(_p95(first), 2),
            "ratio": round(_p95(last) / _p95(first), 2),
        }
    yield {"name": "plans of a tick", "size": size, **grown.plans()}


def _by_turns(
    pair: tuple[Measured, Measured], number: int, repetitions: int
) -> list[list[list[float]]]:
    """For each of the two: the times of each round, in ms."""
    for one in pair:
        one.begin(number)
    rounds: list[list[list[float]]] = [[], []]
    for _ in range(ROUNDS):
        times: list[list[float]] = [[], []]
        for _ in range(repetitions):
            for place, one in zip(times, pair, strict=True):
                place.append(one.time(number))
        for place, taken in zip(rounds, times, strict=True):
            place.append(sorted(taken))
    for one in pair:
        one.end(number)
    return rounds


def _p95(rounds: list[list[float]]) -> float:
    return min(_share(times, 0.95) for times in rounds)


def _share(times: list[float], share: float) -> float:
    """The smallest time that at least this share of them do not exceed."""
    return times[min(len(times) - 1, int(share * len(times)))]


def _started(stack: ExitStack, largest: int) -> str:
    """URL of a server for this run and the beginning of a database's name."""
    needed = largest * BYTES_PER_TARGET
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        raise NotInstalled(f"{needed >> 30} GB of free disk")
    url = start_postgresql(stack)
    if url is None:
        raise NotInstalled("PostgreSQL")
    return f"{url}/growth"


def main() -> None:
    """Only this benchmark, at any sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    asked = parser.parse_args()
    report = Report()
    sizes = [int(size) for size in asked.sizes.split(",")]
    for line in measure(sizes, repetitions=asked.repetitions):
        report.line("growth", line["name"], line)


if __name__ == "__main__":
    main()
