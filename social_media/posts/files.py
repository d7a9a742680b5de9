"""The files that a composition shows: whether they are there and may be shown."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from social_media.enums import MediaStatus
from social_media.models import MediaFile
from social_media.platforms.base import Problem
from social_media.posts.composition import (
    Attachments,
    Composition,
    Destination,
    Files,
)


def files_for(workspace_id: uuid.UUID, composition: Composition) -> Files:
    """The workspace's files among those asked for."""
    wanted = composition.files()
    if not wanted:
        return {}
    return {row.pk: row for row in _files(workspace_id, wanted)}


def hold_files(workspace_id: uuid.UUID, composition: Composition) -> Files:
    """`files_for`, and nobody deletes them until the transaction ends."""
    wanted = composition.files()
    if not wanted:
        return {}
    rows = _files(workspace_id, wanted).select_for_update(no_key=True)
    return {row.pk: row for row in rows.order_by("pk")}


def _files(
    workspace_id: uuid.UUID, wanted: Collection[uuid.UUID]
) -> QuerySet[MediaFile]:
    return MediaFile.objects.filter(workspace_id=workspace_id, pk__in=wanted)


def blank_problems(composition: Composition) -> list[Problem]:
    """A problem for each part with neither words nor media, on whatever network."""
    first = composition.media
    found = _blanks("", composition.content, first, composition)
    for index, target in enumerate(composition.targets):
        if target.content is not None:
            shown = first if target.media is None else target.media
            found += _blanks(f"targets.{index}.", target.content, shown, target)
    return found


def _blanks(
    prefix: str, content: str, media: Attachments, owner: Composition | Destination
) -> list[Problem]:
    missing = len(owner.thread) - len(owner.thread_media)
    parts = [("content", content, media)]
    shown = (*owner.thread_media, *[()] * missing)
    for number, (text, files) in enumerate(zip(owner.thread, shown, strict=False)):
        parts.append((f"thread.{number}", text, files))
    words = "Write something, or add a picture or video."
    return [
        Problem("blank", prefix + field, words)
        for field, text, files in parts
        if not text.strip() and not files
    ]


def file_problems(composition: Composition, files: Files) -> list[Problem]:
    """A problem for each place that shows a file which can't be shown."""
    found = _place_problems("", composition, files)
    for index, target in enumerate(composition.targets):
        found += _place_problems(f"targets.{index}.", target, files)
    return found


def _place_problems(
    prefix: str, owner: Composition | Destination, files: Files
) -> list[Problem]:
    if len(owner.thread_media) > len(owner.thread):
        words = "There are media for more parts than the thread has."
        return [Problem("too_many", f"{prefix}thread_media", words)]
    parts: list[tuple[str, Attachments]] = [("media", owner.media or ())]
    for number, attachments in enumerate(owner.thread_media):
        parts.append((f"thread_media.{number}", attachments))
    return [
        Problem(reason[0], f"{prefix}{path}.{place}.file", reason[1])
        for path, attachments in parts
        for place, one in enumerate(attachments)
        if (reason := _file_reason(files.get(one.file_id)))
    ]


def _file_reason(file: MediaFile | None) -> tuple[str, str] | None:
    """Why `file` can't be shown: a code and words."""
    if file is None:
        return "unknown_file", "There is no such file in this workspace."
    if file.status == MediaStatus.UPLOADING:
        return "not_uploaded", f"{file} has not been uploaded yet."
    if file.status == MediaStatus.FAILED:
        return "unusable_file", f"{file} can't be used: {file.error_message}"
    if not file.kind:
        return "not_checked", f"{file} is still being checked. Try again in a moment."
    return None
