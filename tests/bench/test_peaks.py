"""Peak memory by process, and what it says of a file's way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bench.media_memory import growth, most_of
from tests.bench.peaks import PROC, WORKSHOP, Peaks

pytestmark = pytest.mark.skipif(
    not (PROC / "self" / "clear_refs").exists(), reason="looks into /proc"
)

#: Takes MB when it is told how many, gives them back, and says so.
TAKES = """
import sys
for line in sys.stdin:
    kept = b"x" * (int(line) * 1_000_000)
    del kept
    print(flush=True)
"""
#: Has a child do so.
HAS_A_CHILD = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {TAKES!r}, *sys.argv[1:]])
"""


@contextmanager
def process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as running:
        take(running, 0)  # it runs
        yield running
        running.stdin.close()


def take(running: subprocess.Popen[str], mb: int) -> None:
    running.stdin.write(f"{mb}\n")
    running.stdin.flush()
    assert running.stdout.readline() == "\n"


def peaks_while_it_takes(running: subprocess.Popen[str], mb: int) -> dict[str, float]:
    with Peaks({"one": running.pid}) as peaks:
        take(running, mb)
    return peaks.mb


def test_memory_that_was_given_back_counts_once() -> None:
    with process(TAKES) as running:
        rest, most, after = (
            peaks_while_it_takes(running, mb)["one"] for mb in (0, 100, 0)
        )
    assert 90 < most - rest < 110
    assert abs(after - rest) < 10


def test_what_a_process_starts_counts_with_it_and_the_workshop_by_itself() -> None:
    with process(HAS_A_CHILD) as running:
        assert peaks_while_it_takes(running, 100)["one"] > 100
    with process(HAS_A_CHILD, WORKSHOP) as running:
        found = peaks_while_it_takes(running, 100)
    # Its own command line names the workshop, too.
    assert found["one: workshop"] > 100


def test_a_process_that_ends_is_told_as_it_was_seen_last() -> None:
    with process(TAKES) as running, Peaks({"one": running.pid}) as peaks:
        take(running, 50)
        running.stdin.close()
        running.wait()
    assert peaks.mb["one"] > 5


BEFORE = {"uploaded": {"web": 100.0}, "sent": {"web": 140.0, "posting": 150.0}}


def test_the_most_of_each_process_over_all_stages() -> None:
    assert most_of(BEFORE) == {"posting": 150.0, "web": 140.0}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"uploaded": {"web": 139.0}, "sent": {"posting": 150.0}}, 0.0),
        ({"uploaded": {"web": 900.0}, "sent": {"posting": 160.0}}, 760.0),
        ({"uploaded": {"web": 130.0}, "sent": {"posting": 162.0}}, 12.0),
        # Nothing to compare it with.
        ({"uploaded": {"workshop": 900.0}, "sent": {"posting": 151.0}}, 1.0),
    ],
)
def test_growth_is_beyond_what_a_small_file_took(
    found: dict[str, dict[str, float]], expected: float
) -> None:
    assert growth(BEFORE, found) == expected
