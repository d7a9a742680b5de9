"""`make bench`: figures of this machine, each a ratio or a distribution of one run.

`python -m tests.bench [names] [--short]`. Prints JSON lines and a table. Ends with 1
if anything was lost or doubled; a short run also if a ratio misses its target. What
depends on the machine is told and never failed.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from tests.bench.installation import NotInstalled, TookTooLong
from tests.bench.machine import machine
from tests.bench.report import Kind, Report

BENCHMARKS = ("punctuality", "burst", "fairness", "memory", "api", "growth")


def main() -> int:
    """Run those that were asked for; all of them by default."""
    asked = parsed()
    report = Report(short=asked.short)
    report.line("machine", "this one", machine())
    try:
        for name in asked.names or BENCHMARKS:
            run(name, report)
    except NotInstalled as error:
        sys.stderr.write(f"The benchmarks need {error}; this machine has none.\n")
        return 2
    sys.stdout.write(f"\n{report.table()}\n")
    return 1 if report.failed else 0


def run(name: str, report: Report) -> None:
    """Run one of them; posts that never leave count as lost."""
    try:
        import_module(f"tests.bench.{name}").run(report)
    except TookTooLong as error:
        sys.stderr.write(f"{error}\n")
        report.judge(f"{name}: left over in the end", error.left, 0, Kind.PROMISE)


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="name")
    parser.add_argument("--short", action="store_true", help="a minute, for CI")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
