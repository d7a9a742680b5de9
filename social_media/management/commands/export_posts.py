"""`manage.py export_posts`: posts as a table or lines of JSON."""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from social_media.enums import PostStatus
from social_media.management.bar import Bar
from social_media.management.found import workspace_named
from social_media.models import Post
from social_media.posts.bulk.export import Format, export
from social_media.posts.bulk.moment import of_one_moment
from social_media.posts.errors import PostError


class Command(BaseCommand):
    """What `import_posts` reads; see docs/scheduling.md for the columns."""

    help = "Exports posts as CSV or JSON Lines, to a file or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, where to and how."""
        parser.add_argument(
            "file", nargs="?", default="-", help="A path; - is standard output."
        )
        parser.add_argument("--workspace", required=True, help="Its id or its name.")
        parser.add_argument(
            "--format",
            choices=("csv", "jsonl"),
            help="Else by the file's name: .jsonl and .ndjson are JSON Lines.",
        )
        parser.add_argument(
            "--status",
            action="append",
            choices=PostStatus.values,
            help="Only posts that stand so; may be given several times.",
        )

    def handle(
        self,
        *_: Any,
        file: str,
        workspace: str,
        status: list[str] | None,
        **options: Any,
    ) -> None:
        """Raises CommandError in words; a file that could not be written is removed."""
        of = workspace_named(workspace)
        posts = Post.objects.filter(workspace=of)
        if status:
            posts = posts.filter(status__in=status)
        wanted = options["format"] or _format_of(file)
        bar, done = Bar(self.stderr, "exported"), 0
        rows = export(of.pk, posts, file_format=wanted, recurring=not status)
        try:
            with of_one_moment(), _opened(file) as out:
                for text, count in rows:
                    out.write(text.encode())
                    done += count
                    bar(done)
        except PostError as error:
            raise CommandError(error.message) from None
        except OSError as error:
            name = "Standard output" if file == "-" else file
            raise CommandError(f"{name} can't be written: {error.strerror}.") from None
        bar.end()
        self.stderr.write(f"{done} posts exported")


def _format_of(name: str) -> Format:
    return "jsonl" if Path(name).suffix in {".jsonl", ".ndjson"} else "csv"


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """The file, whole in the end or as it was before."""
    if name == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except OSError:
            # Python would try to flush once more as it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise
        return
    path, part = Path(name), Path(f"{name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
