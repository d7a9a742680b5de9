"""Another try for what failed by our own fault."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from social_media.enums import ActivityAction, MediaStatus, RenditionStatus
from social_media.models import ActivityLog, MediaFile, MediaRendition
from social_media.models.clock import from_now
from social_media.models.media import MadeRows

#: Codes of failures that were ours, not the file's: worth another try when asked for.
OUR_FAULT = ("not_made", "storage_unavailable", "disk_full")
#: What failed is tried again for a post once it rested so long: a post that waits for
#: it gets one round of tries, and not one after the other.
REST = timedelta(minutes=10)

#: Of files and renditions: both call it the same.
_OURS = Q(status=MediaStatus.FAILED, error_code__in=OUR_FAULT)
_ANEW = {
    "due_at": Now(),
    "tries": 0,
    "failures": 0,
    "error_code": "",
    "error_message": "",
}


def make_again(ids: Collection[uuid.UUID], *, user: User | None) -> int:
    """Have these files, and their renditions, tried again; answers how many files.

    Only those that failed by our own fault: their bytes are kept. One whose bytes were
    uploaded anew since stays as it is.
    """
    return sum(_again(file_id, user) for file_id in ids)


def rested_again(file: MediaFile) -> bool:
    """Have a failed file, with its renditions, tried again if that may help by now.

    Whether it is on its way then, whoever saw to that.
    """
    if _rested(MediaFile.objects.filter(pk=file.pk)).exists():
        _moved(file.pk)
    return not MediaFile.objects.filter(pk=file.pk, status=MediaStatus.FAILED).exists()


def rendition_rested_again(made: MediaRendition) -> bool:
    """As `rested_again`, of one rendition."""
    rows = MediaRendition.objects.filter(pk=made.pk)
    wait_again(_rested(rows))
    return not rows.filter(status=RenditionStatus.FAILED).exists()


def wait_again(rows: MadeRows[MediaRendition]) -> int:
    """Those of `rows` that failed by our own fault wait to be made; how many."""
    return rows.filter(_OURS).move(RenditionStatus.WAITING, **_ANEW)


def _rested(rows: MadeRows[Any]) -> MadeRows[Any]:
    return rows.filter(_OURS, updated_at__lte=from_now(-REST))


@transaction.atomic
def _again(file_id: uuid.UUID, user: User | None) -> bool:
    moved = _moved(file_id)
    if moved:
        _record(file_id, user)
    return moved


def _moved(file_id: uuid.UUID) -> bool:
    """Whether it, or a rendition of it, waits again."""
    file = MediaFile.objects.filter(_OURS, pk=file_id).exclude(file="")
    try:
        with transaction.atomic():
            count = wait_again(MediaRendition.objects.filter(original=file_id))
            count += file.move(MediaStatus.PROCESSING, **_ANEW)
    except IntegrityError:  # its bytes were uploaded anew
        return False
    return count > 0


def _record(file_id: uuid.UUID, user: User | None) -> None:
    file = MediaFile.objects.get(pk=file_id)
    ActivityLog.objects.record(
        ActivityAction.MEDIA_UPDATED,
        file,
        workspace_id=file.workspace_id,
        user=user,
        message=f"Trying {file.name} again.",
    )
