"""What people change about a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import ActivityAction, PostStatus
from social_media.media.errors import Conflict, FileGone
from social_media.media.store import discard
from social_media.models import ActivityLog, MediaFile, Post

#: A post with any other status may still be sent, and then needs its media.
FINISHED = PostStatus.POSTED


@transaction.atomic
def update_file(
    file: MediaFile,
    *,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Change `name`, `alt_text`, `focus_x` and `focus_y`. Raises FileGone."""
    row = MediaFile.objects.select_for_update(no_key=True).filter(pk=file.pk).first()
    if row is None:
        raise FileGone
    changed = [name for name in changes if getattr(row, name) != changes[name]]
    if not changed:
        return
    for name in changed:
        setattr(row, name, changes[name])
    row.save(update_fields=(*changed, "updated_at"))
    _record(ActivityAction.MEDIA_UPDATED, row, f"Changed {row.name}.", user, api_key)


def delete_file(
    file: MediaFile, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Delete it, its renditions and their bytes; published posts lose sight of it.

    Raises Conflict while a post uses it that may still be sent; FileGone.
    """
    discard(*_deleted(file, user, api_key))


@transaction.atomic
def _deleted(file: MediaFile, user: User | None, api_key: ApiKey | None) -> list[str]:
    """Delete the rows; the names of the bytes that nobody needs any more."""
    # Not `no_key`: a post that takes it at this moment has to wait, or is waited for.
    row = MediaFile.objects.select_for_update().filter(pk=file.pk).first()
    if row is None:
        raise FileGone
    _require_unused(row)
    names = names_of(row)
    row.uses.all().delete()
    _record(ActivityAction.MEDIA_DELETED, row, f"Deleted {row.name}.", user, api_key)
    row.delete()
    return names


def names_of(row: MediaFile) -> list[str]:
    """All that is stored of it."""
    made = row.renditions.exclude(file="").values_list("file", flat=True)
    return [name for name in (row.file, row.thumbnail, *made) if name]


def _require_unused(row: MediaFile) -> None:
    posts = Post.objects.filter(media__file=row).exclude(status=FINISHED)
    statuses = dict(posts.values_list("pk", "status")).values()
    counted = sorted(Counter(statuses).items())
    if not counted:
        return
    listed = ", ".join(f"{count} {PostStatus(name).label}" for name, count in counted)
    words = (
        f"Posts that are not all out use this file ({listed}). Take it out of them, or "
        "delete them, first."
    )
    raise Conflict(words, code="in_use")


def _record(
    action: ActivityAction,
    row: MediaFile,
    words: str,
    user: User | None,
    api_key: ApiKey | None,
) -> None:
    ActivityLog.objects.record(
        action,
        row,
        workspace_id=row.workspace_id,
        user=user,
        api_key=api_key,
        message=words,
    )
