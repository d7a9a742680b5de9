"""What went out leaves its queue, or comes back to the end."""

from __future__ import annotations

import pytest

from social_media.enums import ActivityAction
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostQueue,
    PostTarget,
    QueuedPost,
)
from social_media.posts.queues.change import pause_queue
from social_media.posts.queues.upkeep import look_after_queues
from tests.social_media.posts.queues.queueing import (
    assert_held,
    assert_in_step,
    filled,
    let_come,
    line,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def evergreen(queue):
    PostQueue.objects.filter(pk=queue.pk).update(evergreen=True)
    queue.refresh_from_db()
    return queue


def held():
    rows = ActivityLog.objects.filter(action=ActivityAction.QUEUE_POST_HELD)
    return [(row.thing_id, row.message) for row in rows]


def test_what_went_out_leaves(queue):
    a, b = filled(queue, "a", "b")
    slot = QueuedPost.objects.get(post=b).slot_at
    let_come(a)
    look_after_queues()
    assert list(QueuedPost.objects.values_list("post", "slot_at")) == [(b.pk, slot)]
    assert (Post.objects.count(), held()) == (2, [])


@pytest.mark.parametrize(
    "status", ["scheduled", "posting", "reconciling", "unconfirmed"]
)
def test_what_is_still_on_its_way_stays(evergreen, status):
    a, *_ = filled(evergreen, "a", "b")
    entry = let_come(a, "scheduled")
    Post.objects.filter(pk=a.pk).update(status=status)
    look_after_queues()
    assert QueuedPost.objects.filter(pk=entry.pk).exists()
    assert Post.objects.count() == 2


def test_an_evergreen_post_comes_back_to_the_end_as_a_copy(evergreen):
    a, *_ = filled(evergreen, "a", "b", "c")
    let_come(a)
    look_after_queues()
    look_after_queues()
    assert line(evergreen) == ["b", "c", "a"]
    assert_in_step(evergreen)
    copy = Post.objects.filter(content="a").exclude(pk=a.pk).get()
    assert (copy.author, a.targets.get().status) == (a.author, "posted")
    told = ActivityLog.objects.get(action=ActivityAction.QUEUE_POST_RECYCLED)
    assert (told.thing_id, told.details["from"]) == (copy.pk, str(a.pk))


def test_in_a_paused_queue_it_comes_back_without_a_time(evergreen, user):
    a, *_ = filled(evergreen, "a", "b")
    let_come(a)
    pause_queue(evergreen, user=user)
    look_after_queues()
    assert line(evergreen) == ["b", "a"]
    assert_held(evergreen)


def test_a_copy_that_cannot_go_out_is_told_and_holds_up_nobody(evergreen):
    a, *_ = filled(evergreen, "a", "b")
    let_come(a)
    ConnectedAccount.objects.filter(targets__post=a).update(
        status="disconnected", secrets=None
    )
    look_after_queues()
    assert line(evergreen) == ["b"]
    copy = Post.objects.filter(content="a").exclude(pk=a.pk).get()
    assert copy.status == "draft"
    ((thing, words),) = held()
    assert thing == copy.pk
    assert "Choose at least one account" in words


def test_a_copy_that_breaks_a_rule_is_a_draft(evergreen):
    a, *_ = filled(evergreen, "a", "b")
    let_come(a)
    Post.objects.filter(pk=a.pk).update(content="a" * 1000)
    look_after_queues()
    assert line(evergreen) == ["b"]
    copy = Post.objects.filter(status="draft").get()
    assert [thing for thing, _ in held()] == [copy.pk]


@pytest.mark.parametrize("status", ["failed", "cancelled", "partially_posted"])
def test_what_was_not_posted_everywhere_does_not_come_back_and_that_is_told(
    evergreen, status
):
    a, *_ = filled(evergreen, "a", "b")
    let_come(a, "scheduled")
    Post.objects.filter(pk=a.pk).update(status=status)
    PostTarget.objects.filter(post=a).update(status="failed")
    look_after_queues()
    assert line(evergreen) == ["b"]
    assert not QueuedPost.objects.filter(post=a).exists()
    assert [thing for thing, _ in held()] == [a.pk]


def test_what_has_no_slot_gets_one_in_its_order(queue, user):
    filled(queue, "a", "b", "c")
    pause_queue(queue, user=user)
    PostQueue.objects.update(paused_at=None)
    look_after_queues()
    assert line(queue) == ["a", "b", "c"]
    assert_in_step(queue)


def test_others_that_left_a_gap_are_moved_up(queue):
    """As after a crash, or where a post came into another queue meanwhile."""
    _, b, _ = filled(queue, "a", "b", "c")
    QueuedPost.objects.filter(post=b).update(slot_at=None)
    look_after_queues()
    assert line(queue) == ["a", "b", "c"]
    assert_in_step(queue)
