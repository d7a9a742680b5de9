"""Rows that go into queues, and rows that come again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from accounts.models import ApiKey, User, Workspace
from social_media.models import Post, PostQueue, QueuedPost
from social_media.posts.bulk.place import Repeat
from social_media.posts.bulk.place_check import wish_for
from social_media.posts.bulk.row_check import Planned
from social_media.posts.queues.hold import hold
from social_media.posts.queues.retime import retime_queues
from social_media.posts.recurrence.change import create_schedule

_NAME = 120


class Placing:
    """Within the transaction of an import."""

    def __init__(
        self, workspace: Workspace, *, user: User | None, api_key: ApiKey | None
    ) -> None:
        self._workspace, self._user, self._api_key = workspace, user, api_key
        self._queues: dict[str, PostQueue] = {}
        self._last: dict[str, int] = {}

    def hold(self, names: Iterable[str]) -> None:
        """Lock these queues: they come before posts."""
        rows = PostQueue.objects.select_for_update(no_key=True)
        rows = rows.filter(workspace=self._workspace, name__in=list(names))
        self._queues = {row.name: row for row in rows.order_by("pk")}

    def add(self, batch: Sequence[Planned], posts: Sequence[Post]) -> None:
        """Put those that name a queue to its end; they get their times in the end."""
        QueuedPost.objects.bulk_create(
            QueuedPost(
                queue=self._queues[planned.place.queue],
                post=post,
                position=self._next(planned.place.queue),
            )
            for planned, post in zip(batch, posts, strict=True)
            if planned.place.queue
        )

    def repeat(self, planned: Planned, repeat: Repeat) -> None:
        """Store a recurring schedule. The sweep makes its posts once all is stored:
        till then their accounts' other posts would wait. Raises InvalidDraft.
        """
        first = planned.composition.content.strip().partition("\n")[0]
        create_schedule(
            self._workspace,
            name=first[:_NAME] or "Imported",
            wish=wish_for(repeat),
            composition=planned.composition,
            user=self._user,
            api_key=self._api_key,
            make_now=False,
        )

    def finish(self) -> Iterator[tuple[str, str]]:
        """Give times to what was put into queues; which have no slots, and words."""
        names = sorted(self._last, key=lambda one: self._queues[one].pk)
        # All of them before an account is locked: who disconnects one has its posts.
        queues = [hold(self._queues[name].pk) for name in names]
        for name, held, left in zip(names, queues, retime_queues(queues), strict=True):
            if left and held.queue.paused_at is None:
                words = (
                    f"The queue {name} has no free slots in the next ten years for "
                    f"{left} posts. Give it more slots."
                )
                yield name, words

    def _next(self, name: str) -> int:
        if name not in self._last:
            entries = QueuedPost.objects.filter(queue=self._queues[name])
            last = entries.order_by("-position").values_list("position", flat=True)
            self._last[name] = last.first() or 0
        self._last[name] += 1
        return self._last[name]
