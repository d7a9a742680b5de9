"""Why something can't be done with a file, in words for the person who asked."""

from __future__ import annotations

import errno

#: What the operating system says where no more can be written.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class MediaError(Exception):
    """Base of what this package raises; `code` is stable, for programs."""

    code = "media"

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code


class Refused(MediaError):
    """These bytes will never do."""

    code = "unusable"


class TooLarge(MediaError):
    """More bytes than are taken, of one file or of the workspace."""

    code = "too_large"


class NoSpace(MediaError, OSError):
    """The disk of this server is full."""

    code = "disk_full"

    def __init__(self) -> None:
        super().__init__(
            "The server has no room left for this file. Its operator has to make some; "
            "nothing was stored."
        )


class StorageAway(MediaError, OSError):
    """The storage doesn't answer, or refuses us. The same may work later."""

    code = "storage_unavailable"

    def __init__(self) -> None:
        super().__init__("The storage of media files can't be reached right now.")


def storage_error(error: OSError) -> MediaError:
    """NoSpace where a disk is full, StorageAway for all else that one may say."""
    if isinstance(error, MediaError):
        return error
    return NoSpace() if error.errno in _FULL else StorageAway()


class CutOff(MediaError):
    """Fewer bytes came than were announced."""

    code = "cut_off"

    def __init__(self) -> None:
        super().__init__("The upload was cut off. Send the file again.")


class Conflict(MediaError):
    """Not possible as the file stands now; `code` says which rule."""

    code = "wrong_status"


class FileGone(MediaError):
    """Somebody deleted it meanwhile."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__("This file no longer exists.")


class NotMade(MediaError):
    """It waits to be made, or is being made: ask again soon."""

    code = "media_not_ready"

    def __init__(self) -> None:
        super().__init__("A picture or video is still being made ready.")


class CannotBeMade(MediaError):
    """It failed for good; the message says why."""

    code = "media_failed"
