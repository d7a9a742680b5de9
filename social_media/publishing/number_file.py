"""A file of numbers, as prometheus_client reads it, that is written without risk.

prometheus_client maps sparse files into memory; on a full disk the kernel kills the
process that writes to such a map. The calls here can only fail.
"""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

_HEADER = struct.Struct("i4x")
_NUMBER = struct.Struct("dd")


class NotNumbers(OSError):
    """The file is no file of numbers, or a damaged one."""


def read_numbers(path: Path) -> Iterator[tuple[str, float, int]]:
    """Key, number and position of each entry; none of an empty file.

    Raises OSError, NotNumbers included.
    """
    if not path.stat().st_size:
        return
    try:
        entries = list(MmapedDict.read_all_values_from_file(str(path)))
        for key, *_ in entries:
            json.loads(key)
    except (RuntimeError, ValueError, struct.error) as error:
        raise NotNumbers(f"{path} is damaged: {error}") from error
    for key, number, _, position in entries:
        yield key, number, position


class NumberFile:
    """Numbers by key, in the format that prometheus_client reads. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._numbers: dict[str, float] = {}
        self._positions: dict[str, int] = {}
        self._end = _HEADER.size
        path.touch()
        for key, number, position in read_numbers(path):
            self._numbers[key], self._positions[key] = number, position
            self._end = position + _NUMBER.size
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def add(self, key: str, amount: float) -> None:
        """Add to the number of `key`, which starts at 0."""
        number = self._numbers.get(key, 0.0) + amount
        if key in self._positions:
            self._write(_NUMBER.pack(number, 0.0), self._positions[key])
        else:
            self._append(key, number)
        self._numbers[key] = number

    def close(self) -> None:
        os.close(self._descriptor)

    def _append(self, key: str, number: float) -> None:
        name = key.encode()
        padded = name + b" " * (8 - (len(name) + 4) % 8)
        entry = struct.pack(f"i{len(padded)}s", len(name), padded)
        self._write(entry + _NUMBER.pack(number, 0.0), self._end)
        position = self._end + len(entry)
        # Last: a reader sees the entry when all of it is there.
        self._write(_HEADER.pack(position + _NUMBER.size), 0)
        self._end = position + _NUMBER.size
        self._positions[key] = position

    def _write(self, data: bytes, position: int) -> None:
        if os.pwrite(self._descriptor, data, position) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
