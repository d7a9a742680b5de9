"""Uploads as the pipeline hands them to a strategy, and how they are prepared."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from social_media.enums import MediaKind
from social_media.platforms.base import Credentials, Step, Strategy
from social_media.platforms.errors import NotReady
from social_media.platforms.media import Beat, Facts, MediaItem, Upload
from tests import media_samples

SIZES = {MediaKind.IMAGE: (64, 48), MediaKind.GIF: (160, 120)}


def facts_of(data: bytes, kind: MediaKind, content_type: str, **more: Any) -> Facts:
    width, height = SIZES.get(kind, (320, 240))
    moving = kind != MediaKind.IMAGE
    known: dict[str, Any] = {
        "width": width,
        "height": height,
        "duration": 1.0 if moving else None,
        "frame_rate": 10.0 if moving else None,
        "video_codec": "h264" if content_type == "video/mp4" else "",
    }
    digest = hashlib.sha256(data).hexdigest()
    return Facts(kind, content_type, len(data), digest, **{**known, **more})


def upload_of(
    data: bytes,
    kind: MediaKind,
    content_type: str,
    *,
    alt: str = "",
    focus: tuple[float, float] | None = None,
    place: int = 0,
    **facts: Any,
) -> Upload:
    def opening(beat: Beat) -> AbstractContextManager[BinaryIO]:
        return io.BytesIO(data)

    about = facts_of(data, kind, content_type, **facts)
    item = MediaItem(f"file-{place}", about, alt_text=alt, focus=focus)
    return Upload(f"{place}-{about.sha256[:8]}", item, opening)


def images(count: int = 4) -> list[Upload]:
    """Different pictures, each with its description."""
    return [
        upload_of(
            media_samples.jpeg(64 + 2 * place, 48),
            MediaKind.IMAGE,
            "image/jpeg",
            alt=f"Picture {place} & <more> ☃",
            place=place,
            width=64 + 2 * place,
        )
        for place in range(count)
    ]


def gif(*, as_video: bool = False, alt: str = "") -> list[Upload]:
    data, kind = media_samples.gif(), "image/gif"
    if as_video:
        data, kind = media_samples.mp4(1.0, 160, 120, audio=False), "video/mp4"
    return [upload_of(data, MediaKind.GIF, kind, alt=alt)]


def video(seconds: float = 1.0, *, alt: str = "") -> list[Upload]:
    data = media_samples.mp4(seconds)
    return [upload_of(data, MediaKind.VIDEO, "video/mp4", alt=alt, duration=seconds)]


def bytes_of(upload: Upload) -> bytes:
    with upload.open(lambda: None) as file:
        return file.read()


@dataclass
class Saved:
    """A step's checkpoint as the pipeline keeps it: through JSON, merged."""

    step: Step
    calls: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, learnt: Mapping[str, Any]) -> None:
        self.calls.append(learnt)
        merged = {**self.step.checkpoint, **json.loads(json.dumps(learnt))}
        self.step = replace(self.step, checkpoint=merged)

    @property
    def handles(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.step.checkpoint.get("uploads", {})
        return found


def prepared(strategy: Strategy, step: Step, credentials: Credentials) -> Step:
    """`step` once the network has all of its media; waits while it processes them."""
    saved = Saved(step)
    until = time.monotonic() + 10
    while True:
        try:
            strategy.prepare(saved.step, credentials, saved)
        except NotReady as error:
            wait = error.check_at - datetime.now(UTC)
            assert timedelta(0) < wait <= timedelta(minutes=10)
            assert time.monotonic() < until, "never ready"
            time.sleep(0.05)
        else:
            return saved.step


def with_media(step: Step, media: Sequence[Upload]) -> Step:
    documents = [upload.item.document() for upload in media]
    payload = {**step.payload, "media": json.loads(json.dumps(documents))}
    return replace(step, payload=payload, media=tuple(media))
