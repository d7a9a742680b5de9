"""Uploads of one step, to a server that takes everything."""

from __future__ import annotations

from typing import Any

import pytest

from social_media.platforms.base import Credentials, Step
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import PlatformError
from tests.social_media.platforms.bluesky.pds import (
    CID,
    DID,
    PUT,
    TOKEN,
    Server,
    step_for,
)
from tests.social_media.platforms.media_steps import Saved, with_media

BLOB = "com.atproto.repo.uploadBlob"
AUTH = "com.atproto.server.getServiceAuth"
VIDEO = "app.bsky.video.uploadVideo"
JOB = "app.bsky.video.getJobStatus"


def blob(number: int = 1, kind: str = "image/jpeg") -> dict[str, Any]:
    return {
        "$type": "blob",
        "ref": {"$link": f"{CID[:-1]}{number}"},
        "mimeType": kind,
        "size": 1000 + number,
    }


def ratio(width: int, height: int) -> dict[str, Any]:
    """The library adds its type."""
    kind = "app.bsky.embed.defs#aspectRatio"
    return {"$type": kind, "width": width, "height": height}


def job(state: str = "JOB_STATE_CREATED", **more: Any) -> dict[str, Any]:
    return {"jobId": "job-1", "did": DID, "state": state, **more}


CLIP = blob(5, "video/mp4")


def saved_for(strategy: BlueskyStrategy, media: Any, text: str = "Look") -> Saved:
    step: Step = step_for(strategy, text)
    return Saved(with_media(step, media))


def failing(
    strategy: BlueskyStrategy, saved: Saved, credentials: Credentials
) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        strategy.prepare(saved.step, credentials, saved)
    assert TOKEN not in f"{caught.value!r}{caught.value}"
    assert "service-token" not in f"{caught.value!r}{saved.step.checkpoint}"
    return caught.value


def record_of(
    strategy: BlueskyStrategy, saved: Saved, credentials: Credentials, server: Server
) -> dict[str, Any]:
    strategy.prepare(saved.step, credentials, saved)
    strategy.publish(saved.step, credentials, saved)
    found: dict[str, Any] = server.asked(PUT)[-1].body["record"]
    return found
