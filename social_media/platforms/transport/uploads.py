"""Sending a file of any size, piece by piece: it is never held in memory.

The libraries of the networks read a whole file before they send its first byte, and
their calls end after one deadline. Here the body is an iterator: each piece that the
socket has taken puts the deadline off, up to the total for uploads.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

import httpx

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import Unavailable
from social_media.platforms.transport.deadlines import (
    DeadlineExceeded,
    clock,
    moved,
    moving,
)
from social_media.platforms.transport.failures import classify
from social_media.platforms.transport.httpx_transport import NetworkTransport
from social_media.platforms.transport.limits import BodyTooLong, Redirected
from social_media.platforms.transport.per_thread import PerThread

#: Bytes that the socket is given at a time: each of them has to go within `deadline`.
PIECE = 64 * 1024
#: Seconds between two calls of `keep_alive`.
KEEP_ALIVE = 3.0

KeepAlive = Callable[[], None]

#: All that a broken connection raises here. Nothing else is caught: what `keep_alive`
#: raises is the caller's.
_TRANSPORT = (
    httpx.TransportError,
    httpx.InvalidURL,
    Redirected,
    BodyTooLong,
    DeadlineExceeded,
)


@dataclass(frozen=True, slots=True)
class Section:
    """`size` bytes of an open file, from `start`."""

    file: BinaryIO
    size: int
    start: int = 0

    def pieces(self) -> Iterator[bytes]:
        """The bytes. Raises Unavailable when the storage has fewer, or fails."""
        left = self.size
        try:
            self.file.seek(self.start)
            while left:
                piece = self.file.read(min(PIECE, left))
                if not piece:
                    raise _unreadable()
                left -= len(piece)
                yield piece
        except OSError as error:
            raise _unreadable() from error


def _unreadable() -> Unavailable:
    return Unavailable("Our storage did not hand out the whole file.", code="storage")


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: a section of a file between what stands around it."""

    section: Section
    content_type: str
    head: bytes = b""
    tail: bytes = b""

    @property
    def size(self) -> int:
        """In bytes, all of it."""
        return len(self.head) + self.section.size + len(self.tail)

    def pieces(self) -> Iterator[bytes]:
        """All of it, in order."""
        if self.head:
            yield self.head
        yield from self.section.pieces()
        if self.tail:
            yield self.tail


def raw(section: Section, content_type: str) -> Body:
    """The file's bytes and nothing else."""
    return Body(section, content_type)


def multipart(
    section: Section,
    *,
    part: str,
    file_name: str,
    content_type: str,
    fields: Mapping[str, str],
) -> Body:
    """A form with `fields` and the file as `part`. The names are ours, never a user's.

    The file comes last, as servers may read the fields before they let it in.
    """
    boundary = secrets.token_hex(16)
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in fields.items()
    ]
    pieces.append(
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{part}"; filename="{file_name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return Body(
        section,
        f"multipart/form-data; boundary={boundary}",
        head="\r\n".join(pieces).encode(),
        tail=f"\r\n--{boundary}--\r\n".encode(),
    )


def upload(
    config: NetworkConfig,
    url: str,
    body: Body,
    *,
    headers: Mapping[str, str],
    keep_alive: KeepAlive,
) -> httpx.Response:
    """POST `body` and read the answer, whatever its status. Publishes nothing.

    Nothing may stand still for `config.deadline` seconds, and all of it ends after
    `config.upload_deadline`. `keep_alive` is called before, and every few seconds
    meanwhile; what it raises ends the upload and passes through. Raises what
    `classify` makes of a broken connection, which is Unavailable, or Unavailable for a
    file that can't be read.
    """
    keep_alive()  # who stood still for long may have to stop, and sends nothing
    request = httpx.Request(
        "POST",
        url,
        headers={
            "User-Agent": "Stationmaster",
            **headers,
            "Content-Type": body.content_type,
            "Content-Length": str(body.size),
        },
        content=_Pieces(body, keep_alive),
    )
    try:
        return _transports.get(config).handle_request(request)
    except _TRANSPORT as error:
        raise classify(error, visible=False) from error


class _Pieces:
    """Hands out the body; being asked for a piece means that the last one is gone."""

    def __init__(self, body: Body, keep_alive: KeepAlive) -> None:
        self._body = body
        self._keep_alive = keep_alive

    def __iter__(self) -> Iterator[bytes]:
        kept_at = clock()
        for piece in self._body.pieces():
            if clock() - kept_at >= KEEP_ALIVE:
                self._keep_alive()
                kept_at = clock()
            moved()  # reading the piece, or keeping alive, was no fault of the network
            yield piece
        moved()  # from here the server has its time to answer


class _UploadTransport(NetworkTransport):
    """The transport with the deadline of uploads."""

    def limited(self) -> AbstractContextManager[None]:
        return moving(self.config.deadline, total=self.config.upload_deadline)


_transports = PerThread(_UploadTransport)
