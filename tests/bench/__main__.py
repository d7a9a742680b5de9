"""`make bench`: figures of this machine, each a ratio or a distribution of one run.

`python -m tests.bench [names] [--short]`. Prints JSON lines and a table. Ends with 1
if anything was lost or doubled; a short run also if a ratio misses its target. What
depends on the machine is told and never failed.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from tests.bench import api, burst, fairness, media, memory, punctuality
from tests.bench.installation import (
    ACCOUNTS,
    POSTING_WORKERS,
    SHORT_ACCOUNTS,
    NotInstalled,
    TookTooLong,
    installation,
)
from tests.bench.machine import machine
from tests.bench.report import Kind, Report

#: One after the other on the same installation: memory first, on fresh workers, and
#: the API last, which leaves posts that never leave.
ON_ONE_INSTALLATION = {
    "memory": memory.run,
    "punctuality": punctuality.run,
    "burst": burst.run,
    "fairness": fairness.run,
    "api": api.run,
}
#: Has databases, and an installation, of its own.
GROWTH, MEDIA = "growth", "media"


def main() -> int:
    """Run those that were asked for; all of them by default."""
    asked = parsed()
    # What was started ends then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report(short=asked.short)
    report.line("machine", "this one", machine())
    names = asked.names or [*ON_ONE_INSTALLATION, MEDIA, GROWTH]
    try:
        together = [name for name in names if name in ON_ONE_INSTALLATION]
        run_together(report, together, workers=asked.workers)
        if MEDIA in names:
            media.run(report)
        if GROWTH in names:
            from tests.bench import growth

            growth.run(report)
    except NotInstalled as error:
        sys.stderr.write(f"The benchmarks need {error}; this machine has none.\n")
        return 2
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"\n{report.table()}\n")
    if report.costs:
        sys.stdout.write(f"\n{report.cost_table()}\n")
    return 1 if report.failed else 0


def run_together(report: Report, names: Sequence[str], *, workers: int) -> None:
    """Run these on one installation. Posts that never leave end it, and are lost."""
    if not names:
        return
    accounts = SHORT_ACCOUNTS if report.short else ACCOUNTS
    with installation(accounts=accounts, workers=workers) as on:
        report.line("installation", "settings", on.settings())
        for name in sorted(names, key=list(ON_ONE_INSTALLATION).index):
            try:
                ON_ONE_INSTALLATION[name](report, on)
            except TookTooLong as error:
                sys.stderr.write(f"{error}\n")
                words = f"{name}: left over in the end"
                report.judge(words, error.left, 0, Kind.PROMISE)
                return


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = [*ON_ONE_INSTALLATION, MEDIA, GROWTH]
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(known))
    parser.add_argument("--short", action="store_true", help="a minute, for CI")
    parser.add_argument(
        "--workers", type=int, default=POSTING_WORKERS, help="posting workers"
    )
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - set(known)):
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
