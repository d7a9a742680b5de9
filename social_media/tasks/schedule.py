"""What beat rings and how often, written to its tables whenever it starts.

The table holds whole numbers: half a second kept as seconds is read back as none at
all, and beat would ring without a pause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A task that beat starts `every` so often; its message is void after `expires`."""

    name: str
    task: str
    every: timedelta
    expires: timedelta

    @property
    def expire_seconds(self) -> int:
        """Whole seconds, as the table holds them."""
        return round(self.expires.total_seconds())


def entries() -> list[Entry]:
    """All of Stationmaster's own; operators may add others in the admin."""
    scan = settings.SCAN_EVERY
    return [
        # Ticks that pile up are let go by the scan itself (publishing/scan.py).
        Entry("scan for due posts", "scan.due_posts", every=scan, expires=MINUTE),
        Entry(
            "scan for media to make",
            "scan.media",
            every=settings.MEDIA_SCAN_EVERY,
            expires=MINUTE,
        ),
        Entry(
            "make recurring posts",
            "default.recurrence",
            every=settings.PLAN_EVERY,
            expires=MINUTE,
        ),
        Entry(
            "look after queues",
            "default.queues",
            every=settings.PLAN_EVERY,
            expires=MINUTE,
        ),
        Entry(
            "check posts ahead of their time",
            "default.preflight",
            every=settings.PREFLIGHT_EVERY,
            expires=settings.PREFLIGHT_EVERY,
        ),
        Entry(
            "throw away old answers",
            "default.prune",
            every=timedelta(hours=1),
            expires=timedelta(minutes=30),
        ),
    ]


class Scheduler(DatabaseScheduler):  # type: ignore[misc]
    """Beat's scheduler; it finds the tables in line when it first reads them.

    Written any later, what changed between its first read and its first look for
    changes would go unnoticed for minutes.
    """

    def setup_schedule(self) -> None:
        """Called once, before the first read."""
        write_schedule()
        super().setup_schedule()


def write_schedule() -> None:
    """Bring the tables in line; whether an entry is enabled stays as it is."""
    with transaction.atomic():
        for entry in entries():
            _write(entry)
        # Read back as "all the time"; nothing of ours refers to them any more.
        IntervalSchedule.objects.filter(every__lte=0).delete()


def _write(entry: Entry) -> None:
    whole = entry.every % SECOND == timedelta(0)
    period = {
        "every": entry.every // (SECOND if whole else MICROSECOND),
        "period": IntervalSchedule.SECONDS if whole else IntervalSchedule.MICROSECONDS,
    }
    # There may be equal rows: two beats started at once, or an operator added one.
    known = IntervalSchedule.objects.filter(**period).order_by("pk").first()
    interval = known or IntervalSchedule.objects.create(**period)
    PeriodicTask.objects.update_or_create(
        name=entry.name,
        defaults={
            "task": entry.task,
            "interval": interval,
            "crontab": None,
            "expire_seconds": entry.expire_seconds,
        },
    )
