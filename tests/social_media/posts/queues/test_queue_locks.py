"""What people see of a queue while others hold rows of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from social_media.models import ConnectedAccount, PostQueue, PostTarget, QueuedPost
from social_media.models.clock import database_now
from social_media.posts.queues.add import add_post
from social_media.posts.queues.change import delete_queue, pause_queue, resume_queue
from social_media.posts.queues.order import shuffle
from social_media.posts.queues.upkeep import look_after_queues
from social_media.posts.schedule import publish_now, schedule
from tests.queue_factory import PostQueueFactory
from tests.social_media.posts.queues.queueing import draft_in, filled, let_come, line
from tests.social_media.posts.test_races import started, waits

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def to_the_front(queue):
    other = draft_in(queue, "other")
    add_post(queue, post_id=other.pk, place="front", user=None)


def by_pausing(queue):
    pause_queue(queue, user=None)


def by_deleting(queue):
    delete_queue(queue, user=None)


def by_shuffling(queue):
    shuffle(queue, user=None)


@pytest.mark.parametrize("move", [by_pausing, by_deleting, by_shuffling, to_the_front])
@pytest.mark.parametrize("now", [True, False])
def test_a_time_that_a_person_gives_in_this_moment_is_kept(move, now):
    """They began when the post was in no queue yet, and end when it is in one."""
    queue = PostQueueFactory()
    post = draft_in(queue, "one")
    at = database_now() + timedelta(hours=5)
    locked, release = threading.Event(), threading.Event()

    def give_time():
        if now:
            publish_now(post, user=None)
        else:
            schedule(post, at=at, user=None)

    def hold_account():
        with transaction.atomic():
            rows = ConnectedAccount.objects.select_for_update(no_key=True)
            rows.get(pk=queue.accounts.get().pk)
            locked.set()
            assert release.wait(20)

    with transaction.atomic():
        add_post(queue, post_id=post.pk, user=None)
        holding = started(hold_account)
        timed = started(give_time)
        assert waits(timed)
    assert locked.wait(10)
    assert waits(timed)
    moved = started(lambda: move(queue))
    assert waits(moved)
    release.set()
    assert [one.exception(20) for one in (holding, timed, moved)] == [None] * 3

    target = PostTarget.objects.get(post=post)
    assert target.status == "scheduled"
    assert (target.due_at <= database_now()) if now else (target.due_at == at)
    assert not QueuedPost.objects.filter(post=post).exists()


def test_a_queue_that_somebody_holds_keeps_the_sweep_from_no_other():
    held, free = (PostQueueFactory(evergreen=True) for _ in range(2))
    for queue in (held, free):
        for post in filled(queue, "a", "b"):
            let_come(post)
    QueuedPost.objects.filter(post=filled(held, "c")[0]).update(slot_at=None)
    with transaction.atomic():
        PostQueue.objects.select_for_update(no_key=True).get(pk=held.pk)
        swept = started(look_after_queues)
        assert swept.exception(timeout=8) is None
        assert sorted(line(free)) == ["a", "b"]
        assert line(held) == ["c"]
    look_after_queues()
    assert sorted(line(held)) == ["a", "b", "c"]


def test_accounts_are_locked_after_all_else_is_written():
    """The scan passes over an account as long as that is locked."""
    queue = PostQueueFactory()
    filled(queue, "a", "b")
    pause_queue(queue, user=None)
    with CaptureQueriesContext(connection) as made:
        resume_queue(queue, user=None)
    statements = [one["sql"] for one in made.captured_queries]
    locks = [
        n
        for n, sql in enumerate(statements)
        if "FOR NO KEY UPDATE" in sql and 'FROM "social_media_connectedaccount"' in sql
    ]
    writes = [n for n, sql in enumerate(statements) if sql.startswith("UPDATE")]
    assert len(locks) == 1
    assert max(writes) < locks[0]
