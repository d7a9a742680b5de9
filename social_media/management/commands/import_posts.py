"""`manage.py import_posts`: posts out of a table or lines of JSON, all or none."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

from accounts.models import User, Workspace
from social_media.management.bar import Bar
from social_media.management.found import member_named, workspace_named
from social_media.media.errors import MediaError
from social_media.media.scratch import work_folder
from social_media.posts.bulk.errors import ImportRefused
from social_media.posts.bulk.perform import inspect, perform, prepared
from social_media.posts.bulk.report import Finding, Report
from social_media.posts.errors import PostError

#: Findings of a kind that are written out.
SHOWN = 50


class Command(BaseCommand):
    """Any number of rows; see docs/scheduling.md for the columns."""

    help = (
        "Imports posts from a CSV (UTF-8; commas, semicolons or tabs) or JSON Lines. "
        "All rows are stored, or none. Ends with 1 if there are problems."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """From where, into what, and whether at all."""
        parser.add_argument("file", help="A path; - reads standard input.")
        parser.add_argument("--workspace", required=True, help="Its id or its name.")
        parser.add_argument("--user", help="E-mail address of the posts' author.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Look at it; store nothing."
        )

    def handle(
        self,
        *_: Any,
        file: str,
        workspace: str,
        user: str | None,
        dry_run: bool,
        **__: Any,
    ) -> None:
        """Raises CommandError in words."""
        into = workspace_named(workspace)
        author = member_named(user, into) if user else None
        try:
            with work_folder("import") as folder:
                path = _copied(file, folder)
                if dry_run:
                    self._look(path, folder, into)
                else:
                    self._store(path, folder, into, author)
        except ImportRefused as refused:
            self._tell(refused.report)
            raise CommandError(refused.message) from None
        except (PostError, MediaError) as error:
            raise CommandError(error.message) from None
        except OperationalError as error:
            raise CommandError(_words_for(error)) from None
        except OSError as error:
            raise CommandError(
                f"{error.strerror or error}. Nothing was stored."
            ) from None

    def _look(self, path: Path, folder: Path, workspace: Workspace) -> None:
        bar = self._bar("checked")
        report = inspect(workspace, path, folder=folder, progress=bar)
        bar.end()
        if not report.valid:
            raise ImportRefused(report)
        self._tell(report)

    def _store(
        self, path: Path, folder: Path, workspace: Workspace, user: User | None
    ) -> None:
        bar = self._bar("checked")
        with prepared(workspace, path, folder=folder, user=user, progress=bar) as found:
            bar.end()
            bar = self._bar("stored", total=found.report.rows)
            report = perform(found, user=user, progress=bar)
            bar.end()
        self._tell(report)

    def _bar(self, what: str, *, total: int | None = None) -> Bar:
        return Bar(self.stderr, what, total=total)

    def _tell(self, report: Report) -> None:
        self._list("problem", report.problems, report.problem_count)
        self._list("warning", report.warnings, report.warning_count)
        made, fate = report.creates, "stored" if report.stored else "not stored"
        self.stdout.write(
            f"{report.rows} rows: {made.posts} posts ({made.scheduled} scheduled, "
            f"{made.queued} queued, {made.recurring} recurring, {made.drafts} drafts), "
            f"{made.targets} targets; {fate}"
        )

    def _list(self, kind: str, findings: list[Finding], count: int) -> None:
        for one in findings[:SHOWN]:
            place = f"row {one.row}" + (f", {one.column}" if one.column else "")
            self.stderr.write(f"{kind}: {place}: {one.message}")
        if count > SHOWN:
            self.stderr.write(f"... and {count - SHOWN} more")


def _words_for(error: OperationalError) -> str:
    """Why the database gave up, and whether anything can be there."""
    if isinstance(error.__cause__, (DeadlockDetected, LockNotAvailable)):
        return (
            "Something else, such as another import, holds what this one needs. "
            "Nothing was stored; try again when it is done."
        )
    said = str(error).strip().partition("\n")[0]
    return (
        f"The database fails: {said}. Look at the workspace's activity before you try "
        "again: if the import is not there, nothing was stored."
    )


def _copied(name: str, folder: Path) -> Path:
    """The file as it is now: it is read twice, and must not change meanwhile."""
    path = folder / "rows"
    try:
        with path.open("wb") as copy:
            if name == "-":
                shutil.copyfileobj(sys.stdin.buffer, copy)
            else:
                with Path(name).open("rb") as file:
                    shutil.copyfileobj(file, copy)
    except OSError as error:
        words = f"{name} can't be read: {error.strerror or error}. Nothing was stored."
        raise CommandError(words) from None
    return path
