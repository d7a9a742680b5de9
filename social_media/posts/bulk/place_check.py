"""Whether a row's queue and recurrence will do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Now

from accounts.models import Workspace
from social_media.enums import AccountStatus
from social_media.models import PostQueue
from social_media.platforms.base import Problem
from social_media.posts.bulk.place import Repeat
from social_media.posts.bulk.row_check import Planned
from social_media.posts.composition import Composition, Destination
from social_media.posts.errors import InvalidDraft
from social_media.posts.recurrence.parse import Wish, parse
from social_media.posts.recurrence.position import position_of
from social_media.posts.recurrence.variables import render, variable_problems
from social_media.posts.validate import refuse

#: Of the columns, what a rule's fields are written in.
_COLUMNS = {
    "starts_at": "scheduled_time",
    "timezone": "timezone",
    "excluded": "recurrence_excluded",
}
_CRON = "cron "


class PlaceCheck:
    """Looks at the places of one workspace's rows."""

    def __init__(self, workspace: Workspace, *, now: datetime) -> None:
        self._now = now
        waiting = Q(entries__slot_at=None) | Q(entries__slot_at__gt=Now())
        rows = PostQueue.objects.filter(workspace=workspace).annotate(
            waiting=Count("entries", filter=waiting & Q(entries__isnull=False))
        )
        self._queues = {row.name: row for row in rows}
        self._accounts: dict[str, tuple[Destination, ...]] = {}
        self._waiting = Counter({row.name: row.waiting for row in rows})

    def look(self, planned: Planned) -> None:
        """Complete what the row asks for; what is wrong is added to its faults."""
        if planned.place.queue:
            self._look_at_queue(planned)
        elif planned.place.repeat is not None:
            self._look_at_rule(planned, planned.place.repeat)

    def _look_at_queue(self, planned: Planned) -> None:
        name = planned.place.queue
        queue = self._queues.get(name)
        if queue is None:
            words = f"There is no queue “{name[:120]}” in this workspace."
            planned.fault("queue", "unknown_queue", words)
            return
        self._waiting[name] += 1
        if self._waiting[name] > settings.QUEUE_MAX_POSTS:
            words = f"At most {settings.QUEUE_MAX_POSTS} posts wait in a queue."
            planned.fault("queue", "queue_full", words)
        if not planned.composition.targets:
            if name not in self._accounts:
                self._accounts[name] = _accounts_of(queue)
            planned.to(self._accounts[name])

    def _look_at_rule(self, planned: Planned, repeat: Repeat) -> None:
        try:
            planned.shown = self._first_of(planned.composition, repeat)
        except InvalidDraft as error:
            for one in error.problems:
                planned.fault(_column(one), one.code, one.message)

    def _first_of(self, composition: Composition, repeat: Repeat) -> Composition:
        """As the next occurrence would say it. Raises InvalidDraft."""
        first = position_of(parse(wish_for(repeat)), self._now).next
        refuse(variable_problems(composition))
        return render(composition, number=first.number, local=first.local)


def wish_for(repeat: Repeat) -> Wish:
    """The rule as recurring posts take it. A cron line may have an end of a rule."""
    wish = Wish(repeat.timezone, repeat.starts_at, excluded=repeat.excluded)
    if not repeat.rule.lower().startswith(_CRON):
        return replace(wish, rule=repeat.rule)
    text = repeat.rule[len(_CRON) :]
    line, _, end = text.partition(";")
    name, _, value = end.partition("=")
    if name.upper() == "COUNT" and value.isdigit() and value.isascii():
        return replace(wish, cron=line, count=int(value[:9]))
    if name.upper() == "UNTIL":
        return replace(wish, cron=line, until=value)
    return replace(wish, cron=text)


def _accounts_of(queue: PostQueue) -> tuple[Destination, ...]:
    accounts = queue.accounts.exclude(status=AccountStatus.DISCONNECTED)
    ids = accounts.order_by("pk").values_list("pk", flat=True)
    return tuple(Destination(account_id) for account_id in ids)


def _column(problem: Problem) -> str:
    name = problem.field.partition(".")[0]
    if name in {"rule", "cron", "until", "count"}:
        return "recurrence"
    return _COLUMNS.get(name, problem.field)
