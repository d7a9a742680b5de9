"""Memory: what a posting worker takes at rest and after many posts."""

from __future__ import annotations

from tests.bench.burst import ACCOUNTS, POSTS, SHORT_ACCOUNTS, SHORT_POSTS
from tests.bench.cpu import pss_mib
from tests.bench.installation import Installation
from tests.bench.outcome import publish
from tests.bench.report import Kind, Report

#: Growth from the first burst to the second, as a share of what the first one left.
GROWTH = 0.1
#: Where a short run fails: pools and caches still fill.
SHORT_GROWTH = 0.3


def run(report: Report, on: Installation) -> None:
    """Two bursts of the same size, one after the other, on workers that have done
    nothing yet.
    """
    posts = SHORT_POSTS if report.short else POSTS
    accounts = SHORT_ACCOUNTS if report.short else ACCOUNTS
    rest = pss_of_a_worker(on)
    first, second = (after_a_burst(report, on, n, posts, accounts) for n in (1, 2))
    growth = round(second / first - 1, 3)
    figures = {
        "workers": len(on.workers),
        "pss_mib_at_rest": rest,
        f"pss_mib_after_{posts}": first,
        f"pss_mib_after_{2 * posts}": second,
        "growth": growth,
    }
    report.line("memory", "a posting worker", figures)
    report.tell("memory: PSS of a worker at rest, MiB", rest)
    report.tell(f"memory: after {posts:,} posts, MiB", first)
    words = f"memory: growth over {posts:,} more posts"
    report.judge(words, growth, GROWTH, Kind.RATIO, fails_at=SHORT_GROWTH)


def after_a_burst(
    report: Report, on: Installation, n: int, posts: int, accounts: int
) -> float:
    """A worker's memory after so many posts more."""
    chosen = {"first": 0, "number": accounts}
    found = publish(on, {"name": f"memory {n}", "number": posts, "chosen": chosen})
    report.promise(f"memory, burst {n}", found)
    return pss_of_a_worker(on)


def pss_of_a_worker(on: Installation) -> float:
    """MiB, the mean of all posting workers."""
    found = [pss_mib(on.stack.running[name].pid) for name in on.workers]
    return round(sum(found) / len(found), 1)
