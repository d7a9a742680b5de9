"""Rows that go into queues, and rows that come again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from accounts.models import ApiKey, User, Workspace
from social_media.models import Post, PostQueue
from social_media.posts.bulk.place import Repeat
from social_media.posts.bulk.row_check import Planned


class Placing:
    """Within the transaction of an import."""

    def __init__(
        self, workspace: Workspace, *, user: User | None, api_key: ApiKey | None
    ) -> None:
        self._workspace, self._user, self._api_key = workspace, user, api_key
        self._queues: dict[str, PostQueue] = {}

    def hold(self, names: Iterable[str]) -> None:
        """Lock these queues: they come before posts."""

    def check(self, planned: Planned) -> None:
        """Add what is wrong with its place (by now) to the row's faults."""

    def add(self, batch: Sequence[Planned], posts: Sequence[Post]) -> None:
        """Put those that name a queue to its end."""

    def repeat(self, planned: Planned, repeat: Repeat) -> None:
        """Make a recurring schedule of a row."""

    def finish(self) -> None:
        """Give times to what was put into queues."""
