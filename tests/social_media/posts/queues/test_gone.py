"""Accounts that are disconnected while posts wait for their slots."""

from __future__ import annotations

import pytest
from django.db import transaction

from social_media.enums import ActivityAction
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostQueue,
    PostTarget,
    QueuedPost,
)
from social_media.posts.disconnect import CALLED_OFF, disconnect
from social_media.posts.queues.change import (
    pause_queue,
    resume_queue,
    update_queue,
)
from social_media.posts.queues.gone import LEFT_OUT, NOBODY_LEFT
from social_media.posts.queues.order import reorder
from social_media.posts.queues.upkeep import look_after_queues
from tests.factories import ConnectedAccountFactory
from tests.queue_factory import PostQueueFactory, busy_days
from tests.social_media.posts.queues.queueing import (
    assert_in_step,
    filled,
    let_come,
    line,
)
from tests.social_media.posts.test_races import started, waits

# Telling the network needs that no transaction is open.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(queue):
    return queue.accounts.get()


@pytest.fixture
def lost(queue):
    """A second account of the queue."""
    account = ConnectedAccountFactory(workspace=queue.workspace)
    queue.accounts.add(account)
    return account


def told(action):
    rows = ActivityLog.objects.filter(action=action).order_by("created_at", "id")
    return [(row.thing_id, row.message) for row in rows]


def on(post, account):
    row = PostTarget.objects.get(post=post, account=account)
    return row.status, row.error_code, row.error_message


def only_on(account, *posts):
    PostTarget.objects.filter(post__in=posts).exclude(account=account).delete()


def refill(queue):
    """The sweep, as after a crash: it finds what has no slot."""
    PostQueue.objects.update(paused_at=None)
    look_after_queues()


def change_slots(queue):
    """A running queue whose posts have no slots yet."""
    PostQueue.objects.update(paused_at=None)
    slots = {day: times[::2] for day, times in busy_days().items()}
    update_queue(queue, changes={"slots": slots}, user=None)


@pytest.mark.parametrize(
    "go_on", [lambda queue: resume_queue(queue, user=None), refill, change_slots]
)
def test_what_it_lacks_after_a_pause_is_called_off_and_told(queue, kept, lost, go_on):
    a, b = filled(queue, "a", "b")
    only_on(kept, b)
    pause_queue(queue, user=None)
    disconnect(lost, user=None)

    go_on(queue)

    words = LEFT_OUT.format(queue.name)
    target = a.targets.get(account=lost)
    assert on(a, lost) == ("cancelled", "disconnected", words)
    assert told(ActivityAction.TARGET_SKIPPED) == [(target.pk, words)]
    assert (on(a, kept)[0], on(b, kept)[0]) == ("scheduled", "scheduled")
    slots = list(QueuedPost.objects.values_list("slot_at", flat=True))
    due = PostTarget.objects.filter(account=kept).order_by("due_at")
    assert list(due.values_list("due_at", flat=True)) == slots
    assert line(queue) == ["a", "b"]


@pytest.mark.postgresql
def test_an_account_that_goes_in_the_same_moment(queue, kept, lost):
    """Its posts had their slots by then: the others move up."""
    first, both, last = filled(queue, "first", "both", "last")
    only_on(lost, first)
    only_on(kept, last)
    pause_queue(queue, user=None)
    with transaction.atomic():
        ConnectedAccount.objects.filter(pk=lost.pk).update(
            status="disconnected", secrets=None
        )
        resumed = started(lambda: resume_queue(queue, user=None))
        assert waits(resumed)
    resumed.result(timeout=10)

    assert line(queue) == ["both", "last"]
    assert told(ActivityAction.QUEUE_POST_HELD) == [
        (first.pk, f"It left the queue {queue.name}: {NOBODY_LEFT}")
    ]
    assert on(both, lost)[:2] == ("cancelled", "disconnected")
    PostTarget.objects.filter(account=lost).delete()
    assert_in_step(queue)


def test_posts_that_nothing_is_left_of_give_their_slots_back(queue, kept, lost):
    """Only their own account: those that others are left of stay."""
    *dead, both, alive = filled(queue, "a", "b", "c", "both", "alive")
    only_on(lost, *dead)
    only_on(kept, alive)

    disconnect(lost, user=None)
    look_after_queues()

    assert line(queue) == ["both", "alive"]
    words = f"It left the queue {queue.name}: {NOBODY_LEFT}"
    held = told(ActivityAction.QUEUE_POST_HELD)
    assert held == [(post.pk, words) for post in dead]
    assert [on(post, lost)[2] for post in (*dead, both)] == [CALLED_OFF] * 4
    PostTarget.objects.filter(account=lost).delete()
    assert_in_step(queue)


def test_a_new_order_lets_them_go_too(queue, kept, lost):
    dead, a, b = filled(queue, "dead", "a", "b")
    only_on(lost, dead)
    only_on(kept, a, b)
    disconnect(lost, user=None)

    reorder(queue, posts=[b.pk, dead.pk, a.pk], user=None)

    assert line(queue) == ["b", "a"]
    assert_in_step(queue)
    assert [pk for pk, _ in told(ActivityAction.QUEUE_POST_HELD)] == [dead.pk]


def test_what_was_called_off_stays_so_once_the_account_is_back(queue, kept, lost):
    dead, both = filled(queue, "dead", "both")
    only_on(lost, dead)
    disconnect(lost, user=None)
    ConnectedAccount.objects.filter(pk=lost.pk).update(status="active")

    pause_queue(queue, user=None)
    resume_queue(queue, user=None)

    for post in (dead, both):
        assert on(post, lost) == ("cancelled", "disconnected", CALLED_OFF)
    assert on(both, kept)[0] == "scheduled"
    assert line(queue) == ["both"]


def test_an_evergreen_post_goes_on_without_the_account_that_is_gone():
    queue = PostQueueFactory(evergreen=True)
    kept = queue.accounts.get()
    lost = ConnectedAccountFactory(workspace=queue.workspace)
    queue.accounts.add(lost)
    a, _ = filled(queue, "a", "b")
    disconnect(lost, user=None)
    let_come(a)
    PostTarget.objects.filter(post=a, account=lost).update(status="cancelled")
    Post.objects.filter(pk=a.pk).update(status="partially_posted")

    look_after_queues()

    assert line(queue) == ["b", "a"]
    copy = QueuedPost.objects.get(post__content="a").post
    assert [row.account_id for row in copy.targets.all()] == [kept.pk]
    assert told(ActivityAction.QUEUE_POST_HELD) == []
