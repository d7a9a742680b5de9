"""Clean-up: what nothing uses goes, after a grace time; what a row names stays.

A file is first seen unused, and removed only once it has been so for long enough. Its
row is locked while that is decided: a post that takes it in the same instant waits, or
is waited for.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Now

from social_media.enums import MediaStatus
from social_media.media.change import names_of
from social_media.media.store import Stored, delete, discard, every_stored
from social_media.models import MediaFile, MediaRendition, PostMedia, UploadAddress
from social_media.models.clock import from_now

#: Bytes that no row names for so long are nobody's: a worker writes its row at once.
ORPHAN_AFTER = timedelta(days=1)
#: A direct upload whose address is void for so long does not come any more.
EXPIRED_AFTER = timedelta(days=1)
#: The storage goes by its own clock, and a transfer may end later than it began.
VOID_FOR = timedelta(minutes=10)
_BATCH = 500


@dataclass(slots=True)
class Count:
    """So many, with so many bytes."""

    files: int = 0
    size: int = 0

    def add(self, size: int) -> None:
        """One more."""
        self.files += 1
        self.size += size


#: Told now and then how many were looked at.
Progress = Callable[[int], None]


def mark_unused(*, dry: bool = False) -> int:
    """Note which files are unused from now on, and which are used again.

    Answers how many are newly unused; `dry`: notes nothing.
    """
    rows = MediaFile.objects.all()
    fresh = rows.filter(~_used(), unused_since=None)
    if dry:
        return fresh.count()
    rows.filter(_used(), unused_since__isnull=False).update(unused_since=None)
    return fresh.update(unused_since=Now())


def prune_unused(grace: timedelta, *, dry: bool, progress: Progress) -> Count:
    """Remove files that were unused for `grace`, failed ones too."""
    rows = MediaFile.objects.filter(~_used(), unused_since__lte=from_now(-grace))
    return _prune(
        rows.exclude(status=MediaStatus.UPLOADING), dry=dry, progress=progress
    )


def prune_expired(*, dry: bool, progress: Progress) -> Count:
    """Remove direct uploads that were announced and never came."""
    void = from_now(-timedelta(seconds=settings.MEDIA_URL_SECONDS) - EXPIRED_AFTER)
    rows = MediaFile.objects.filter(status=MediaStatus.UPLOADING, created_at__lte=void)
    return _prune(rows, dry=dry, progress=progress)


def prune_orphans(*, dry: bool, progress: Progress) -> Count:
    """Remove stored bytes that no row names: workers died before they wrote one.

    Raises OSError where the storage doesn't answer.
    """
    count, looked = Count(), 0
    old = _old_enough()
    while batch := list(islice(old, _BATCH)):
        named = _named([one.name for one in batch])
        for one in batch:
            if one.name not in named:
                count.add(one.size)
                if not dry:
                    delete(one.name)
        looked += len(batch)
        progress(looked)
    return count


def prune_addresses() -> None:
    """Forget void addresses, with bytes that were sent to them and are nobody's.

    Raises OSError where the storage doesn't answer.
    """
    rows = UploadAddress.objects.filter(void_at__lte=from_now(-VOID_FOR))
    for row in rows[:_BATCH]:
        if not _named([row.name]):
            delete(row.name)
        row.delete()


def _prune(rows: QuerySet[MediaFile], *, dry: bool, progress: Progress) -> Count:
    """Of those that still are among `rows` once they are locked."""
    count = Count()
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    for looked, file_id in enumerate(found, start=1):
        size, names = _pruned(rows, file_id, dry=dry)
        if names is not None:
            count.add(size)
            discard(*names)
        if looked % _BATCH == 0:
            progress(looked)
    return count


@transaction.atomic
def _pruned(
    rows: QuerySet[MediaFile], file_id: uuid.UUID, *, dry: bool
) -> tuple[int, list[str] | None]:
    """Delete the row, unless `dry`: its bytes, and the names that are left over.

    None for names: it is not to go any more, or somebody holds it right now.
    """
    one = MediaFile.objects.select_for_update(skip_locked=True).filter(pk=file_id)
    # Two statements: the second sees what was committed before the lock was ours.
    if one.first() is None or (row := rows.filter(pk=file_id).first()) is None:
        return 0, None
    size = row.size + _size_of_renditions(row)
    if dry:
        return size, []
    names = names_of(row)
    row.delete()
    return size, names


def _size_of_renditions(row: MediaFile) -> int:
    size: int = row.renditions.aggregate(size=Sum("size", default=0))["size"]
    return size


def _used() -> Exists:
    return Exists(PostMedia.objects.filter(file=OuterRef("pk")))


def _old_enough() -> Iterator[Stored]:
    """By the clock that the storage writes, which may differ from the database's."""
    before = datetime.now(UTC) - ORPHAN_AFTER
    return (one for one in every_stored() if one.changed_at < before)


def _named(names: Iterable[str]) -> set[str]:
    """Those of these names that a row has."""
    files, made = MediaFile.objects.all(), MediaRendition.objects.all()
    columns = ((files, "file"), (files, "thumbnail"), (made, "file"))
    return {
        name
        for rows, column in columns
        for name in rows.filter(**{f"{column}__in": names}).values_list(
            column, flat=True
        )
    }
