"""Taking an upload in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction, MediaStatus
from social_media.media.errors import TooLarge
from social_media.media.intake import Received
from social_media.media.look import inspected
from social_media.media.quota import lock_workspace, require_room
from social_media.media.store import discard, name_for, save
from social_media.models import ActivityLog, MediaFile
from social_media.platforms.media import Facts


@dataclass(frozen=True, slots=True)
class Described:
    """What its owner says of a file; `focus` as MediaItem has it."""

    alt_text: str = ""
    focus: tuple[float, float] | None = None

    def columns(self) -> dict[str, Any]:
        """As MediaFile keeps it."""
        x, y = self.focus or (None, None)
        return {"alt_text": self.alt_text, "focus_x": x, "focus_y": y}


def add(
    workspace: Workspace,
    received: Received,
    *,
    described: Described,
    user: User | None,
    api_key: ApiKey | None = None,
) -> tuple[MediaFile, bool]:
    """Look at the bytes, store them, and have them made ready.

    The workspace's own file, as it is, and False where it has these bytes already.
    Raises Refused, TooLarge, NotLookedAt, OSError; nothing is stored then.
    """
    known = _known(workspace.pk, received.sha256)
    if known is not None:
        return known, False
    require_room(workspace.pk, received.size)  # before anything is done with it
    facts = inspected(received)
    row = _row(workspace, received, facts, described, user)
    save(row.file, received.path, content_type=facts.content_type, beat=_go_on)
    try:
        stored, added = _insert(row, user, api_key)
    except TooLarge:
        discard(row.file)
        raise
    if not added:
        discard(row.file)
    return stored, added


def same_bytes(workspace_id: uuid.UUID, sha256: str) -> QuerySet[MediaFile]:
    """The file that was uploaded with these bytes."""
    rows = MediaFile.objects.filter(workspace=workspace_id, upload_sha256=sha256)
    return rows.exclude(status=MediaStatus.FAILED)


@transaction.atomic
def _known(workspace_id: uuid.UUID, sha256: str) -> MediaFile | None:
    """The file that has these bytes. Its grace time begins anew: clean-up, which may be
    at it, is waited for, and must not remove what we answer with.
    """
    rows = same_bytes(workspace_id, sha256).select_for_update(no_key=True)
    known = rows.first()
    if known is not None and known.unused_since is not None:
        known.unused_since = None
        known.save(update_fields=["unused_since"])
    return known


def columns_of(facts: Facts) -> dict[str, Any]:
    """As MediaFile keeps them."""
    return facts.document()


def _row(
    workspace: Workspace,
    received: Received,
    facts: Facts,
    described: Described,
    user: User | None,
) -> MediaFile:
    file_id = new_id()
    return MediaFile(
        id=file_id,
        workspace=workspace,
        uploaded_by=user,
        name=received.name,
        status=MediaStatus.PROCESSING,
        file=name_for("uploads", file_id, facts.content_type),
        upload_sha256=received.sha256,
        due_at=Now(),
        **described.columns(),
        **columns_of(facts),
    )


@transaction.atomic
def _insert(
    row: MediaFile, user: User | None, api_key: ApiKey | None
) -> tuple[MediaFile, bool]:
    """Decided again, now that no other upload of the workspace can come between."""
    lock_workspace(row.workspace_id)
    known = _known(row.workspace_id, row.upload_sha256)
    if known is not None:
        return known, False
    require_room(row.workspace_id, row.size)
    row.save(force_insert=True)
    record_upload(row, user, api_key)
    return row, True


def record_upload(row: MediaFile, user: User | None, api_key: ApiKey | None) -> None:
    """The activity row; part of the caller's transaction."""
    ActivityLog.objects.record(
        ActivityAction.MEDIA_UPLOADED,
        row,
        workspace_id=row.workspace_id,
        user=user,
        api_key=api_key,
        message=f"Uploaded {row.name}.",
    )


def _go_on() -> None:
    """Nobody waits for a sign of life of a request."""
