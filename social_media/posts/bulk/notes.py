"""What has to be remembered of all rows of a file, on disk: memory stays flat."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from social_media.models.label import key_of

#: The same text to the same account within this time is a warning.
SOON = timedelta(hours=24)
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -4000;
CREATE TABLE text (key BLOB, at REAL, row INTEGER);
CREATE TABLE url (url TEXT PRIMARY KEY, row INTEGER, path TEXT) WITHOUT ROWID;
CREATE TABLE file (id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE queue (name TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID;
CREATE TABLE label (key TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
"""
_REPEATED = """
SELECT row, earlier FROM (
    SELECT row, at,
        LAG(row) OVER pairs AS earlier,
        LAG(at) OVER pairs AS before
    FROM text WINDOW pairs AS (PARTITION BY key ORDER BY at, row)
) WHERE earlier IS NOT NULL AND at - before < ? ORDER BY row
"""


class Notes:
    """Texts with their times, addresses of files, and ids of files."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "notes", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Nothing is noted or asked any more."""
        self._database.close()

    def text(self, account: uuid.UUID, text: str, at: datetime, row: int) -> None:
        """That `account` gets `text` at `at`, says `row`."""
        key = hashlib.blake2b(account.bytes + text.encode(), digest_size=16).digest()
        values = (key, at.timestamp(), row)
        self._database.execute("INSERT INTO text VALUES (?, ?, ?)", values)

    def url(self, url: str, row: int, path: str) -> None:
        """That a file comes from `url`; the first row that says so is kept."""
        values = (url, row, path)
        self._database.execute("INSERT OR IGNORE INTO url VALUES (?, ?, ?)", values)

    def file(self, file_id: uuid.UUID) -> None:
        """That a post shows this file."""
        values = (file_id.bytes,)
        self._database.execute("INSERT OR IGNORE INTO file VALUES (?)", values)

    def queue(self, name: str, row: int) -> None:
        """That a post goes into this queue, says `row`; the last one is kept."""
        values = (name, row)
        self._database.execute("INSERT OR REPLACE INTO queue VALUES (?, ?)", values)

    def label(self, name: str) -> None:
        """That a post has this label; its first spelling is kept."""
        values = (key_of(name), name)
        self._database.execute("INSERT OR IGNORE INTO label VALUES (?, ?)", values)

    def url_count(self) -> int:
        """How many addresses there are."""
        (count,) = self._database.execute("SELECT COUNT(*) FROM url").fetchone()
        return int(count)

    def repeated(self) -> Iterator[tuple[int, int]]:
        """Rows that give an account the text of an earlier time again: (row, which)."""
        yield from self._database.execute(_REPEATED, (SOON.total_seconds(),))

    def urls(self) -> Iterator[tuple[str, int, str]]:
        """Every address once, with the row and path that named it first."""
        rows = self._database.execute("SELECT url, row, path FROM url ORDER BY row")
        yield from rows.fetchall()

    def files(self) -> Iterator[uuid.UUID]:
        """Every file once, in the order of their ids."""
        for (found,) in self._database.execute("SELECT id FROM file ORDER BY id"):
            yield uuid.UUID(bytes=found)

    def queues(self) -> dict[str, int]:
        """The name of every queue, with the last row that names it."""
        return dict(self._database.execute("SELECT name, row FROM queue"))

    def labels(self) -> Iterator[str]:
        """Every label once, in the order of their keys."""
        for (name,) in self._database.execute("SELECT name FROM label ORDER BY key"):
            yield name
