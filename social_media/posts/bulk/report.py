"""What an import would do, and what speaks against it, row by row."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Problems and warnings that are kept, of each; all are counted.
KEPT = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """`row` as a spreadsheet counts, with the header as 1; lines of JSON from 1 on."""

    row: int
    column: str
    code: str
    message: str


@dataclass(slots=True)
class Counts:
    """What is made, or would be."""

    posts: int = 0
    targets: int = 0
    scheduled: int = 0
    drafts: int = 0
    queued: int = 0
    recurring: int = 0
    files: int = 0


@dataclass(slots=True)
class Report:
    """The first `KEPT` findings of a kind, and how many there are."""

    rows: int = 0
    stored: bool = False
    problems: list[Finding] = field(default_factory=list)
    problem_count: int = 0
    warnings: list[Finding] = field(default_factory=list)
    warning_count: int = 0
    creates: Counts = field(default_factory=Counts)

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problem_count

    def refuse(self, finding: Finding) -> None:
        """Note a problem."""
        self.problem_count += 1
        if len(self.problems) < KEPT:
            self.problems.append(finding)

    def warn(self, finding: Finding) -> None:
        """Note a warning."""
        self.warning_count += 1
        if len(self.warnings) < KEPT:
            self.warnings.append(finding)
