"""Takes in the bytes of uploads: to files, no faster than it was told to."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

PIECE = 64 * 1024


@dataclass(slots=True)
class Settings:
    """How the simulator treats uploads.

    Args:
        upload_bytes_per_second: how fast each connection is read, None for no limit.
        processing_seconds: how long videos and animated GIFs are worked on.
    """

    upload_bytes_per_second: float | None = None
    processing_seconds: float = 0.0


class Stored(NamedTuple):
    """A file that has come in; `key` is its name in the folder."""

    key: str
    size: int
    sha256: str


class TooLarge(Exception):
    """More bytes came than are allowed here; nothing is kept of them."""


@dataclass
class Intake:
    """The folder of uploads; a temporary one if none is given."""

    folder: Path | None = None
    settings: Settings = field(default_factory=Settings)

    @cached_property
    def _place(self) -> Path:
        if self.folder is None:
            return Path(tempfile.mkdtemp(prefix="simulator-media-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def path(self, key: str) -> Path:
        return self._place / key

    async def receive(self, pieces: AsyncIterator[bytes], *, limit: int) -> Stored:
        """Write what comes to a file. Raises TooLarge."""
        key, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
        started = asyncio.get_running_loop().time()
        try:
            with self.path(key).open("wb") as file:
                async for piece in _at_most(pieces, limit):
                    digest.update(piece)
                    size += file.write(piece)
                    await self._hold_back(size, started)
        except BaseException:
            self.discard(key)
            raise
        return Stored(key, size, digest.hexdigest())

    async def _hold_back(self, size: int, started: float) -> None:
        """Not reading on makes the client wait: its connection's buffers are full."""
        speed = self.settings.upload_bytes_per_second
        if speed:
            due = started + size / speed
            await asyncio.sleep(due - asyncio.get_running_loop().time())

    async def join(self, keys: Sequence[str]) -> Stored:
        """One file of several, in this order; those are gone afterwards."""
        return await asyncio.to_thread(self._join, keys)

    def _join(self, keys: Sequence[str]) -> Stored:
        whole, digest, size = secrets.token_hex(16), hashlib.sha256(), 0
        with self.path(whole).open("wb") as file:
            for key in keys:
                with self.path(key).open("rb") as part:
                    while piece := part.read(PIECE):
                        digest.update(piece)
                        size += file.write(piece)
                self.discard(key)
        return Stored(whole, size, digest.hexdigest())

    def discard(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def keep_only(self, keys: Container[str]) -> None:
        """Delete all other files of a folder that was there before."""
        if self.folder is None or not self.folder.exists():
            return
        for path in self.folder.iterdir():
            if path.name not in keys:
                path.unlink()

    def clear(self) -> None:
        """Delete all files, and with them the folder."""
        if self.folder is None and "_place" not in vars(self):
            return
        shutil.rmtree(self._place, ignore_errors=True)
        del self._place

    def close(self) -> None:
        """Leave no temporary folder behind."""
        if self.folder is None:
            self.clear()


async def _at_most(pieces: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge
        yield piece
