"""Bytes that come in: written to disk and hashed on the way, never held in memory."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from social_media.media.errors import MediaError, storage_error
from social_media.media.quota import left, over_quota, over_size


@dataclass(frozen=True, slots=True)
class Received:
    """A whole upload, on this machine's disk. `name` is what its owner calls it."""

    name: str
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Room:
    """So many bytes are taken; `refusal` is for those who send more."""

    size: int
    refusal: MediaError


def room_for(workspace_id: uuid.UUID) -> Room:
    """What one upload may have: its own limit, or what is left of the quota."""
    room = left(workspace_id)
    if room < settings.MEDIA_MAX_BYTES:
        return Room(room, over_quota(room))
    return Room(settings.MEDIA_MAX_BYTES, over_size())


class Intake:
    """One upload on its way to `path`."""

    def __init__(self, path: Path, room: Room) -> None:
        self._path, self._room = path, room
        self._hash = hashlib.sha256()
        self._size = 0
        try:
            self._file = path.open("xb", buffering=0)
        except OSError as error:
            raise storage_error(error) from None

    def take(self, chunk: bytes) -> None:
        """The next bytes. Raises TooLarge, NoSpace, StorageAway."""
        self._size += len(chunk)
        if self._size > self._room.size:
            raise self._room.refusal
        self._hash.update(chunk)
        rest = memoryview(chunk)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise storage_error(error) from None

    def received(self, name: str) -> Received:
        """All of it is here."""
        self.close()
        return Received(name, self._path, self._size, self._hash.hexdigest())

    def close(self) -> None:
        """No more is taken."""
        self._file.close()
