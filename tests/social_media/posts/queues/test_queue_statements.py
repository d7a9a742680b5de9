"""Moving a queue costs as many statements for many posts as for few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import QueuedPost
from social_media.posts.queues.add import add_post
from social_media.posts.queues.change import pause_queue, resume_queue
from social_media.posts.queues.order import reorder
from tests.social_media.posts.queues.queueing import assert_in_step, draft_in, filled

pytestmark = pytest.mark.django_db


def turned_round(queue):
    waiting = QueuedPost.objects.waiting().filter(queue=queue)
    ids = list(waiting.values_list("post_id", flat=True))
    with CaptureQueriesContext(connection) as made:
        reorder(queue, posts=ids[::-1], user=None)
    return len(made)


def put_in_front(queue):
    post = draft_in(queue, "new")
    with CaptureQueriesContext(connection) as made:
        add_post(queue, post_id=post.pk, place="front", user=None)
    return len(made)


def held_and_resumed(queue):
    with CaptureQueriesContext(connection) as made:
        pause_queue(queue, user=None)
        resume_queue(queue, user=None)
    return len(made)


@pytest.mark.parametrize("move", [turned_round, put_in_front, held_and_resumed])
def test_it_costs_the_same_for_three_posts_and_for_twelve(queue, move):
    filled(queue, *"abc")
    few = move(queue)
    assert_in_step(queue)
    filled(queue, *"defghijkl")
    assert move(queue) == few
    assert_in_step(queue)
