"""What posts ask of files: their facts, and what is made of them for networks."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models.functions import Now

from social_media.enums import MediaKind, MediaStatus, RenditionStatus
from social_media.media.again import rendition_rested_again, rested_again, wait_again
from social_media.media.errors import CannotBeMade, NotMade
from social_media.models import MediaFile, MediaRendition
from social_media.models.media import MadeRows
from social_media.platforms.media import Facts, MediaItem, Recipe


@dataclass(frozen=True, slots=True)
class Sendable:
    """What a network gets: facts of the bytes, and their name in the storage."""

    facts: Facts
    source: str


def facts_of(file: MediaFile) -> Facts:
    """What was measured of its bytes. Raises NotMade where nobody looked at them yet,
    CannotBeMade where nobody will.
    """
    if not file.kind:
        raise CannotBeMade(file.error_message) if _failed(file) else NotMade
    return Facts(
        kind=MediaKind(file.kind),
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        width=file.width or 0,
        height=file.height or 0,
        duration=file.duration,
        frame_rate=file.frame_rate,
        frames=file.frames,
        video_codec=file.video_codec,
        audio_codec=file.audio_codec,
        transparent=file.transparent,
    )


def item_of(file: MediaFile, *, alt_text: str | None = None) -> MediaItem:
    """The file as a draft shows it; `alt_text` None: the file's own.

    Raises what `facts_of` raises.
    """
    x, y = file.focus_x, file.focus_y
    return MediaItem(
        id=str(file.pk),
        facts=facts_of(file),
        alt_text=file.alt_text if alt_text is None else alt_text,
        focus=None if x is None or y is None else (x, y),
    )


def want(file: MediaFile, recipe: Recipe) -> None:
    """Have the rendition made, unless it is there or on its way.

    Part of the caller's transaction. One that failed by our own fault is tried again.
    """
    if _failed(file):
        return
    row = MediaRendition(
        original=file, key=recipe.key, recipe=recipe.document(), due_at=Now()
    )
    MediaRendition.objects.bulk_create([row], ignore_conflicts=True)
    wait_again(_of(file, recipe))


def sent(file: MediaFile, recipe: Recipe | None) -> Sendable:
    """What a network gets of `file`: the rendition, or with None the file itself.

    Raises NotMade while it is not ready, wanting it if nobody did, or if it failed by
    our own fault and rested since; CannotBeMade.
    """
    _require_ready(file)
    if recipe is None:
        return Sendable(facts_of(file), file.file)
    made = _of(file, recipe).first()
    if made is None:
        want(file, recipe)
        raise NotMade
    if made.status == RenditionStatus.FAILED and not rendition_rested_again(made):
        raise CannotBeMade(made.error_message)
    if made.status != RenditionStatus.READY:
        raise NotMade
    return Sendable(Facts.of(made.facts), made.file)


def _require_ready(file: MediaFile) -> None:
    if _failed(file) and not rested_again(file):
        raise CannotBeMade(file.error_message)
    if file.status != MediaStatus.READY:
        raise NotMade


def _of(file: MediaFile, recipe: Recipe) -> MadeRows[MediaRendition]:
    return MediaRendition.objects.filter(original=file, key=recipe.key)


def _failed(file: MediaFile) -> bool:
    return file.status == MediaStatus.FAILED
