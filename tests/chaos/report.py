"""What a run tells: on the terminal in brief, in files all of it."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.evidence import Evidence
from tests.chaos.judge import Deviation, ledger_of, told
from tests.chaos.recovery import Stretch, lateness, percentile

SHOWN = 20
MOST_RECOVERY_SECONDS = 90.0


class Notes:
    """What happened when, in a file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self._began = time.monotonic()

    def begin(self) -> None:
        """Seconds count from now."""
        self._began = time.monotonic()

    def say(self, words: str) -> None:
        """One line."""
        clock = time.strftime("%H:%M:%S", time.gmtime())
        self._file.write(f"{clock} {time.monotonic() - self._began:8.2f} {words}\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    evidence: Evidence
    deviations: Sequence[Deviation]
    stretches: Sequence[Stretch]
    kills: int
    faults: int
    #: Why the run itself is worth nothing.
    failures: Sequence[str] = ()

    @property
    def max_recovery(self) -> float:
        """Seconds, the longest of all."""
        return self.stretches[0].seconds if self.stretches else 0.0

    @property
    def uploaded_again(self) -> int:
        """Uploads of what a network held, beyond the handles that were lost."""
        found = self.evidence
        return max(0, found.uploaded_again - found.uploads_lost)

    @property
    def good(self) -> bool:
        """Whether the promise was kept, and the run was one."""
        kept = not self.deviations and not self.uploaded_again
        kept = kept and self.max_recovery <= MOST_RECOVERY_SECONDS
        struck = bool(self.kills and self.faults)
        return kept and struck and bool(self.evidence.accepted) and not self.failures

    def line(self) -> str:
        """The one line that counts."""
        counts = Counter(deviation.kind for deviation in self.deviations)
        unconfirmed = sum(
            target.status == "unconfirmed"
            for post in self.evidence.posts
            for target in post.targets
        )
        return (
            f"chaos: posts={len(self.evidence.accepted)} kills={self.kills} "
            f"faults={self.faults} lost={counts['lost']} doubled={counts['doubled']} "
            f"wrong_state={counts['wrong_state']} unconfirmed={unconfirmed} "
            f"max_recovery_s={self.max_recovery:.1f} "
            f"uploaded_again={self.uploaded_again}"
        )

    def _uploads(self) -> str:
        found = self.evidence
        shown = sum(bool(one.media) for one in found.standing)
        return (
            f"{shown} parts show media; {found.uploaded_again} files were uploaded "
            f"again, {found.uploads_lost} handles may have been lost"
        )

    def details(self) -> list[str]:
        """How much was hit, and how late the rest was."""
        hit = [stretch for stretch in self.stretches if stretch.hit]
        calm = {stretch.target for stretch in self.stretches if not stretch.hit}
        late = lateness(self.evidence, calm)
        longest = max((stretch.late for stretch in self.stretches), default=0.0)
        every = sorted(stretch.seconds for stretch in hit)
        return [
            f"{len(self.stretches)} targets, {len(self.evidence.standing)} parts stand",
            self._uploads(),
            f"{len(hit)} targets were hit; right again after {spread(every)}",
            f"the longest that one was late, all its blows together: {longest:.1f} s",
            f"the {len(late)} others were out {spread(late)} after their time",
        ]


def spread(seconds: Sequence[float]) -> str:
    """Two percentiles of sorted values."""
    half, most = percentile(seconds, 0.5), percentile(seconds, 0.99)
    return f"{half:.2f} s (p50), {most:.2f} s (p99)"


def write_files(result: Result, folder: Path) -> None:
    """All deviations, and the targets that took longest."""
    lines = told(result.deviations)
    (folder / "deviations.txt").write_text("\n".join([*lines, ""]))
    targets = {
        target.id: target for post in result.evidence.posts for target in post.targets
    }
    slowest = [
        f"{one.seconds:7.1f} s from {one.began}: {one.marker} {one.target} "
        f"{targets[one.target].status} {targets[one.target].posted_at}\n"
        f"    ledger: {ledger_of(targets[one.target].attempts)}"
        for one in result.stretches[:50]
    ]
    (folder / "slowest.txt").write_text("\n".join([*slowest, ""]))


def show(result: Result) -> None:
    """The deviations that fit on a screen, the details, and last the line."""
    for line in told(result.deviations[:SHOWN]):
        tell(line)
    if len(result.deviations) > SHOWN:
        tell(f"... and {len(result.deviations) - SHOWN} more")
    for failure in result.failures:
        tell(f"the run itself failed: {failure}")
    for detail in result.details():
        tell(detail)
    if result.max_recovery > MOST_RECOVERY_SECONDS:
        worst = result.stretches[0]
        tell(
            f"too slow: {worst.marker} target {worst.target}: {worst.seconds:.1f} s "
            f"from {worst.began}; {MOST_RECOVERY_SECONDS:g} s are allowed"
        )
    tell(result.line())


def tell(words: str) -> None:
    """A line on the terminal, at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
