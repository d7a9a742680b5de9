"""Two beats, two people: no occurrence is made twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models.functions import Now

from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.posts.compose import update_post
from social_media.posts.recurrence import make as making
from social_media.posts.recurrence.change import update_schedule
from social_media.posts.recurrence.make import make_due
from tests.factories import UserFactory, WorkspaceFactory
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

BEATS = 4


def at_once(*works):
    """Run them at the same moment, each on a connection of its own."""
    barrier = Barrier(len(works))

    def run(work):
        try:
            barrier.wait(timeout=10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(run, w) for w in works]]


def make_anew(settings, days=8):
    settings.RECURRENCE_HORIZON = timedelta(days=days)
    RecurringSchedule.objects.update(make_at=Now())


def count():
    posts = Post.objects.filter(is_template=False)
    times = posts.values_list("scheduled_time", flat=True)
    return posts.count(), len(set(times)), Occurrence.objects.count()


def test_every_occurrence_is_made_once_by_all_beats_together(settings):
    settings.RECURRENCE_HORIZON = timedelta(days=1)
    daily(WorkspaceFactory())
    for days in (4, 8):
        make_anew(settings, days)
        while sum(at_once(*[make_due] * BEATS)):
            RecurringSchedule.objects.update(make_at=Now())
        assert count() == (days, days, days)


def test_the_unique_row_holds_where_the_lock_does_not(settings, monkeypatch):
    settings.RECURRENCE_HORIZON = timedelta(days=1)
    daily(WorkspaceFactory())
    monkeypatch.setattr(making, "_still", lambda _schedule: True)
    make_anew(settings)
    at_once(*[make_due] * BEATS)
    assert count() == (8, 8, 8)


def test_a_new_text_while_beats_make_leaves_no_old_one(settings):
    settings.RECURRENCE_HORIZON = timedelta(days=1)
    schedule, user = daily(WorkspaceFactory()), UserFactory()
    make_anew(settings)

    def change():
        update_schedule(schedule, changes={}, post={"content": "New"}, user=user)

    at_once(make_due, change, make_due)
    make_due()
    assert count() == (8, 8, 8)
    posts = Post.objects.filter(is_template=False)
    assert set(posts.values_list("content", flat=True)) == {"New"}


def test_an_edit_in_the_same_moment_is_kept_or_refused_never_lost(settings):
    settings.RECURRENCE_HORIZON = timedelta(days=2)
    schedule, user = daily(WorkspaceFactory()), UserFactory()
    post = Post.objects.filter(is_template=False).first()

    def edit():
        try:
            update_post(post, changes={"content": "Mine"}, user=user)
        except Exception as error:  # noqa: BLE001
            return type(error).__name__
        return "kept"

    def change():
        update_schedule(schedule, changes={}, post={"content": "New"}, user=user)

    outcome, _ = at_once(edit, change)
    texts = set(
        Post.objects.filter(is_template=False).values_list("content", flat=True)
    )
    assert (outcome, texts) in (("kept", {"Mine", "New"}), ("PostGone", {"New"}))
