"""Whether a status shows a step's media."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from social_media.enums import MediaKind
from social_media.platforms.base import Step
from social_media.platforms.blank import is_blank
from social_media.platforms.handles import ids_of
from social_media.platforms.mastodon.values import identifier

_KINDS = {
    "image": MediaKind.IMAGE,
    "gifv": MediaKind.GIF,
    "video": MediaKind.VIDEO,
}
#: A server may show a short silent video as an animation, and the other way round.
_MOVING = (MediaKind.GIF, MediaKind.VIDEO)


def shows_media_of(status: Mapping[str, Any], step: Step) -> bool:
    """Whether `status` has as many media of the same kinds as `step`, maybe none.

    Without a text there is nothing else to tell two statuses apart by: then one of
    them must be the very upload.
    """
    shown = _shown(status)
    if len(shown) != len(step.media) or not _same_kinds(shown, step):
        return False
    return not shown or not is_blank(step.payload["text"]) or _are_ours(shown, step)


def shows_uploads_of(status: Mapping[str, Any], step: Step) -> bool:
    """Whether one of the media of `status` is an upload of `step`."""
    return _are_ours(_shown(status), step)


def _shown(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = status.get("media_attachments") or []
    return [item for item in given if isinstance(item, dict)]


def _same_kinds(shown: Sequence[Mapping[str, Any]], step: Step) -> bool:
    kinds = [_KINDS.get(str(item.get("type"))) for item in shown]
    if None in kinds:  # "unknown", or a word of a fork
        return True
    sent = [upload.item.facts.kind for upload in step.media]
    return Counter(map(_moves, kinds)) == Counter(map(_moves, sent))


def _moves(kind: MediaKind | None) -> bool:
    return kind in _MOVING


def _are_ours(shown: Sequence[Mapping[str, Any]], step: Step) -> bool:
    return not ids_of(step).isdisjoint(identifier(item.get("id")) for item in shown)
