"""How many bytes a workspace keeps, and may keep."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import Now

from accounts.models import Workspace
from social_media.media.errors import TooLarge
from social_media.models import MediaFile, MediaRendition, UploadAddress


def used(workspace_id: uuid.UUID) -> int:
    """Bytes of its files and renditions, and those that may come to an address.

    An address counts until it is void: where a file was taken from, or deleted, its
    bytes can be sent once more.
    """
    files = MediaFile.objects.filter(workspace=workspace_id).exclude(file="")
    made = MediaRendition.objects.filter(original__workspace=workspace_id)
    their_file = Exists(files.filter(file=OuterRef("name")))
    addresses = UploadAddress.objects.filter(workspace=workspace_id, void_at__gt=Now())
    counted = (files, made, addresses.exclude(their_file))
    sums = (rows.aggregate(size=Sum("size", default=0)) for rows in counted)
    return sum(int(found["size"]) for found in sums)


def left(workspace_id: uuid.UUID) -> int:
    """Bytes that it may add."""
    quota: int = settings.MEDIA_QUOTA_BYTES
    return max(0, quota - used(workspace_id))


def require_room(workspace_id: uuid.UUID, size: int) -> None:
    """Raise TooLarge unless `size` more bytes have room.

    For good only while the workspace is locked (`lock_workspace`).
    """
    room = left(workspace_id)
    if size > room:
        raise over_quota(room)


def over_quota(room: int) -> TooLarge:
    """The refusal, in words."""
    words = (
        f"The files of this workspace may have {readable(settings.MEDIA_QUOTA_BYTES)} "
        f"in all; {readable(room)} are left. Delete files that you no longer need."
    )
    return TooLarge(words, code="quota_exceeded")


def over_size() -> TooLarge:
    """The refusal of a single file, in words."""
    most = readable(settings.MEDIA_MAX_BYTES)
    return TooLarge(f"A file may have {most} at most.")


def lock_workspace(workspace_id: uuid.UUID) -> None:
    """Have other uploads of the workspace wait for the caller's transaction."""
    rows = Workspace.objects.select_for_update(no_key=True).filter(pk=workspace_id)
    list(rows.values_list("pk"))


def readable(size: int) -> str:
    """Bytes for people: "20 GB"."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
