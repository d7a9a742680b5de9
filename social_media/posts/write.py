"""A composition's rows: the post's text, its targets, their threads."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence

from social_media.models import Post, PostMedia, PostTarget, ThreadPart
from social_media.posts.composition import Attachments, Composition, Destination
from social_media.posts.labels import write_labels

_OF_POST = ("content", "first_comment", "late_policy", "late_minutes")
_OF_TARGET = ("content", "first_comment", "options")


def write_text(post: Post, composition: Composition) -> None:
    """Store the post itself, its thread, media and labels; not its time, which moves
    targets.
    """
    fill_post(post, composition)
    is_new = _save(post, _OF_POST)
    _write_thread(post, composition.thread)
    parts = (composition.media, *composition.thread_media)
    if any(parts) or not is_new:
        _write_media(post, parts)
    if composition.labels or not is_new:
        write_labels(post, composition.labels)


def write_destinations(
    post: Post,
    destinations: Sequence[Destination],
    *,
    existing: Collection[PostTarget] = (),
    unchanged: Collection[Destination] = (),
) -> None:
    """Store exactly these targets; one that exists keeps its row and its status."""
    rows = {target.account_id: target for target in existing}
    wanted = {destination.account_id for destination in destinations}
    if gone := [row.pk for account, row in rows.items() if account not in wanted]:
        PostTarget.objects.filter(pk__in=gone).delete()
    for one in destinations:
        if one not in unchanged:
            _write_target(post, one, rows.get(one.account_id))


def fill_post(post: Post, composition: Composition) -> None:
    """The columns of the post itself that a person decides about, but its time."""
    for name in _OF_POST:
        setattr(post, name, getattr(composition, name))


def fill_target(target: PostTarget, given: Destination) -> None:
    """The same of a target."""
    for name in _OF_TARGET:
        setattr(target, name, getattr(given, name))
    target.own_media = given.media is not None


def part_rows(
    post: Post, thread: Sequence[str], *, target_id: uuid.UUID | None = None
) -> Iterator[ThreadPart]:
    """The 2nd, 3rd ... part, not stored."""
    for position, content in enumerate(thread, start=1):
        yield ThreadPart(
            post=post, target_id=target_id, position=position, content=content
        )


def _write_target(post: Post, given: Destination, row: PostTarget | None) -> None:
    target = row or PostTarget(post=post, account_id=given.account_id)
    fill_target(target, given)
    is_new = _save(target, (*_OF_TARGET, "own_media"))
    if given.thread or not is_new:
        _write_thread(post, given.thread, target_id=target.pk)
    if given.media or given.thread_media or not is_new:
        parts = (given.media or (), *given.thread_media)
        _write_media(post, parts, target_id=target.pk)


def _save(row: Post | PostTarget, columns: Sequence[str]) -> bool:
    """Insert, or update these columns only; whether it was an insert."""
    if row._state.adding:
        row.save(force_insert=True)
        return True
    row.save(update_fields=(*columns, "updated_at"))
    return False


def _write_thread(
    post: Post, thread: Sequence[str], *, target_id: uuid.UUID | None = None
) -> None:
    ThreadPart.objects.filter(post=post, target_id=target_id).delete()
    ThreadPart.objects.bulk_create(part_rows(post, thread, target_id=target_id))


def _write_media(
    post: Post,
    parts: Sequence[Attachments],
    *,
    target_id: uuid.UUID | None = None,
) -> None:
    PostMedia.objects.filter(post=post, target_id=target_id).delete()
    PostMedia.objects.bulk_create(place_rows(post, parts, target_id=target_id))


def place_rows(
    post: Post, parts: Sequence[Attachments], *, target_id: uuid.UUID | None = None
) -> Iterator[PostMedia]:
    """The files of its parts in order, not stored."""
    for part, attachments in enumerate(parts):
        for position, one in enumerate(attachments):
            yield PostMedia(
                post=post,
                target_id=target_id,
                part=part,
                position=position,
                file_id=one.file_id,
                alt_text=one.alt_text,
            )
