"""A post as a person composes it: what is asked for, and what rows already say."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from social_media.media.renditions import item_of
from social_media.models import MediaFile, Post, PostMedia, PostTarget, ThreadPart
from social_media.models.label import key_of
from social_media.platforms.base import Draft
from social_media.platforms.media import MediaItem
from social_media.posts.draft import draft_from


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a part of a post. `alt_text` None: the file's own."""

    file_id: uuid.UUID
    alt_text: str | None = None


Attachments = tuple[Attachment, ...]
#: By target, None for the post's own, and part.
_Places = Mapping[uuid.UUID | None, Mapping[int, Sequence[Attachment]]]
Files = Mapping[uuid.UUID, MediaFile]


@dataclass(frozen=True, slots=True)
class Destination:
    """One account to publish on, and what differs there.

    `content` None: the post's own text and thread. With content of its own, `thread`
    is its thread, maybe an empty one, and `thread_media` has the media of its parts in
    order, as far as there are any. `media` None: those of the post itself.
    `first_comment` None: the post's.
    """

    account_id: uuid.UUID
    content: str | None = None
    thread: tuple[str, ...] = ()
    media: Attachments | None = None
    thread_media: tuple[Attachments, ...] = ()
    first_comment: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Composition:
    """All that a person decides about a post.

    `media` are those of the post itself, `thread_media` those of the thread's parts in
    order, as far as there are any. `scheduled_time` is aware, None for a draft; an
    empty `late_policy` and `None` minutes are the workspace's. `labels` are names; what
    differs by capitals only is one label, and they are kept in one order.
    """

    content: str
    thread: tuple[str, ...] = ()
    media: Attachments = ()
    thread_media: tuple[Attachments, ...] = ()
    first_comment: str = ""
    targets: tuple[Destination, ...] = ()
    scheduled_time: datetime | None = None
    late_policy: str = ""
    late_minutes: int | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Two that carry the same labels are equal, in whatever order they came."""
        named = {key_of(name): name for name in reversed(self.labels)}
        ordered = tuple(named[key] for key in sorted(named))
        object.__setattr__(self, "labels", ordered)

    def labelled_as(self, other: Composition) -> Composition:
        """With the spelling of `other`, where the labels are the same."""
        same = list(map(key_of, self.labels)) == list(map(key_of, other.labels))
        return replace(self, labels=other.labels) if same else self

    def text(self) -> tuple[object, ...]:
        """What ends up in a payload; two that are equal here publish the same."""
        pieces = (self.content, self.thread, self.media, self.thread_media)
        return *pieces, self.first_comment, self.targets

    def files(self) -> set[uuid.UUID]:
        """All files that it shows somewhere."""
        owners: tuple[Composition | Destination, ...] = (self, *self.targets)
        parts = [
            part for one in owners for part in (one.media or (), *one.thread_media)
        ]
        return {attachment.file_id for part in parts for attachment in part}

    def media_for(self, target: Destination) -> dict[int, Attachments]:
        """What `target` shows, by part: 0 is the post itself."""
        thread = self.thread_media if target.content is None else target.thread_media
        first = self.media if target.media is None else target.media
        return dict(enumerate((first, *thread)))

    def draft_for(self, target: Destination, files: Files) -> Draft:
        """What `target` would publish. Left out are media that `files` lacks, or
        that have not been looked at yet.
        """
        own = target.content is not None
        comment = target.first_comment
        return draft_from(
            target.content if target.content is not None else self.content,
            thread=target.thread if own else self.thread,
            media=_items(self.media_for(target), files),
            first_comment=self.first_comment if comment is None else comment,
            options=target.options,
        )


def composition_of(post: Post, targets: Iterable[PostTarget]) -> Composition:
    """What the rows of `post` say. Three queries: thread parts, media, labels."""
    return composed(
        post,
        targets,
        parts=ThreadPart.objects.filter(post=post).order_by("position"),
        places=PostMedia.objects.filter(post=post).order_by("part", "position"),
        labels=post.labels.order_by().values_list("name", flat=True),
    )


def composed(
    post: Post,
    targets: Iterable[PostTarget],
    *,
    parts: Iterable[ThreadPart],
    places: Iterable[PostMedia],
    labels: Iterable[str],
) -> Composition:
    """What these rows say, each kind in its order: all that there are of `post`."""
    threads: dict[uuid.UUID | None, list[str]] = {}
    for part in parts:
        threads.setdefault(part.target_id, []).append(part.content)
    media = _by_place(places)
    return Composition(
        content=post.content,
        thread=tuple(threads.get(None, ())),
        media=_first(media, None),
        thread_media=_rest(media, None),
        first_comment=post.first_comment,
        targets=tuple(
            _destination(row, threads.get(row.pk, ()), media) for row in targets
        ),
        scheduled_time=post.scheduled_time,
        late_policy=post.late_policy,
        late_minutes=post.late_minutes,
        labels=tuple(labels),
    )


def _destination(
    target: PostTarget, thread: Sequence[str], media: _Places
) -> Destination:
    return Destination(
        account_id=target.account_id,
        content=target.content,
        thread=tuple(thread),
        media=_first(media, target.pk) if target.own_media else None,
        thread_media=_rest(media, target.pk),
        first_comment=target.first_comment,
        options=target.options,
    )


def _items(
    media: Mapping[int, Attachments], files: Files
) -> dict[int, list[MediaItem]]:
    return {
        part: [
            item_of(files[one.file_id], alt_text=one.alt_text)
            for one in attachments
            if one.file_id in files and files[one.file_id].kind
        ]
        for part, attachments in media.items()
    }


def _by_place(places: Iterable[PostMedia]) -> _Places:
    found: dict[uuid.UUID | None, dict[int, list[Attachment]]] = {}
    for place in places:
        parts = found.setdefault(place.target_id, {})
        attachment = Attachment(place.file_id, place.alt_text)
        parts.setdefault(place.part, []).append(attachment)
    return found


def _first(media: _Places, owner: uuid.UUID | None) -> Attachments:
    return tuple(media.get(owner, {}).get(0, ()))


def _rest(media: _Places, owner: uuid.UUID | None) -> tuple[Attachments, ...]:
    """Of the thread's parts, up to the last that has any."""
    parts = media.get(owner, {})
    last = max(parts, default=0)
    return tuple(tuple(parts.get(number, ())) for number in range(1, last + 1))
