"""Making what is due, one after the other. Any number of workers may.

Two lines wait: what is quick (pictures, cleaning, thumbnails) goes before transcodes,
and of several slots of a worker transcodes leave one free. In each line workspaces take
turns, so that nobody's thousand files keep another's one waiting.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Min

from social_media.enums import Instant, MediaKind, MediaStatus
from social_media.failpoints import reached
from social_media.media.errors import storage_error
from social_media.media.job import MOST_DEATHS, Job, Made
from social_media.media.lease import LeaseLost, Stopped, take
from social_media.media.make import RenditionJob
from social_media.media.process import FileJob
from social_media.media.scratch import work_folder
from social_media.media.turns import Places, Turns
from social_media.media.workshop import Unusable, WorkshopFailed
from social_media.models import MediaFile, MediaRendition
from social_media.models.media import MadeRows

log = structlog.get_logger(__name__)

#: So many for one message; then others' messages have their turn.
AT_ONCE = 20

NOT_MADE = (
    "The server could not make this ready, although it tried several times. It is "
    "tried again when a post needs it; the server's log says why it failed."
)

Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows that are due, the way to their workspace, and what makes them."""

    rows: MadeRows[Any]
    workspace: str
    job: type[Job]


@dataclass(frozen=True, slots=True)
class Line:
    """Kinds of rows that wait together, and whose turn it is."""

    kinds: Callable[[], list[Kind]]
    turns: Turns = field(default_factory=Turns)


def make_due(*, stopping: Stopping) -> int:
    """Make what is due, some in a row; answers how many were tried."""
    for done in range(AT_ONCE):
        if stopping() or not _make_next(stopping):
            return done
    return AT_ONCE


def due_count(most: int) -> int:
    """How many wait for a worker, counted up to `most`."""
    kinds = (*_quick(), *_transcodes())
    return min(most, sum(kind.rows[:most].count() for kind in kinds))


def _make_next(stopping: Stopping) -> bool:
    """False if nothing is due that this thread may make."""
    job = _take_next(_QUICK, stopping)
    if job is not None:
        attempt(job)
        return True
    with _TRANSCODING.one_of(max(1, settings.MEDIA_SLOTS - 1)) as free:
        job = _take_next(_TRANSCODES, stopping) if free else None
        if job is not None:
            attempt(job)
    return job is not None


def attempt(job: Job) -> None:
    """Make it and write down what came of it."""
    if job.deaths > MOST_DEATHS:
        job.fail("not_made", NOT_MADE, for_good=False)
        return
    try:
        made = _made(job)
    except Unusable as error:
        job.fail(error.code, error.message, for_good=True)
    except Stopped:
        job.hold.give_back()
    except LeaseLost:
        log.info("media_lease_lost", id=str(job.row.pk))
    except (WorkshopFailed, OSError) as error:
        _try_later(job, error)
    else:
        reached(Instant.MEDIA_MADE)
        job.record(made)


def _made(job: Job) -> Made:
    with work_folder("make") as folder, job.hold.kept():
        return job.make(folder)


def _try_later(job: Job, failure: Exception) -> None:
    log.warning("media_not_made", id=str(job.row.pk), error=type(failure).__name__)
    known = storage_error(failure) if isinstance(failure, OSError) else None
    if known is None:
        job.try_later("not_made", NOT_MADE)
    else:
        job.try_later(known.code, f"{known.message} {NOT_MADE}")


def _take_next(line: Line, stopping: Stopping) -> Job | None:
    """Lease the row whose turn it is; None if nothing is due."""
    while found := _next_of(line):
        row, kind = found
        hold = take(kind.rows.model._default_manager.all(), row, stopping)
        if hold is not None:
            return kind.job(row, hold)
    return None


def _next_of(line: Line) -> tuple[Any, Kind] | None:
    """The longest due row of the workspace whose turn it is."""
    kinds = line.kinds()
    while due := _due_since(kinds):
        workspace = line.turns.next_of(due)
        first = [
            (kind.rows.filter(**{kind.workspace: workspace}).first(), kind)
            for kind in kinds
        ]
        found = [(row, kind) for row, kind in first if row is not None]
        if found:  # no other worker was quicker
            return min(found, key=lambda one: one[0].due_at)
    return None


def _due_since(kinds: list[Kind]) -> dict[uuid.UUID, datetime]:
    """Since when each workspace waits for something."""
    due: dict[uuid.UUID, datetime] = {}
    for kind in kinds:
        first = kind.rows.order_by().values_list(kind.workspace).annotate(Min("due_at"))
        for workspace, since in first:
            due[workspace] = min(since, due.get(workspace, since))
    return due


def _quick() -> list[Kind]:
    """Files to clean, with their thumbnails, and renditions that are pictures."""
    stills = _renditions().exclude(recipe__kind=MediaKind.VIDEO)
    return [
        Kind(MediaFile.objects.to_make(), "workspace", FileJob),
        Kind(stills, "original__workspace", RenditionJob),
    ]


def _transcodes() -> list[Kind]:
    """Renditions that are videos: each may take minutes."""
    videos = _renditions().filter(recipe__kind=MediaKind.VIDEO)
    return [Kind(videos, "original__workspace", RenditionJob)]


def _renditions() -> MadeRows[MediaRendition]:
    """Of files that are ready."""
    due = MediaRendition.objects.to_make().select_related("original")
    return due.filter(original__status=MediaStatus.READY)


_QUICK = Line(_quick)
_TRANSCODES = Line(_transcodes)
#: Of this worker's slots, those that transcode.
_TRANSCODING = Places()
