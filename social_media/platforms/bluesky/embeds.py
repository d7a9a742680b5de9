"""What a post shows below its text, as the record carries it."""

from __future__ import annotations

from typing import Any

from social_media.enums import MediaKind
from social_media.platforms.base import Step
from social_media.platforms.bluesky.uploads import blob_of
from social_media.platforms.handles import handles_of
from social_media.platforms.media import Facts, MediaItem


def embed_of(step: Step) -> dict[str, Any] | None:
    """The embed of the step's media, None without any. Raises `upload_gone`."""
    if not step.media:
        return None
    blobs = [blob_of(handle) for handle in handles_of(step)]
    items = [upload.item for upload in step.media]
    if items[0].facts.kind == MediaKind.IMAGE:
        shown = [_image(*pair) for pair in zip(items, blobs, strict=True)]
        return {"$type": "app.bsky.embed.images", "images": shown}
    return _video(items[0], blobs[0])


def _image(item: MediaItem, blob: dict[str, Any]) -> dict[str, Any]:
    # The lexicon demands an alternative text, maybe an empty one.
    return {"alt": item.alt_text, "aspectRatio": _ratio(item.facts), "image": blob}


def _video(item: MediaItem, blob: dict[str, Any]) -> dict[str, Any]:
    embed = {
        "$type": "app.bsky.embed.video",
        "alt": item.alt_text,
        "aspectRatio": _ratio(item.facts),
        "presentation": "gif" if item.facts.kind == MediaKind.GIF else "",
        "video": blob,
    }
    return {name: value for name, value in embed.items() if value}


def _ratio(facts: Facts) -> dict[str, int]:
    return {"width": facts.width, "height": facts.height}
