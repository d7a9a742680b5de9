"""One thing that a worker makes, a file or a rendition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from social_media.enums import ActivityAction
from social_media.media.lease import Hold
from social_media.models import ActivityLog, MediaFile, MediaRendition
from social_media.platforms.media import Facts

#: A row that more workers took, and said nothing of any more, kills workers.
MOST_DEATHS = 10


@dataclass(frozen=True, slots=True)
class Made:
    """What is stored by now: names in the storage, and facts of the main one."""

    name: str
    facts: Facts
    thumbnail: str = ""
    upload_sha256: str = ""


class Job(ABC):
    """A leased row. `make` works and stores; `record` and `fail` write the row."""

    def __init__(self, row: MediaFile | MediaRendition, hold: Hold) -> None:
        self.row = row
        self.hold = hold

    @abstractmethod
    def make(self, folder: Path) -> Made:
        """Make it in `folder` and store it; the row stays as it is.

        Raises Unusable, WorkshopFailed, OSError; LeaseLost and Stopped.
        """

    @abstractmethod
    def record(self, made: Made) -> None:
        """Write the row; if the lease was lost, throw away what was made."""

    @abstractmethod
    def fail(self, code: str, words: str, *, for_good: bool) -> None:
        """It failed. `for_good`: because of its bytes, which nobody needs any more."""

    def try_later(self, code: str, words: str) -> None:
        """Put it off; once it failed often enough, it is given up."""
        delays, before = settings.MEDIA_RETRY_DELAYS, self.row.failures
        if before >= len(delays):
            self.fail(code, words, for_good=False)
        else:
            self.hold.put_off(delays[before], failures=before + 1)

    @property
    def deaths(self) -> int:
        """How many workers were killed at it. What they were at may be to blame."""
        return self.row.tries - self.row.failures - 1


#: Leases the next one of its kind, None if there is none.
Taking = Callable[[Callable[[], bool]], Job | None]


def record_failure(file: MediaFile, words: str) -> None:
    """The activity row; part of the caller's transaction."""
    details: dict[str, Any] = {}
    ActivityLog.objects.record(
        ActivityAction.MEDIA_FAILED,
        file,
        workspace_id=file.workspace_id,
        message=f"{file.name}: {words}",
        details=details,
    )
