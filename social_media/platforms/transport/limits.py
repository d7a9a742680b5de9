"""What no answer of a network may exceed or do."""

from __future__ import annotations

from collections.abc import Iterable

#: Bytes of a decoded body; answers of these APIs are some kilobytes.
MAX_BODY = 5_000_000

#: Seconds after which an idle connection is not used again: servers close theirs
#: without notice, and a request that meets the closing has an unknown outcome.
MAX_IDLE = 15.0


class BodyTooLong(Exception):
    """The answer was cut off at `MAX_BODY`."""


class Redirected(Exception):
    """The server sent us elsewhere, where credentials must not follow.

    Args:
        status: the 3xx code.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"redirected with status {status}")
        self.status = status


def collect(chunks: Iterable[bytes]) -> bytes:
    """All of `chunks`. Raises BodyTooLong rather than hold more than `MAX_BODY`."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise BodyTooLong(f"more than {MAX_BODY} bytes")
    return bytes(body)


def refuse_redirect(status: int) -> None:
    """Raise Redirected for a 3xx."""
    if 300 <= status < 400:  # noqa: PLR2004
        raise Redirected(status)
