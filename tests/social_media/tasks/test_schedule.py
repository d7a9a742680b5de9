"""Beat's tables: right after every start, and still right when they are read again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config.celery import app
from social_media.tasks.schedule import Scheduler, entries, write_schedule

pytestmark = pytest.mark.django_db(transaction=True)

SCAN = "scan for due posts"


def periods():
    """What a beat that starts now rings, by its own first tick: name and period."""
    beat = Scheduler(app=app)
    beat.populate_heap()
    return {event.entry.name: event.entry.schedule.run_every for event in beat._heap}


def test_beat_reads_what_was_meant(settings):
    settings.SCAN_EVERY = timedelta(seconds=0.5)
    assert periods() == {
        SCAN: timedelta(seconds=0.5),
        "scan for media to make": timedelta(seconds=1),
        "make recurring posts": timedelta(seconds=10),
        "look after queues": timedelta(seconds=10),
        "check posts ahead of their time": timedelta(seconds=30),
        "throw away old answers": timedelta(hours=1),
    }


def test_a_changed_period_is_taken_over_at_the_next_start(settings):
    write_schedule()
    settings.SCAN_EVERY = timedelta(seconds=0.25)
    write_schedule()
    assert periods()[SCAN] == timedelta(seconds=0.25)


def test_a_period_of_nothing_is_mended():
    """Half a second as whole seconds: beat would ring all the time."""
    nothing = IntervalSchedule.objects.create(every=0, period="seconds")
    PeriodicTask.objects.create(name=SCAN, task="scan.due_posts", interval=nothing)
    write_schedule()
    assert periods()[SCAN] > timedelta(0)
    assert not IntervalSchedule.objects.filter(every__lte=0).exists()


def test_what_an_operator_switched_off_stays_off():
    write_schedule()
    PeriodicTask.objects.filter(name=SCAN).update(enabled=False)
    write_schedule()
    assert SCAN not in periods()


def test_every_entry_names_a_task_and_expires():
    for entry in entries():
        assert entry.task in app.tasks
        assert 1 <= entry.expire_seconds <= 1800
        assert entry.every > timedelta(0)
    write_schedule()
    stored = PeriodicTask.objects.values_list("name", "expire_seconds")
    assert dict(stored) == {entry.name: entry.expire_seconds for entry in entries()}


def test_equal_periods_in_the_table_stop_no_beat():
    """Two beats that started at once, or an operator's own entry."""
    write_schedule()
    known = IntervalSchedule.objects.get(period="microseconds")
    IntervalSchedule.objects.create(every=known.every, period=known.period)
    assert SCAN in periods()
