"""Walking a whole file: what it would make, and what speaks against it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.models import Workspace
from social_media.models import MediaFile
from social_media.posts.bulk.errors import (
    TooManyFiles,
    TooManyRows,
    Unreadable,
    WrongColumns,
)
from social_media.posts.bulk.notes import SOON, Notes
from social_media.posts.bulk.place_check import PlaceCheck
from social_media.posts.bulk.report import Counts, Finding, Report
from social_media.posts.bulk.row_check import Planned, Planner
from social_media.posts.bulk.source import Bounds, Source
from social_media.posts.composition import Files

_ANOTHER_WAY = (
    "Import it in parts, or as a whole with the command: manage.py import_posts FILE."
)

#: Called with how many rows are done.
Progress = Callable[[int], None]


class Inspection:
    """One walk through a file of one workspace. Stores nothing."""

    def __init__(
        self,
        workspace: Workspace,
        source: Source,
        planner: Planner,
        notes: Notes,
        *,
        now: datetime,
        bounds: Bounds,
    ) -> None:
        self._workspace_id, self._source = workspace.pk, source
        self._planner, self._notes, self._now = planner, notes, now
        self._places = PlaceCheck(workspace, now=now)
        self._bounds = bounds

    def report(self, progress: Progress) -> Report:
        """What the file would do. Raises TooManyRows, TooManyFiles."""
        report = Report()
        try:
            for batch in self._source.batches(self._planner):
                self._look(batch, report)
                progress(report.rows)
        except WrongColumns as wrong:
            for finding in wrong.findings:
                report.refuse(finding)
            return report
        except Unreadable as wrong:
            report.refuse(Finding(wrong.row, "", wrong.code, wrong.message))
            return report
        if not report.rows:
            report.refuse(Finding(1, "", "empty", "There are no rows in this file."))
        self._warn_of_repetition(report)
        return report

    def _look(self, batch: Sequence[Planned], report: Report) -> None:
        self._require_room(report.rows + len(batch))
        files = files_of(self._workspace_id, batch)
        for planned in batch:
            report.rows += 1
            self._places.look(planned)
            self._planner.check(planned, files=files, now=self._now)
            tell(report, self._source, planned)
            if not planned.faults:
                count(report.creates, planned)
            self._note(planned)
        self._require_few_files()

    def _require_room(self, rows: int) -> None:
        most = self._bounds.rows
        if most is not None and rows > most:
            raise TooManyRows(f"The file has more than {most} rows. {_ANOTHER_WAY}")

    def _require_few_files(self) -> None:
        most = self._bounds.files
        if most is not None and self._notes.url_count() > most:
            words = (
                f"The file names more than {most} addresses to fetch. {_ANOTHER_WAY}"
            )
            raise TooManyFiles(words)

    def _note(self, planned: Planned) -> None:
        number = planned.row.number
        for path, url in planned.urls:
            self._notes.url(url, number, path)
        for file_id in planned.composition.files():
            self._notes.file(file_id)
        if planned.place.queue:
            self._notes.queue(planned.place.queue, number)
        for name in planned.composition.labels:
            self._notes.label(name)
        at = planned.place.at
        if at is None:
            return
        for one in planned.composition.targets:
            own = one.content
            text = planned.composition.content if own is None else own
            if text:
                self._notes.text(one.account_id, text, at, number)

    def _warn_of_repetition(self, report: Report) -> None:
        hours = SOON.total_seconds() / 3600
        seen = 0
        for row, earlier in self._notes.repeated():
            if row == seen:
                continue
            seen = row
            words = (
                f"The same text goes to the same account within {hours:g} hours, says "
                f"row {earlier}."
            )
            report.warn(Finding(row, "content", "repeated_text", words))


def files_of(workspace_id: uuid.UUID, batch: Sequence[Planned]) -> Files:
    """All files of the workspace that `batch` shows."""
    wanted = set().union(*(planned.composition.files() for planned in batch))
    if not wanted:
        return {}
    rows = MediaFile.objects.filter(workspace_id=workspace_id, pk__in=wanted)
    return {row.pk: row for row in rows}


def tell(report: Report, source: Source, planned: Planned) -> None:
    """Report a row's faults."""
    for path, code, words in planned.faults:
        column = source.column(path)
        report.refuse(Finding(planned.row.number, column, code, words))


def count(counts: Counts, planned: Planned) -> None:
    """Add what this row makes."""
    place = planned.place
    counts.posts += 1
    counts.targets += len(planned.composition.targets)
    counts.scheduled += place.at is not None
    counts.queued += bool(place.queue)
    counts.recurring += place.repeat is not None
    counts.drafts += place.is_draft
