"""Why an import can't be done, in words."""

from __future__ import annotations

from collections.abc import Sequence

from social_media.posts.bulk.report import Finding, Report
from social_media.posts.errors import PostError


class Unreadable(PostError):
    """The file can't be read from `row` on; `code` says why."""

    def __init__(self, code: str, message: str, *, row: int = 1) -> None:
        super().__init__(message)
        self.code, self.row = code, row


class WrongColumns(PostError):
    """The header names columns that nobody knows, or one of them twice."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = tuple(findings)


class TooManyRows(PostError):
    """More than may come this way; the words name another."""


class TooManyFiles(PostError):
    """More addresses to fetch than may come this way; the words name another."""


class ImportRefused(PostError):
    """The report has problems; nothing was stored."""

    def __init__(self, report: Report) -> None:
        first = report.problems[0]
        count = report.problem_count
        told = f"{count} problems were" if count > 1 else "A problem was"
        place = f"Row {first.row}" + (f", {first.column}" if first.column else "")
        super().__init__(f"{told} found; nothing was stored. {place}: {first.message}")
        self.report = report


class ExportChanged(PostError):
    """A post grew while it was written out, and no longer fits the table's columns."""

    def __init__(self) -> None:
        super().__init__(
            "Posts were changed while they were exported. Export them again, or as "
            "JSON Lines."
        )
