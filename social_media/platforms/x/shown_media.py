"""Whether a post in the timeline shows a step's media."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from social_media.enums import MediaKind
from social_media.platforms.base import Step
from social_media.platforms.handles import ids_of
from social_media.platforms.x.answers import dicts_in

_KINDS = {
    "photo": MediaKind.IMAGE,
    "animated_gif": MediaKind.GIF,
    "video": MediaKind.VIDEO,
}


def keys_of(tweet: Mapping[str, Any]) -> list[str]:
    """The media keys of a post, in order."""
    attachments = tweet.get("attachments")
    keys = attachments.get("media_keys") if isinstance(attachments, dict) else None
    return [str(key) for key in keys] if isinstance(keys, list) else []


def types_in(page: Mapping[str, Any]) -> dict[str, str]:
    """Type by media key, as far as a page of the timeline tells."""
    includes = page.get("includes")
    media = includes.get("media") if isinstance(includes, dict) else None
    return {
        str(item["media_key"]): str(item.get("type") or "")
        for item in dicts_in(media)
        if "media_key" in item
    }


def shows_media_of(
    tweet: Mapping[str, Any], types: Mapping[str, str], step: Step
) -> bool:
    """Whether `tweet` has as many media of the same kinds as `step`, maybe none.

    Without a text there is nothing else to tell two posts apart by: then they must be
    the very uploads, whose ids their keys end in ("3_1146654567674912769").
    """
    keys = keys_of(tweet)
    if len(keys) != len(step.media) or not _same_kinds(keys, types, step):
        return False
    return bool(step.payload["text"]) or not keys or _are_ours(keys, step)


def _same_kinds(keys: Sequence[str], types: Mapping[str, str], step: Step) -> bool:
    shown = [_KINDS.get(types.get(key, "")) for key in keys]
    if None in shown:
        return True
    return Counter(shown) == Counter(upload.item.facts.kind for upload in step.media)


def _are_ours(keys: Sequence[str], step: Step) -> bool:
    return not ids_of(step).isdisjoint(key.rpartition("_")[2] for key in keys)
