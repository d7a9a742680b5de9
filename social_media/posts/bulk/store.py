"""All rows of a file as rows of the database, in one transaction.

They are what `compose.create_post` would have made of each, made by the hundred: its
columns come from the same functions (posts/write.py, posts/due.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from accounts.models import User, Workspace
from social_media.enums import PostStatus, TargetStatus
from social_media.media.renditions import want
from social_media.models import MediaFile, Post, PostMedia, PostTarget, ThreadPart
from social_media.models.clock import database_now
from social_media.models.label import key_of
from social_media.platforms.media import Recipe
from social_media.posts.bulk.row_check import Planned
from social_media.posts.composition import Composition, Destination, Files
from social_media.posts.due import first_due_values, late_after
from social_media.posts.labels import labels_of
from social_media.posts.lock import lock_connected
from social_media.posts.renditions import needed_renditions
from social_media.posts.validate import Accounts
from social_media.posts.write import fill_post, fill_target, part_rows, place_rows

_AT_ONCE = 1000


@dataclass(slots=True)
class _Rows:
    """Rows that are inserted together, those that others name first."""

    posts: list[Post] = field(default_factory=list)
    targets: list[PostTarget] = field(default_factory=list)
    parts: list[ThreadPart] = field(default_factory=list)
    media: list[PostMedia] = field(default_factory=list)

    def insert(self) -> None:
        Post.objects.bulk_create(self.posts)
        PostTarget.objects.bulk_create(self.targets)
        ThreadPart.objects.bulk_create(self.parts)
        PostMedia.objects.bulk_create(self.media)


class Storing:
    """Within one transaction, which the caller opens; `user` is the author."""

    def __init__(
        self, workspace: Workspace, *, user: User | None, accounts: Accounts
    ) -> None:
        self._workspace, self._user, self._accounts = workspace, user, accounts
        self._now = database_now()
        self._used: dict[uuid.UUID, int] = {}
        self._wanted: set[tuple[uuid.UUID, str]] = set()

    def hold_files(self, ids: Iterable[uuid.UUID]) -> None:
        """Nobody deletes these until the transaction ends. Called first."""
        every = iter(ids)
        while some := list(islice(every, _AT_ONCE)):
            rows = MediaFile.objects.filter(workspace=self._workspace, pk__in=some)
            held = rows.select_for_update(no_key=True).order_by("pk")
            list(held.values_list("pk"))

    def hold_labels(self, names: Iterable[str]) -> None:
        """Make those that are missing; nobody deletes any until the transaction ends.

        In the order of their keys, which is everybody's: two imports that bring the
        same new ones would stop each other for good. Called before `store`.
        """
        every = iter(names)
        while some := list(islice(every, _AT_ONCE)):
            labels_of(self._workspace.pk, some)

    def store(self, batch: Sequence[Planned], files: Files) -> list[Post]:
        """Posts for these compositions, which have no problems, in their order."""
        rows = _Rows()
        posts = [self._add(rows, planned.composition, files) for planned in batch]
        for planned in batch:
            for one in planned.composition.targets:
                self._used.setdefault(one.account_id, planned.row.number)
        rows.insert()
        self._label(posts, [planned.composition for planned in batch])
        return posts

    def disconnected(self) -> list[tuple[int, str]]:
        """Which of the accounts used are so (by now), each with the first row that
        names it. Called last: it locks them.
        """
        gone = self._used.keys() - lock_connected(self._used)
        return sorted((self._used[pk], str(self._accounts[pk])) for pk in gone)

    def _add(self, rows: _Rows, composition: Composition, files: Files) -> Post:
        post = Post(workspace=self._workspace, author=self._user)
        fill_post(post, composition)
        rows.posts.append(post)
        rows.parts += part_rows(post, composition.thread)
        shown = (composition.media, *composition.thread_media)
        rows.media += place_rows(post, shown)
        targets = [self._add_target(rows, post, one) for one in composition.targets]
        _schedule(post, targets, composition, self._now)
        self._want(composition, targets, files)
        return post

    def _add_target(self, rows: _Rows, post: Post, given: Destination) -> PostTarget:
        target = PostTarget(post=post, account=self._accounts[given.account_id])
        fill_target(target, given)
        rows.targets.append(target)
        rows.parts += part_rows(post, given.thread, target_id=target.pk)
        shown = (given.media or (), *given.thread_media)
        rows.media += place_rows(post, shown, target_id=target.pk)
        return target

    def _want(
        self, composition: Composition, targets: Sequence[PostTarget], files: Files
    ) -> None:
        """Renditions are asked for once, however many rows show the file."""
        if not composition.files():
            return
        needed = needed_renditions(composition, targets, files)
        for file_id, recipe in sorted(needed, key=_order):
            if (file_id, recipe.key) not in self._wanted:
                self._wanted.add((file_id, recipe.key))
                want(files[file_id], recipe)

    def _label(
        self, posts: Sequence[Post], compositions: Sequence[Composition]
    ) -> None:
        every = list(dict.fromkeys(chain(*(one.labels for one in compositions))))
        if not every:
            return
        known = {row.key: row.pk for row in labels_of(self._workspace.pk, every)}
        links = Post.labels.through
        links.objects.bulk_create(
            links(post_id=post.pk, label_id=known[key])
            for post, composition in zip(posts, compositions, strict=True)
            for key in dict.fromkeys(key_of(name) for name in composition.labels)
        )


def _order(one: tuple[uuid.UUID, Recipe]) -> tuple[uuid.UUID, str]:
    return one[0], one[1].key


def _schedule(
    post: Post,
    targets: Sequence[PostTarget],
    composition: Composition,
    now: datetime,
) -> None:
    """As posts/due.py does with rows that are stored."""
    at = composition.scheduled_time
    if at is None:
        return
    post.scheduled_time, post.status = at, PostStatus.SCHEDULED
    late = late_after(post, at)
    illustrated = bool(composition.files())
    due = first_due_values(at, late_after=late, illustrated=illustrated, now=now)
    for target in targets:
        target.status = TargetStatus.SCHEDULED
        for name, value in due.items():
            setattr(target, name, value)
