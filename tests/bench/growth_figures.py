"""What is measured in a database. Django is set up before this is imported."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from social_media.models import Post
from tests.bench.growth_plans import cost_of, plans_of_a_tick
from tests.bench.growth_process import WARM_UP
from tests.bench.growth_tick import DUE, Due, tick
from tests.factories import now
from tests.social_media.api.callers import client_of

#: A scan of many due rows writes them too: so many times fewer repetitions.
SHARE_OF_WRITES = 4
SMALL_WORKSPACES = 20
MONTH = timedelta(days=30)

POSTS, ACTIVITY = "/api/v1/posts", "/api/v1/activity"
CALENDAR = "/api/v1/calendar"
AT_ONCE = 200
#: Of the workspace that has a fifth of everything, page 1 of 20 rows.
LISTS = {
    "post list": POSTS,
    "post list, a usual status": f"{POSTS}?status=posted",
    "post list, a rare status": f"{POSTS}?status=failed",
    "post list by -scheduled_time": f"{POSTS}?ordering=-scheduled_time",
    "post list by -updated_at": f"{POSTS}?ordering=-updated_at",
    "post list by status": f"{POSTS}?ordering=status",
    "activity list": ACTIVITY,
    "activity list, one action": f"{ACTIVITY}?action=target.failed",
    "activity list by action": f"{ACTIVITY}?ordering=action",
}


#: One of these has something in every answer.
_SHOWN = ("results", "posts", "id")

#: Walks the newest posts until a page is full, past all that stands between.
TOLD = {"post list, two rare statuses": f"{POSTS}?status=failed&status=draft"}


def _nothing() -> None:
    """Where there is nothing to prepare or to put back."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing to time. `begin` and `end` are called once, `reset` after each time."""

    name: str
    act: Callable[[], object]
    begin: Callable[[], object] = _nothing
    reset: Callable[[], object] = _nothing
    end: Callable[[], object] = _nothing
    share: int = 1
    held_to_limit: bool = True


class Figures:
    """Answers what `growth_process.Measured` asks."""

    def __init__(self) -> None:
        self._figures: list[Figure] = []

    def migrate(self) -> None:
        """Bring the empty database up."""
        call_command("migrate", verbosity=0)

    def figures(self) -> list[dict[str, Any]]:
        """All of them, for the database's present size."""
        self._figures = [*_ticks(), *_lists()]
        told = ("name", "share", "held_to_limit")
        return [{key: getattr(one, key) for key in told} for one in self._figures]

    def begin(self, number: int) -> None:
        """Make ready, and warm up.

        No garbage is collected while it is timed, as in `timeit`: a full collection
        takes a process as large as this one 100 ms, in any one of some 20 requests.
        """
        figure = self._figures[number]
        figure.begin()
        for _ in range(WARM_UP):
            figure.act()
            figure.reset()
        gc.collect()
        gc.disable()

    def time(self, number: int) -> float:
        """Milliseconds of one repetition."""
        figure = self._figures[number]
        began = time.perf_counter()
        figure.act()
        took = time.perf_counter() - began
        figure.reset()
        return 1000 * took

    def end(self, number: int) -> None:
        """Put back what was changed."""
        gc.enable()
        self._figures[number].end()

    def cost(self, number: int) -> dict[str, float]:
        """How many queries one repetition makes, and what they take the database."""
        figure = self._figures[number]
        figure.begin()
        with CaptureQueriesContext(connection) as captured:
            figure.act()
        statements = [one["sql"] for one in captured.captured_queries]
        figure.reset()
        cost = cost_of(statements)
        figure.end()
        return {"queries": len(statements), **cost}

    def plans(self) -> dict[str, Any]:
        """How the statements of a tick are run."""
        return plans_of_a_tick()


def _ticks() -> Iterator[Figure]:
    yield Figure("tick, nothing due", tick)
    due = Due()
    name = f"tick, {DUE} due on {DUE} accounts"
    yield Figure(name, tick, due.make, due.make, due.put_back, share=SHARE_OF_WRITES)


def _lists() -> Iterator[Figure]:
    owner = User.objects.get(email="person0@example.org")
    big = client_of(owner).get
    for name, path in LISTS.items():
        yield Figure(name, _asking(big, path))
    for name, path in TOLD.items():
        yield Figure(name, _asking(big, path), held_to_limit=False)
    small = cycle(_small_clients())
    yield Figure("post list of a small workspace", lambda: _ask(next(small), POSTS))
    yield Figure("activity list of a small one", lambda: _ask(next(small), ACTIVITY))
    month = _posts_of_month(now() - timedelta(days=400))
    yield Figure("calendar month", _asking(big, month))
    page = f"{month}&page_size=50"
    yield Figure("calendar month, 50 posts a page", _asking(big, page))
    yield Figure(
        f"calendar, {AT_ONCE} posts in one answer", _asking(big, _whole(owner))
    )
    # Grows with nothing: what the machine itself adds to the others.
    post = Post.objects.filter(workspace__members=owner).values_list("pk", flat=True)[0]
    one = f"{POSTS}/{post}"
    yield Figure("one post (yardstick)", _asking(big, one), held_to_limit=False)


def _small_clients() -> list[Callable[[str], Any]]:
    emails = [f"person{n}@example.org" for n in range(1, SMALL_WORKSPACES + 1)]
    return [client_of(user).get for user in User.objects.filter(email__in=emails)]


def _posts_of_month(start: datetime) -> str:
    first, last = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (start, start + MONTH))
    return f"{POSTS}?scheduled_time_after={first}&scheduled_time_before={last}"


def _whole(owner: User) -> str:
    """A range with AT_ONCE posts, however many there are in all."""
    start = now() - timedelta(days=400)
    posts = Post.objects.filter(workspace__members=owner, scheduled_time__gte=start)
    times = posts.order_by("scheduled_time").values_list("scheduled_time", flat=True)
    first, last = (f"{at:%Y-%m-%dT%H:%M:%S.%fZ}" for at in (start, times[AT_ONCE]))
    return f"{CALENDAR}?from={first}&to={last}"


def _asking(get: Callable[[str], Any], path: str) -> Callable[[], None]:
    return lambda: _ask(get, path)


def _ask(get: Callable[[str], Any], path: str) -> None:
    answer = get(path)
    body = answer.json()
    if answer.status_code != 200 or not any(map(body.get, _SHOWN)):
        raise RuntimeError(f"{path}: {answer.status_code} {body}")
