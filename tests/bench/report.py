"""What a run says: JSON lines as the figures come, a small table at the end."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.outcome import Outcome


class Kind(enum.Enum):
    """What a missed target leads to."""

    PROMISE = "promise"  # something was lost or doubled: the run fails, always
    RATIO = "ratio"  # of two figures of the same run: a short run fails
    TIME = "time"  # depends on the machine: told, never failed


@dataclass(frozen=True, slots=True)
class Target:
    """One figure beside what it ought to be."""

    name: str
    value: float
    bound: float
    kind: Kind
    at_least: bool = False
    #: A short run fails beyond this: few posts, on a machine that others use too.
    fails_at: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self._within(self.bound)

    @property
    def failed(self) -> bool:
        """Whether it is so far off that a run that is held to it fails."""
        return not self._within(self.bound if self.fails_at is None else self.fails_at)

    def _within(self, bound: float) -> bool:
        return self.value >= bound if self.at_least else self.value <= bound

    def row(self) -> str:
        """A line of the table."""
        sign = "at least" if self.at_least else "at most"
        verdict = "met" if self.met else "MISSED"
        told = f"{self.value:>9g} | {sign:>8} {self.bound:<4g} | {verdict:<6}"
        return f"| {self.name:<56} | {told} |"


@dataclass(frozen=True, slots=True)
class Told:
    """A figure that has no target."""

    name: str
    value: float

    def row(self) -> str:
        """A line of the table."""
        return f"| {self.name:<56} | {self.value:>9g} | {'':<13} | {'':<6} |"


@dataclass
class Report:
    """Collects what the benchmarks find; `short` runs are held to the ratios too."""

    short: bool = False
    found: list[Target | Told] = field(default_factory=list)
    costs: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def line(self, benchmark: str, case: str, figures: Mapping[str, Any]) -> None:
        """Print one JSON line."""
        told = {"benchmark": benchmark, "case": case, **figures}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    def judge(
        self,
        name: str,
        value: float,
        bound: float,
        kind: Kind,
        *,
        at_least: bool = False,
        fails_at: float | None = None,
    ) -> None:
        """Compare a figure with its target, at most `bound` unless `at_least`.

        `fails_at`: where a short run fails, if not at the target.
        """
        self.found.append(Target(name, value, bound, kind, at_least, fails_at))

    def tell(self, name: str, value: float) -> None:
        """A figure for the table that is not compared with anything."""
        self.found.append(Told(name, value))

    def cost(self, name: str, cpu_ms: Mapping[str, float]) -> None:
        """CPU milliseconds of one post or request by kind of process."""
        self.costs[name] = cpu_ms

    def promise(self, name: str, found: Outcome) -> None:
        """What the design promises, whatever was measured."""
        self.judge(f"{name}: lost", found.lost, 0, Kind.PROMISE)
        self.judge(f"{name}: doubled", found.doubled, 0, Kind.PROMISE)

    def table(self) -> str:
        """What was found and whether its target was met, as Markdown."""
        head = f"| {'figure':<56} | {'measured':>9} | {'target':<13} | {'':<6} |"
        rule = f"|{'-' * 58}|{'-' * 10}:|{'-' * 15}|{'-' * 8}|"
        return "\n".join([head, rule, *(one.row() for one in self.found)])

    def cost_table(self) -> str:
        """CPU milliseconds of a post or request, a column per process, as Markdown."""
        processes = list(
            dict.fromkeys(name for each in self.costs.values() for name in each)
        )
        rows = [
            [case, *(f"{cpu_ms[one]:g}" if one in cpu_ms else "" for one in processes)]
            for case, cpu_ms in self.costs.items()
        ]
        head = [["CPU, ms each", *processes], ["---", *("--:" for _ in processes)]]
        return "\n".join(f"| {' | '.join(row)} |" for row in head + rows)

    @property
    def failed(self) -> bool:
        """Whether the run ends with an error."""
        grave = {Kind.PROMISE, Kind.RATIO} if self.short else {Kind.PROMISE}
        return any(one.failed and one.kind in grave for one in self.targets)

    @property
    def targets(self) -> list[Target]:
        """What was compared, in order."""
        return [one for one in self.found if isinstance(one, Target)]
