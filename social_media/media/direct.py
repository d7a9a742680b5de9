"""Direct uploads: a client sends its bytes to S3 itself, with an address from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.models import ApiKey, User, Workspace
from social_media.enums import MediaStatus
from social_media.media.errors import Conflict
from social_media.media.quota import lock_workspace, over_size, require_room
from social_media.media.store import delete, name_for, on_s3, size_of, upload_url
from social_media.media.upload import record_upload
from social_media.models import MediaFile, UploadAddress
from social_media.models.clock import database_now

#: S3 itself wants a type; what the bytes are is found out when they are here.
ANY_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where to send the bytes, how, and until when."""

    file: MediaFile
    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


def begin(
    workspace: Workspace,
    *,
    name: str,
    size: int,
    content_type: str = "",
    user: User | None,
) -> Ticket:
    """An address for `size` bytes, which count against the quota until it is void.

    Raises Conflict where the storage is no S3, TooLarge, OSError.
    """
    if not on_s3():
        raise Conflict(
            "This server keeps media on its own disk: send the file to /api/v1/media.",
            code="no_direct_upload",
        )
    if size > settings.MEDIA_MAX_BYTES:
        raise over_size()
    file = _row(workspace, name, size, user)
    seconds, kind = settings.MEDIA_URL_SECONDS, content_type or ANY_TYPE
    url = upload_url(file.file, size=size, content_type=kind, seconds=seconds)
    expires_at = database_now() + timedelta(seconds=seconds)
    _insert(file, void_at=expires_at)
    headers = {"Content-Length": str(size), "Content-Type": kind}
    return Ticket(file, "PUT", url, headers, expires_at)


def complete(
    file: MediaFile, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """The bytes are there: have them made ready. Nothing happens a second time.

    Raises Conflict where they are not there, or not as many as announced; OSError.
    """
    if file.status != MediaStatus.UPLOADING:
        return
    _require_all_there(file)
    rows = MediaFile.objects.filter(pk=file.pk, status=MediaStatus.UPLOADING)
    with transaction.atomic():
        if rows.move(MediaStatus.PROCESSING, due_at=Now()):
            record_upload(file, user, api_key)


def _require_all_there(file: MediaFile) -> None:
    size = size_of(file.file)
    if size is None:
        raise Conflict(
            "Its bytes have not arrived. Send them to the address first.",
            code="not_uploaded",
        )
    if size != file.size:
        delete(file.file)
        words = f"{size} bytes arrived where {file.size} were announced. Send it again."
        raise Conflict(words, code="wrong_size")


def _row(workspace: Workspace, name: str, size: int, user: User | None) -> MediaFile:
    file_id = new_id()
    return MediaFile(
        id=file_id,
        workspace=workspace,
        uploaded_by=user,
        name=name,
        size=size,
        status=MediaStatus.UPLOADING,
        file=name_for("uploads", file_id),
    )


@transaction.atomic
def _insert(file: MediaFile, *, void_at: datetime) -> None:
    lock_workspace(file.workspace_id)
    require_room(file.workspace_id, file.size)
    file.save(force_insert=True)
    UploadAddress.objects.create(
        workspace_id=file.workspace_id, name=file.file, size=file.size, void_at=void_at
    )
