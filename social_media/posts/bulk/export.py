"""Posts of a workspace as rows that can be imported again, in constant memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet

from social_media.enums import RecurrenceStatus
from social_media.models import (
    Label,
    Occurrence,
    Post,
    PostMedia,
    PostQueue,
    PostTarget,
    QueuedPost,
    ThreadPart,
)
from social_media.posts.bulk.accounts import accounts_of
from social_media.posts.bulk.documents import document_of
from social_media.posts.bulk.place import Place, Repeat
from social_media.posts.bulk.repeats import repeats_of
from social_media.posts.bulk.writing import Table, Widths, json_lines
from social_media.posts.composition import Composition, composed

AT_ONCE = 500
Format = Literal["csv", "jsonl"]
Documents = list[dict[str, Any]]


def export(
    workspace_id: uuid.UUID,
    posts: QuerySet[Post],
    *,
    file_format: Format,
    recurring: bool = True,
) -> Iterator[tuple[str, int]]:
    """Text, and how many rows it has, `AT_ONCE` rows at a time.

    `posts` are the workspace's, filtered: first those with a time, then those in
    queues in their order, then drafts, then patterns of `recurring` posts. What the
    schedule of one of those made and nobody edited is left out: the pattern makes it
    again. So many statements per `AT_ONCE` rows, whatever they hold. Raises
    ExportChanged.
    """
    export = _Export(workspace_id, posts.order_by(), recurring=recurring)
    if file_format == "jsonl":
        for documents in export.batches():
            yield json_lines(documents), len(documents)
        return
    table = Table(export.widths())
    yield table.header(), 0
    for documents in export.batches():
        yield table.lines(documents), len(documents)


class _Export:
    def __init__(
        self, workspace_id: uuid.UUID, posts: QuerySet[Post], *, recurring: bool
    ) -> None:
        patterns = posts.filter(
            is_template=True, recurrence__status=RecurrenceStatus.ACTIVE
        )
        self._patterns = patterns if recurring else posts.none()
        self._posts = posts.filter(is_template=False)
        if recurring:
            self._posts = self._posts.filter(~_made_again(patterns))
        self._workspace_id = workspace_id
        self._accounts = accounts_of(workspace_id)

    def widths(self) -> Widths:
        """What all of it needs, found out before the first line is written."""
        parts, files = 0, dict[int, int]()
        for posts in (self._posts, self._patterns):
            of = Q(post__in=posts.values("pk"), target=None)
            longest = ThreadPart.objects.filter(of).aggregate(most=Max("position"))
            parts = max(parts, longest["most"] or 0)
            places = PostMedia.objects.filter(of).order_by().values_list("part")
            for part, last in places.annotate(last=Max("position")):
                files[part] = max(files.get(part, 0), last + 1)
        return Widths(parts, files)

    def batches(self) -> Iterator[Documents]:
        """All rows."""
        yield from self._timed()
        for queue in PostQueue.objects.filter(workspace_id=self._workspace_id):
            yield from self._queued(queue)
        yield from self._drafts()
        yield from self._repeated()

    def _timed(self) -> Iterator[Documents]:
        rows = self._posts.filter(~_waits(), scheduled_time__isnull=False)
        for some in _by_key(rows, "scheduled_time", "pk"):
            yield self._documents(some, [Place(at=one.scheduled_time) for one in some])

    def _queued(self, queue: PostQueue) -> Iterator[Documents]:
        rows = self._posts.filter(_waits(), queued__queue=queue)
        rows = rows.select_related("queued")
        for some in _by_key(rows, "queued__position", "queued__pk"):
            yield self._documents(some, [Place(queue=queue.name)] * len(some))

    def _drafts(self) -> Iterator[Documents]:
        rows = self._posts.filter(~_waits(), scheduled_time=None)
        for some in _by_key(rows, "created_at", "pk"):
            yield self._documents(some, [Place()] * len(some))

    def _repeated(self) -> Iterator[Documents]:
        for some in _by_key(self._patterns, "created_at", "pk"):
            found: dict[uuid.UUID, Repeat] = repeats_of(some)
            kept = [one for one in some if one.pk in found]
            yield self._documents(kept, [Place(repeat=found[one.pk]) for one in kept])

    def _documents(self, posts: Sequence[Post], places: Sequence[Place]) -> Documents:
        return [
            document_of(composition, place, self._accounts)
            for composition, place in zip(map(_composition, posts), places, strict=True)
        ]


def _waits() -> Exists:
    """Whether a post waits in a queue; of one whose slot has come, only its time is
    left.
    """
    entries = QueuedPost.objects.waiting().order_by()
    return Exists(entries.filter(post=OuterRef("pk")))


def _made_again(patterns: QuerySet[Post]) -> Exists:
    """Whether one of `patterns` stands for a post, as it made it."""
    entries = Occurrence.objects.filter(
        post=OuterRef("pk"), edited=False, schedule__template__in=patterns.values("pk")
    )
    return Exists(entries.order_by())


def _by_key(rows: QuerySet[Post], first: str, second: str) -> Iterator[list[Post]]:
    """All of `rows` by two columns, `AT_ONCE` at a time: none is skipped over."""
    shown = rows.prefetch_related(
        Prefetch("thread_parts", ThreadPart.objects.order_by("position")),
        Prefetch("media", PostMedia.objects.order_by("part", "position")),
        Prefetch("labels", Label.objects.order_by("name")),
        Prefetch("targets", PostTarget.objects.only(*_OF_TARGET)),
    ).order_by(first, second)
    beyond = Q()
    while some := list(shown.filter(beyond)[:AT_ONCE]):
        yield some
        if len(some) < AT_ONCE:
            return
        last = [_value(some[-1], name) for name in (first, second)]
        for one in some:  # they name each other: memory would wait for the collector
            one._prefetched_objects_cache.clear()  # type: ignore[attr-defined]
        beyond = Q(**{f"{first}__gte": last[0]}) & (
            Q(**{f"{first}__gt": last[0]}) | Q(**{f"{second}__gt": last[1]})
        )


_OF_TARGET = (
    "post_id",
    "account_id",
    "content",
    "first_comment",
    "options",
    "own_media",
    "created_at",
)


def _value(post: Post, path: str) -> Any:
    row: Any = post
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _composition(post: Post) -> Composition:
    return composed(
        post,
        post.targets.all(),
        parts=post.thread_parts.all(),
        places=post.media.all(),
        labels=[label.name for label in post.labels.all()],
    )
