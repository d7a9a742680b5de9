"""`manage.py prune_media`: remove pictures and videos that nothing uses."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from social_media.media import prune
from social_media.media.quota import readable
from social_media.media.scratch import remove_left_behind

#: Far enough: 100 years.
MOST_DAYS = 36_500


class Command(BaseCommand):
    """Counts and sizes of what goes, one line each."""

    help = (
        "Removes files that no post has used for --days, direct uploads that never "
        "came, and stored bytes that no row names. A file is first noted as unused, "
        "so the first run removes none: run it every day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long, and whether at all."""
        parser.add_argument("--days", type=float, default=30, help="Grace, default 30.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would go; remove nothing."
        )

    def handle(self, *_: Any, days: float, dry_run: bool, **__: Any) -> None:
        """Raises CommandError for a wrong number and a storage that is away."""
        if not 0 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be 0 to {MOST_DAYS}.")
        fresh = prune.mark_unused(dry=dry_run)
        fate = "would be noted" if dry_run else "noted"
        self.stdout.write(f"newly unused, gone after {days:g} days: {fresh} {fate}")
        if not dry_run:
            self.stdout.write(f"left in the work folder: {remove_left_behind()}")
        grace = timedelta(days=days)
        self._tell("unused", lambda **how: prune.prune_unused(grace, **how), dry_run)
        self._tell("uploads that never came", prune.prune_expired, dry_run)
        try:
            self._tell("without a row", prune.prune_orphans, dry_run)
        except OSError as error:
            raise CommandError(f"The storage can't be read: {error}") from None

    def _tell(
        self, what: str, remove: Callable[..., prune.Count], dry_run: bool
    ) -> None:
        found = remove(dry=dry_run, progress=self._progress)
        done = "would be removed" if dry_run else "removed"
        self.stdout.write(f"{what}: {found.files} {done}, {readable(found.size)}")

    def _progress(self, looked: int) -> None:
        self.stdout.write(f"  looked at {looked} ...")
        self.stdout.flush()
