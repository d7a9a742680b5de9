"""The bytes of media, by name: on this machine's disk, or on S3.

Every failure is an OSError, also where S3 is at fault; none names a secret. On S3 a
file passes through a temporary file on disk, never through memory.
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import structlog
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from social_media.media.addresses import local_url
from social_media.media.errors import StorageAway, storage_error
from social_media.media.scratch import work_dir
from social_media.platforms.media import Beat

log = structlog.get_logger(__name__)

#: What is stored is one of these; clean-up touches nothing else.
FOLDERS = ("uploads", "originals", "thumbnails", "renditions")
_OURS = re.compile(
    rf"(?:{'|'.join(FOLDERS)})/[0-9a-f]{{2}}/[0-9a-f]{{32}}-[0-9a-f]{{32}}(?:\.\w+)?"
)

#: Seconds between two beats of a download that a worker waits for.
BEAT_EVERY = 3.0
#: How often one download may break off.
_MOST_BREAKS = 5
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """One object in the storage."""

    name: str
    size: int
    changed_at: datetime


def media_storage() -> Storage:
    """Where the bytes lie: STORAGES["media"]."""
    return storages["media"]


def on_s3() -> bool:
    """Whether the storage is S3 or speaks it."""
    return not isinstance(media_storage(), FileSystemStorage)


def name_for(folder: str, row_id: uuid.UUID, content_type: str = "") -> str:
    """A fresh name: random, and never from what a client calls the file."""
    ending = _ENDINGS.get(content_type, "")
    return f"{folder}/{row_id.hex[-2:]}/{row_id.hex}-{uuid.uuid4().hex}{ending}"


def content_type_of(name: str) -> str:
    """What a stored name says; nothing that a browser would run."""
    _, dot, ending = name.rpartition(".")
    return _TYPES.get(dot + ending, "application/octet-stream")


_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}
_TYPES = {ending: content_type for content_type, ending in _ENDINGS.items()}


@contextmanager
def open_stored(name: str, beat: Beat) -> Iterator[BinaryIO]:
    """The bytes for reading, from the beginning; seekable.

    Raises OSError, and what `beat` raises: on S3 all of it is fetched first, which may
    take minutes.
    """
    if not on_s3():
        with media_storage().open(name, "rb") as local:
            yield cast("BinaryIO", local.file)
        return
    with tempfile.TemporaryFile(dir=work_dir()) as copy:
        with _translated():
            _download(name, copy, _now_and_then(beat))
        copy.seek(0)
        yield cast("BinaryIO", copy)


def fetch(name: str, folder: Path, beat: Beat) -> Path:
    """The bytes as a file in `folder`, to be read or moved, never written to.

    Raises OSError, and what `beat` raises.
    """
    path = folder / "fetched"
    if not on_s3():
        _link_or_copy(Path(media_storage().path(name)), path)
        return path
    with _translated():
        _client().download_file(
            _bucket(), _key(name), str(path), Callback=_each(beat), Config=_transfer()
        )
    return path


def save(name: str, path: Path, *, content_type: str, beat: Beat) -> None:
    """Store the file at `path`, which is gone then, whole or not at all.

    Raises StorageAway, NoSpace for a full disk, and what `beat` raises.
    """
    if on_s3():
        with _translated(), path.open("rb") as file:
            _client().upload_fileobj(
                file,
                _bucket(),
                _key(name),
                ExtraArgs={"ContentType": content_type},
                Callback=_each(beat),
                Config=_transfer(),
            )
        path.unlink()
        return
    _save_here(name, path)


def delete(name: str) -> None:
    """Delete it; nothing happens if it is not there. Raises OSError."""
    with _translated():
        media_storage().delete(name)


def discard(*names: str) -> None:
    """Delete what no row names any more; what fails is left for clean-up."""
    for name in filter(None, names):
        try:
            delete(name)
        except OSError as error:
            log.warning("media_left_behind", name=name, error=type(error).__name__)


def url_for(name: str) -> str:
    """An address that anybody can read it at, for MEDIA_URL_SECONDS at most.

    On this machine's disk it is a path of this site. Asks no network.
    """
    if not on_s3():
        return local_url(name)
    parameters = {
        "ResponseContentType": content_type_of(name),
        "ResponseContentDisposition": "inline",
    }
    with _translated():
        return str(media_storage().url(name, parameters=parameters))  # type: ignore[call-arg]


def every_stored() -> Iterator[Stored]:
    """All that this package ever stored, as its names show. Raises OSError."""
    found = _every_on_s3() if on_s3() else _every_here()
    return (one for one in found if _OURS.fullmatch(one.name))


def upload_url(name: str, *, size: int, content_type: str, seconds: int) -> str:
    """On S3 only: where `size` bytes can be PUT, for so long. Raises OSError.

    PUT, because R2 knows no presigned POST; the signature covers Content-Length and
    Content-Type, so that neither more nor anything else can be sent.
    """
    wanted = {
        "Bucket": _bucket(),
        "Key": _key(name),
        "ContentLength": size,
        "ContentType": content_type,
    }
    with _translated():
        return str(
            _client().generate_presigned_url("put_object", wanted, ExpiresIn=seconds)
        )


def size_of(name: str) -> int | None:
    """Bytes of what is stored there, None if nothing is. Raises OSError."""
    with _translated():
        return media_storage().size(name) if media_storage().exists(name) else None


def _link_or_copy(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise
        shutil.copyfile(path, target)  # another disk, or one without links


def _save_here(name: str, path: Path) -> None:
    """Moved, not copied, where the work folder is on the same disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())  # the row that names it is durable, too
        moving = File(file)
        moving.temporary_file_path = lambda: str(path)  # type: ignore[attr-defined]
        try:
            media_storage().save(name, moving)
        except OSError as error:
            discard(name)
            log.warning("media_not_stored", error=str(error.strerror))
            raise storage_error(error) from None
    path.unlink(missing_ok=True)


@contextmanager
def _translated() -> Iterator[None]:
    """Errors of S3 as StorageAway; what they were is only logged."""
    if not on_s3():
        yield
        return
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        log.warning("storage_unavailable", error=_cause(error))
        raise StorageAway from None


def _cause(error: Exception) -> str:
    """What it was, without addresses and keys."""
    response = getattr(error, "response", None)  # a timeout's is there, and None
    told = response.get("Error", {}) if isinstance(response, dict) else {}
    code = told.get("Code", "")
    return f"{type(error).__name__} {code}".strip()


def _each(beat: Beat) -> Callable[[int], None]:
    return lambda _count: beat()


def _download(name: str, copy: BinaryIO, beat: Beat) -> None:
    """Into `copy`, going on where a connection broke off.

    Not by boto's transfers: those ask a storage that is silent again and again, for
    minutes, and call nobody meanwhile.
    """
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    for _ in range(_MOST_BREAKS):
        try:
            _read_on(name, copy, beat)
        except (HTTPClientError, IncompleteReadError) as error:
            broken = error
            beat()
        else:
            return
    raise broken


def _read_on(name: str, copy: BinaryIO, beat: Beat) -> None:
    start = copy.tell()
    rest = {"Range": f"bytes={start}-"} if start else {}
    answer = _client().get_object(Bucket=_bucket(), Key=_key(name), **rest)
    copy.seek(start if "ContentRange" in answer else 0)  # all of it, or the rest
    with closing(answer["Body"]) as body:
        for piece in body.iter_chunks(_PIECE):
            copy.write(piece)
            beat()


def _now_and_then(beat: Beat) -> Beat:
    """`beat` every BEAT_EVERY seconds at most, however many pieces come."""
    beaten_at = time.monotonic()

    def piece_came() -> None:
        nonlocal beaten_at
        if time.monotonic() - beaten_at >= BEAT_EVERY:
            beat()
            beaten_at = time.monotonic()

    return piece_came


def _client() -> Any:
    """One for all threads: each would take megabytes."""
    return cast("Any", media_storage()).bucket.meta.client


def _bucket() -> str:
    return str(cast("Any", media_storage()).bucket_name)


def _transfer() -> Any:
    return cast("Any", media_storage()).transfer_config


def _prefix() -> str:
    return str(cast("Any", media_storage()).location).strip("/")


def _key(name: str) -> str:
    return posixpath.join(_prefix(), name)


def _every_here() -> Iterator[Stored]:
    root = Path(media_storage().path(""))
    for folder in FOLDERS:
        for path in (root / folder).glob("*/*"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue  # deleted meanwhile
            yield Stored(
                path.relative_to(root).as_posix(),
                found.st_size,
                datetime.fromtimestamp(found.st_mtime, UTC),
            )


def _every_on_s3() -> Iterator[Stored]:
    with _translated():
        pages = _client().get_paginator("list_objects_v2")
        for folder in FOLDERS:
            for page in pages.paginate(Bucket=_bucket(), Prefix=_key(folder) + "/"):
                for found in page.get("Contents", ()):
                    name = posixpath.relpath(found["Key"], _prefix() or ".")
                    yield Stored(name, found["Size"], found["LastModified"])
