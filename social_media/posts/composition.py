"""A post as a person composes it: what is asked for, and what rows already say."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from social_media.models import Post, PostTarget, ThreadPart
from social_media.platforms.base import Draft
from social_media.posts.draft import draft_from


@dataclass(frozen=True, slots=True)
class Destination:
    """One account to publish on, and what differs there.

    `content` None: the post's own text and thread. With content of its own, `thread`
    is its thread, maybe an empty one. `first_comment` None: the post's.
    """

    account_id: uuid.UUID
    content: str | None = None
    thread: tuple[str, ...] = ()
    first_comment: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Composition:
    """All that a person decides about a post.

    `scheduled_time` is aware, None for a draft; an empty `late_policy` and `None`
    minutes are the workspace's.
    """

    content: str
    thread: tuple[str, ...] = ()
    first_comment: str = ""
    targets: tuple[Destination, ...] = ()
    scheduled_time: datetime | None = None
    late_policy: str = ""
    late_minutes: int | None = None

    def text(self) -> tuple[object, ...]:
        """What ends up in a payload; two that are equal here publish the same."""
        return self.content, self.thread, self.first_comment, self.targets

    def draft_for(self, target: Destination) -> Draft:
        """What `target` would publish."""
        own = target.content is not None
        comment = target.first_comment
        return draft_from(
            target.content if target.content is not None else self.content,
            thread=target.thread if own else self.thread,
            first_comment=self.first_comment if comment is None else comment,
            options=target.options,
        )


def composition_of(post: Post, targets: Iterable[PostTarget]) -> Composition:
    """What the rows of `post` say. One query, for the thread parts."""
    parts = ThreadPart.objects.filter(post=post).order_by("position")
    threads: dict[uuid.UUID | None, list[str]] = {}
    for part in parts:
        threads.setdefault(part.target_id, []).append(part.content)
    return Composition(
        content=post.content,
        thread=tuple(threads.get(None, ())),
        first_comment=post.first_comment,
        targets=tuple(_destination(row, threads.get(row.pk, ())) for row in targets),
        scheduled_time=post.scheduled_time,
        late_policy=post.late_policy,
        late_minutes=post.late_minutes,
    )


def _destination(target: PostTarget, thread: Sequence[str]) -> Destination:
    return Destination(
        account_id=target.account_id,
        content=target.content,
        thread=tuple(thread),
        first_comment=target.first_comment,
        options=target.options,
    )
