"""The media of a step: chosen and frozen, then read from the storage."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from social_media.media.errors import CannotBeMade, NotMade
from social_media.media.renditions import facts_of, sent
from social_media.media.store import open_stored
from social_media.models import MediaFile
from social_media.models.clock import database_now
from social_media.platforms.base import Draft, Part
from social_media.platforms.errors import ContentRejected, NotReady
from social_media.platforms.media import MediaItem, MediaRules, Upload, recipe_for

#: How soon to look again for a rendition that is being made.
LOOK_AGAIN = timedelta(seconds=2)


def as_sent(draft: Draft, rules: MediaRules | None) -> Draft:
    """`draft` with the facts of the bytes that this network gets.

    Raises NotReady while a rendition is being made, ContentRejected if it can't be.
    """
    wanted = {item.id for part in draft.parts for item in part.media}
    if not wanted or rules is None:
        return draft
    files = MediaFile.objects.in_bulk([uuid.UUID(one) for one in wanted])
    named = {str(pk): file for pk, file in files.items()}
    return replace(draft, parts=[_part(part, named, rules) for part in draft.parts])


def _part(part: Part, files: Mapping[str, MediaFile], rules: MediaRules) -> Part:
    return replace(
        part, media=tuple(_item(item, files[item.id], rules) for item in part.media)
    )


def _item(item: MediaItem, file: MediaFile, rules: MediaRules) -> MediaItem:
    try:
        made = sent(file, recipe_for(facts_of(file), rules))
    except NotMade:
        words = f"{file} is still being made ready for this network."
        check_at = database_now() + LOOK_AGAIN
        raise NotReady(words, check_at=check_at, code="media_not_ready") from None
    except CannotBeMade as error:
        words = f"{file} could not be made ready for this network: {error.message}"
        raise ContentRejected(words, code="media_unusable") from error
    # Of a GIF it may be a video, and yet be shown as a GIF.
    facts = replace(made.facts, kind=item.facts.kind)
    return replace(item, facts=facts, source=made.source)


def documents(media: Sequence[MediaItem]) -> list[dict[str, Any]]:
    """`media` for a frozen payload."""
    return [item.document() for item in media]


def uploads_of(payload: Mapping[str, Any]) -> tuple[Upload, ...]:
    """What a frozen payload shows, with its bytes."""
    items = [MediaItem.of(document) for document in payload.get("media", ())]
    return tuple(
        Upload(_key(place, item), item, partial(open_stored, item.source))
        for place, item in enumerate(items)
    )


def _key(place: int, item: MediaItem) -> str:
    """Another one for other bytes, another text or another focus."""
    told = json.dumps([item.facts.sha256, item.alt_text, item.focus])
    return f"{place}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
