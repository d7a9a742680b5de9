"""Posts that leave their queue, and those that keep their slot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.models import (
    Post,
    QueuedPost,
)
from social_media.models.clock import database_now
from social_media.posts.compose import delete_post, update_post
from social_media.posts.queues.add import add_post
from social_media.posts.queues.change import (
    pause_queue,
)
from social_media.posts.queues.order import reorder
from social_media.posts.schedule import cancel, publish_now, retry, schedule
from tests.factories import (
    PostTargetFactory,
    PublishStepFactory,
)
from tests.social_media.posts.queues.queueing import (
    assert_in_step,
    draft_in,
    filled,
    let_come,
    line,
)

pytestmark = pytest.mark.django_db


def an_hour(post, user):
    schedule(post, at=database_now() + timedelta(hours=1), user=user)


def edited_time(post, user):
    at = database_now() + timedelta(hours=1)
    update_post(post, changes={"scheduled_time": at}, user=user)


def no_time(post, user):
    update_post(post, changes={"scheduled_time": None}, user=user)


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (lambda post, user: publish_now(post, user=user), "scheduled"),
        (lambda post, user: cancel(post, user=user), "cancelled"),
        (lambda post, user: delete_post(post, user=user), None),
        (an_hour, "scheduled"),
        (edited_time, "scheduled"),
        (no_time, "draft"),
    ],
)
def test_who_gives_a_post_another_time_takes_it_out(queue, user, act, status):
    _, b, _ = filled(queue, "a", "b", "c")
    act(b, user)
    assert line(queue) == ["a", "c"]
    assert_in_step(queue)
    found = Post.objects.filter(pk=b.pk).values_list("status", flat=True).first()
    assert found == status


def test_what_is_sent_again_before_its_slot_does_not_wait_for_it(queue, user):
    """One of its accounts was disconnected and connected again meanwhile."""
    a, _ = filled(queue, "a", "b")
    a.targets.update(status="cancelled")
    retry(a, user=user)
    assert line(queue) == ["b"]
    assert_in_step(queue)


def test_what_is_sent_again_after_its_slot_stays_on_its_way(queue, user):
    a, _ = filled(queue, "a", "b")
    let_come(a, "failed")
    retry(a, user=user)
    assert QueuedPost.objects.filter(post=a).exists()


def test_what_is_out_already_keeps_the_time_at_which_it_went(queue, user):
    """A person said that it is live, before its slot."""
    a, b = filled(queue, "a", "b")
    a.targets.update(status="posted", posted_at=database_now())
    slot = QueuedPost.objects.get(post=a).slot_at
    reorder(queue, posts=[b.pk, a.pk], user=user)
    assert Post.objects.get(pk=a.pk).scheduled_time == slot


def test_an_edit_leaves_a_post_in_its_place(queue, user):
    a, b, _ = filled(queue, "a", "b", "c")
    update_post(a, changes={"content": "A"}, user=user)
    same = Post.objects.get(pk=b.pk).scheduled_time
    update_post(b, changes={"content": "B", "scheduled_time": same}, user=user)
    assert line(queue) == ["A", "B", "c"]
    assert_in_step(queue)


@pytest.mark.parametrize(
    "status", ["queued", "posting", "reconciling", "unconfirmed", "begun"]
)
def test_what_has_begun_keeps_its_slot(queue, user, status):
    a, b, c = filled(queue, "a", "b", "c")
    target = b.targets.get()
    if status == "begun":
        PublishStepFactory(target=target, remote_id="1", remote_url="https://x.example")
    else:
        held = PostTargetFactory.build(status=status, post=b, account=target.account)
        names = ("status", "queued_at", "attempt_token", "lease_expires_at")
        for name in names:
            setattr(target, name, getattr(held, name))
        target.save()
    slot = QueuedPost.objects.get(post=b).slot_at
    reorder(queue, posts=[c.pk, b.pk, a.pk], user=user)
    slots = dict(QueuedPost.objects.values_list("post__content", "slot_at"))
    assert slots["b"] == slot
    assert slots["c"] < slot < slots["a"]
    assert len(set(slots.values())) == 3
    pause_queue(queue, user=user)
    assert dict(QueuedPost.objects.values_list("post__content", "slot_at")) == {
        "a": None,
        "b": slot,
        "c": None,
    }


def test_what_is_on_its_way_neither_moves_nor_counts(queue, user, settings):
    a, *_ = filled(queue, "a", "b", "c")
    came = let_come(a, "scheduled").slot_at
    settings.QUEUE_MAX_POSTS = 3
    add_post(queue, post_id=draft_in(queue, "d").pk, place="front", user=user)
    assert line(queue) == ["d", "b", "c"]
    assert_in_step(queue)
    pause_queue(queue, user=user)
    a.refresh_from_db()
    assert (a.scheduled_time, a.status) == (came, "scheduled")
