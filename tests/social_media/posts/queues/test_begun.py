"""Posts of which a part is out, in a queue."""

from __future__ import annotations

import pytest

from social_media.enums import LatePolicy
from social_media.models import Post, PostTarget, QueuedPost
from social_media.posts.errors import Conflict
from social_media.posts.queues.add import add_post
from social_media.posts.queues.change import pause_queue, resume_queue
from tests.factories import PublishStepFactory, ThreadPartFactory
from tests.social_media.posts.queues.queueing import assert_in_step, draft_in, filled

pytestmark = pytest.mark.django_db


def begun_post(queue):
    """A thread that failed after its first part."""
    given = {"late_policy": LatePolicy.SKIP, "late_minutes": 30}
    post = draft_in(queue, "a", **given)
    target = post.targets.get()
    ThreadPartFactory(post=post, position=1)
    PublishStepFactory(target=target, remote_id="1", remote_url="https://x.example")
    PostTarget.objects.filter(pk=target.pk).update(status="failed")
    Post.objects.filter(pk=post.pk).update(status="failed")
    return post


def test_what_has_begun_does_not_wait_in_a_paused_queue(queue, user):
    post = begun_post(queue)
    pause_queue(queue, user=user)
    with pytest.raises(Conflict) as told:
        add_post(queue, post_id=post.pk, user=user)
    assert told.value.code == "begun"
    assert not QueuedPost.objects.exists()
    resume_queue(queue, user=user)
    add_post(queue, post_id=post.pk, user=user)
    assert_in_step(queue)


def test_what_has_begun_is_never_too_late(queue, user):
    """It came into the paused queue by an older version."""
    post = begun_post(queue)
    PostTarget.objects.filter(post=post).update(status="draft")
    pause_queue(queue, user=user)
    QueuedPost.objects.create(queue=queue, post=post, position=0)
    (other,) = filled(queue, "b", late_policy=LatePolicy.SKIP, late_minutes=30)
    resume_queue(queue, user=user)
    late = dict(PostTarget.objects.values_list("post_id", "late_after"))
    assert (late[post.pk], late[other.pk] is None) == (None, False)
    assert_in_step(queue)
