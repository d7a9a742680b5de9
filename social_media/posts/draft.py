"""From a target's rows to what its strategy reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from social_media.enums import StepKind
from social_media.media.renditions import item_of
from social_media.models import PostMedia, PostTarget
from social_media.platforms.base import Draft, Part
from social_media.platforms.media import MediaItem

#: By part: 0 is the post itself, 1 the first of its thread.
Illustrations = Mapping[int, Sequence[MediaItem]]


def draft_of(
    target: PostTarget, *, threaded: bool = True, illustrated: bool = True
) -> Draft:
    """What this target wants published, in order.

    A target with content of its own has a thread of its own too, maybe an empty one.
    Reads `target.post`, the thread parts and the media: prefetch them for more than
    one target. Not `threaded`, not `illustrated`: the caller knows that the post has no
    thread parts, no media.
    """
    own = target.content is not None
    comment = target.first_comment
    return draft_from(
        target.content if target.content is not None else target.post.content,
        thread=_thread(target, own=own) if threaded else (),
        media=_media(target, own=own) if illustrated else {},
        first_comment=target.post.first_comment if comment is None else comment,
        options=target.options,
    )


def draft_from(
    content: str,
    *,
    thread: Sequence[str],
    media: Illustrations,
    first_comment: str,
    options: Mapping[str, Any],
) -> Draft:
    """The parts in the order in which they appear."""
    parts = [Part(content, media=tuple(media.get(0, ())))]
    parts += [
        Part(text, StepKind.THREAD_PART, media=tuple(media.get(number, ())))
        for number, text in enumerate(thread, start=1)
    ]
    if first_comment:
        parts.append(Part(first_comment, StepKind.FIRST_COMMENT))
    return Draft(parts=parts, options=options)


def _thread(target: PostTarget, *, own: bool) -> list[str]:
    parts = target.thread_parts.all() if own else target.post.thread_parts.all()
    wanted = target.pk if own else None
    chosen = [part for part in parts if part.target_id == wanted]
    return [part.content for part in sorted(chosen, key=lambda part: part.position)]


def _media(target: PostTarget, *, own: bool) -> Illustrations:
    """Those of part 0 may be the target's alone; the thread's come with the thread."""
    places = PostMedia.objects.filter(post=target.post_id).select_related("file")
    found: dict[int, list[MediaItem]] = {}
    for place in places.order_by("part", "position"):
        mine = own if place.part else target.own_media
        if place.target_id == (target.pk if mine else None):
            item = item_of(place.file, alt_text=place.alt_text)
            found.setdefault(place.part, []).append(item)
    return found
