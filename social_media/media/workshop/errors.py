"""How an order ends that could not be carried out."""

from __future__ import annotations

import errno

#: What the operating system says where no more can be written.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Unusable(Exception):
    """The file will never do. `message` says what is wrong and what helps.

    Args:
        code: stable, snake_case.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class WorkshopFailed(Exception):
    """The process ended without being able to say why. May be tried again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class OutOfRoom(OSError):
    """The disk, or its quota, is full."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, "There is no room left for this file.")
