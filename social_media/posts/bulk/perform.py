"""An import from beginning to end: look at all of it, fetch, store all or nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connection, transaction

from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction
from social_media.models import ActivityLog
from social_media.models.clock import database_now
from social_media.posts.bulk.accounts import accounts_of
from social_media.posts.bulk.errors import ImportRefused, TooManyRows
from social_media.posts.bulk.fetch import Fetching, one_at_a_time
from social_media.posts.bulk.inspect import (
    Inspection,
    Progress,
    count,
    files_of,
    tell,
)
from social_media.posts.bulk.notes import Notes
from social_media.posts.bulk.place import Repeat
from social_media.posts.bulk.place_check import PlaceCheck
from social_media.posts.bulk.placing import Placing
from social_media.posts.bulk.report import Counts, Finding, Report
from social_media.posts.bulk.row_check import Planned, Planner, check_again
from social_media.posts.bulk.source import Bounds, Source, source_of
from social_media.posts.bulk.store import Storing
from social_media.posts.errors import InvalidDraft

#: Whoever writes to SQLite has it alone. So many rows take it for some five seconds,
#: others wait for 20 (config/database.py).
SQLITE_MAX_ROWS = 10_000


#: Whoever runs commands may wait.
ANY = Bounds()


def _quiet(_done: int) -> None:
    """No progress is shown."""


@dataclass(slots=True)
class Prepared:
    """A file without problems, its addresses fetched: what `perform` stores."""

    workspace: Workspace
    source: Source
    report: Report
    notes: Notes
    fetched: Mapping[uuid.UUID, uuid.UUID]


def inspect(
    workspace: Workspace,
    path: Path,
    *,
    folder: Path,
    bounds: Bounds = ANY,
    progress: Progress = _quiet,
) -> Report:
    """What importing the file at `path` would do. Stores and fetches nothing.

    `folder` is for what has to be remembered meanwhile. Raises Unreadable for another
    encoding, TooManyRows, TooManyFiles.
    """
    notes = Notes(folder)
    try:
        source = source_of(path, bounds)
        return _inspection(workspace, source, notes, bounds).report(progress)
    finally:
        notes.close()


@contextmanager
def prepared(
    workspace: Workspace,
    path: Path,
    *,
    folder: Path,
    user: User | None,
    api_key: ApiKey | None = None,
    bounds: Bounds = ANY,
    progress: Progress = _quiet,
) -> Iterator[Prepared]:
    """The file, looked at, and the files that it names by address.

    Outside of any transaction. What was fetched and is used by nothing in the end is
    removed again. Raises ImportRefused, TooManyRows, TooManyFiles; Conflict while
    another import of the workspace fetches.
    """
    notes = Notes(folder)
    try:
        source = source_of(path, bounds)
        report = _inspection(workspace, source, notes, bounds).report(progress)
        _require_room(report)
        _refuse(report)
        found = Prepared(workspace, source, report, notes, {})
        if not notes.url_count():
            yield found
            return
        fetching = Fetching(
            workspace, folder, user=user, api_key=api_key, seconds=bounds.seconds
        )
        with _fetched(found, fetching):
            _look_again(found, folder)
            yield found
    finally:
        notes.close()


@contextmanager
def _fetched(found: Prepared, fetching: Fetching) -> Iterator[None]:
    """What rows name by address; removed in the end unless it is used by then."""
    with one_at_a_time(found.workspace.pk):
        try:
            for finding in fetching.fetch(found.notes, found.source):
                found.report.refuse(finding)
            _refuse(found.report)
            found.fetched = fetching.files
            found.report.creates.files = len(fetching.added)
            yield
        finally:
            fetching.forget_unused()


@transaction.atomic
def perform(
    found: Prepared,
    *,
    user: User | None,
    api_key: ApiKey | None = None,
    progress: Progress = _quiet,
) -> Report:
    """Store all of it. Raises ImportRefused, and nothing is stored."""
    work = _Work(found, user=user, api_key=api_key)
    work.begin()
    for batch in found.source.batches(work.planner):
        work.store(batch)
        progress(work.done.posts)
    work.end()
    _record(found, user=user, api_key=api_key)
    found.report.stored = True
    return found.report


class _Work:
    """The transaction of one import."""

    def __init__(
        self, found: Prepared, *, user: User | None, api_key: ApiKey | None
    ) -> None:
        self._found, self.done = found, Counts()
        accounts = accounts_of(found.workspace.pk)
        self.planner = Planner(accounts, fetched=found.fetched)
        self._storing = Storing(found.workspace, user=user, accounts=accounts.by_id)
        self._places = PlaceCheck(found.workspace, now=database_now())
        self._placing = Placing(found.workspace, user=user, api_key=api_key)

    def begin(self) -> None:
        """Take the locks that come before those of posts."""
        self._placing.hold(self._found.notes.queues())
        self._storing.hold_labels(self._found.notes.labels())
        ids = {*self._found.fetched.values()}
        self._storing.hold_files([*self._found.notes.files(), *sorted(ids)])

    def store(self, batch: Sequence[Planned]) -> None:
        """Some rows. Raises ImportRefused if they no longer go."""
        report, source = self._found.report, self._found.source
        files = files_of(self._found.workspace.pk, batch)
        for planned in batch:
            self._places.look(planned)
            check_again(planned, files)
            tell(report, source, planned)
            count(self.done, planned)
        _refuse(report)
        plain = [planned for planned in batch if planned.place.repeat is None]
        posts = self._storing.store(plain, files)
        self._placing.add(plain, posts)
        for planned in batch:
            if planned.place.repeat is not None:
                self._repeat(planned, planned.place.repeat)

    def _repeat(self, planned: Planned, repeat: Repeat) -> None:
        try:
            self._placing.repeat(planned, repeat)
        except InvalidDraft as error:
            for one in error.problems:
                words = one.message
                finding = Finding(planned.row.number, "recurrence", one.code, words)
                self._found.report.refuse(finding)
            _refuse(self._found.report)

    def end(self) -> None:
        """What is done once all rows are there; accounts are locked last."""
        rows = self._found.notes.queues()
        for name, words in self._placing.finish():
            finding = Finding(rows[name], "queue", "no_free_slot", words)
            self._found.report.refuse(finding)
        for row, account in self._storing.disconnected():
            words = f"{account} was disconnected meanwhile."
            self._found.report.refuse(Finding(row, "accounts", "disconnected", words))
        _refuse(self._found.report)


def _inspection(
    workspace: Workspace,
    source: Source,
    notes: Notes,
    bounds: Bounds,
    fetched: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> Inspection:
    planner = Planner(accounts_of(workspace.pk), fetched=fetched)
    return Inspection(
        workspace, source, planner, notes, now=database_now(), bounds=bounds
    )


def _look_again(found: Prepared, folder: Path) -> None:
    """With the files that were fetched: networks have rules for them too."""
    folder = folder / "again"
    folder.mkdir()
    notes = Notes(folder)
    try:
        again = _inspection(found.workspace, found.source, notes, ANY, found.fetched)
        _refuse(again.report(_quiet))
    finally:
        notes.close()


def _refuse(report: Report) -> None:
    if report.problem_count:
        raise ImportRefused(report)


def _require_room(report: Report) -> None:
    if connection.vendor == "sqlite" and report.rows > SQLITE_MAX_ROWS:
        raise TooManyRows(
            f"SQLite takes {SQLITE_MAX_ROWS} rows at once, for nobody else can write "
            f"meanwhile, and the file has {report.rows}. Import it in parts, or have "
            "DATABASE_URL name a PostgreSQL."
        )


def _record(found: Prepared, *, user: User | None, api_key: ApiKey | None) -> None:
    ActivityLog.objects.record(
        ActivityAction.POSTS_IMPORTED,
        found.workspace,
        workspace_id=found.workspace.pk,
        user=user,
        api_key=api_key,
        message=f"Imported {found.report.creates.posts} posts.",
        details=asdict(found.report.creates),
    )
