"""From a target's rows to what its strategy reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from social_media.enums import StepKind
from social_media.models import PostTarget
from social_media.platforms.base import Draft, Part


def draft_of(target: PostTarget, *, threaded: bool = True) -> Draft:
    """What this target wants published, in order.

    A target with content of its own has a thread of its own too, maybe an empty one.
    Reads `target.post` and the thread parts: prefetch them for more than one target.
    Not `threaded`: the caller knows that the post has no thread parts.
    """
    own = target.content is not None
    comment = target.first_comment
    return draft_from(
        target.content if target.content is not None else target.post.content,
        thread=_thread(target, own=own) if threaded else (),
        first_comment=target.post.first_comment if comment is None else comment,
        options=target.options,
    )


def draft_from(
    content: str,
    *,
    thread: Sequence[str],
    first_comment: str,
    options: Mapping[str, Any],
) -> Draft:
    """The parts in the order in which they appear."""
    parts = [Part(content)]
    parts += [Part(text, StepKind.THREAD_PART) for text in thread]
    if first_comment:
        parts.append(Part(first_comment, StepKind.FIRST_COMMENT))
    return Draft(parts=parts, options=options)


def _thread(target: PostTarget, *, own: bool) -> list[str]:
    parts = target.thread_parts.all() if own else target.post.thread_parts.all()
    wanted = target.pk if own else None
    chosen = [part for part in parts if part.target_id == wanted]
    return [part.content for part in sorted(chosen, key=lambda part: part.position)]
