"""Several people, the scan and two sweeps at one queue at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from social_media.enums import TargetStatus
from social_media.models import (
    ActivityLog,
    Post,
    PostQueue,
    PostTarget,
    QueuedPost,
)
from social_media.models.clock import database_now
from social_media.oauth.errors import AccountBusy
from social_media.posts.disconnect import disconnect
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.queues.add import add_post
from social_media.posts.queues.change import pause_queue, resume_queue
from social_media.posts.queues.order import reorder, shuffle
from social_media.posts.queues.upkeep import look_after_queues
from social_media.posts.schedule import publish_now
from social_media.publishing.scan import begin_scan, scan
from tests.queue_factory import PostQueueFactory
from tests.social_media.posts.queues.queueing import (
    assert_in_step,
    draft_in,
    filled,
    let_come,
    line,
)
from tests.social_media.posts.test_races import started, waits

S = TargetStatus

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def all_at_once(*works: Callable[[], object]) -> list[BaseException | None]:
    """Each in a thread and on a connection of its own, started together."""
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            ready.wait(timeout=20)
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
    return [future.exception() for future in futures]


def adding(queue, post, place="end"):
    return lambda: add_post(queue, post_id=post.pk, place=place, user=None)


def test_people_who_add_at_once_never_get_the_same_slot():
    queue = PostQueueFactory()
    posts = [draft_in(queue, f"{n}") for n in range(8)]
    places = ("end", "front", 1, "end", 0, 2, "front", "end")
    works = [adding(queue, *each) for each in zip(posts, places, strict=True)]
    assert all_at_once(*works) == [None] * 8
    slots = QueuedPost.objects.values_list("slot_at", flat=True)
    assert len(set(slots)) == 8
    assert_in_step(queue)


def test_one_post_that_two_add_is_in_one_queue():
    queue = PostQueueFactory()
    other = PostQueueFactory(workspace=queue.workspace)
    for n in range(4):
        post = draft_in(queue, f"{n}")
        errors = all_at_once(adding(queue, post), adding(other, post))
        assert sorted(type(one) for one in errors if one) == [Conflict]
    assert QueuedPost.objects.count() == 4
    assert_in_step(queue)
    assert_in_step(other)


def test_adding_and_ordering_at_once():
    """The order is of what waited when it was given, or it is refused."""
    queue = PostQueueFactory()
    for n in range(5):
        ids = [
            entry.post_id for entry in QueuedPost.objects.waiting().filter(queue=queue)
        ]
        post = draft_in(queue, f"{n}")
        errors = all_at_once(
            adding(queue, post, "front"),
            lambda ids=ids: reorder(queue, posts=ids[::-1], user=None),
            lambda: shuffle(queue, user=None),
        )
        assert {type(one) for one in errors if one} <= {InvalidDraft}
    assert sorted(line(queue)) == ["0", "1", "2", "3", "4"]
    assert_in_step(queue)


def due_now(post):
    """Its slot comes in this moment: the scan may take it, or somebody moves it."""
    at = database_now() + timedelta(seconds=0.3)
    QueuedPost.objects.filter(post=post).update(slot_at=at)
    Post.objects.filter(pk=post.pk).update(scheduled_time=at)
    PostTarget.objects.filter(post=post).update(due_at=at)
    return at


def scanning(seconds):
    def run():
        ends = database_now() + timedelta(seconds=seconds)
        while database_now() < ends:
            begin_scan()
            for _ in scan():
                pass

    return run


@pytest.mark.parametrize("act", ["shuffle", "pause"])
def test_what_the_scan_took_keeps_its_slot_and_what_was_moved_is_not_taken(act):
    queue = PostQueueFactory()
    posts = filled(queue, "a", "b", "c")
    came = due_now(posts[0])

    def move():
        for _ in range(6):
            if act == "shuffle":
                shuffle(queue, user=None)
            else:
                pause_queue(queue, user=None)
                resume_queue(queue, user=None)

    assert all_at_once(move, scanning(1)) == [None, None]
    target = posts[0].targets.get()
    entry = QueuedPost.objects.get(post=posts[0])
    if target.status == "queued":
        assert (entry.slot_at, target.due_at) == (came, came)
    else:
        assert target.status == "scheduled"
        assert entry.slot_at == target.due_at > database_now()
    for post in posts[1:]:
        slot = QueuedPost.objects.get(post=post).slot_at
        assert {slot} == set(post.targets.values_list("due_at", flat=True))


def test_a_new_order_waits_for_the_scan_and_leaves_what_it_took():
    queue = PostQueueFactory()
    a, b, c = filled(queue, "a", "b", "c")
    slot = QueuedPost.objects.get(post=a).slot_at
    with transaction.atomic():
        rows = PostTarget.objects.filter(post=a)
        rows.move(S.QUEUED, of={S.SCHEDULED}, queued_at=database_now())
        ids = [c.pk, a.pk, b.pk]
        moved = started(lambda: reorder(queue, posts=ids, user=None))
        assert waits(moved)
    moved.result(timeout=10)
    slots = dict(QueuedPost.objects.values_list("post__content", "slot_at"))
    assert slots["a"] == a.targets.get().due_at == slot
    assert slot < slots["c"] < slots["b"]


def test_pausing_and_publishing_at_once():
    queue = PostQueueFactory()
    posts = filled(queue, *"abcd")
    errors = all_at_once(
        lambda: pause_queue(queue, user=None),
        lambda: publish_now(posts[1], user=None),
        lambda: publish_now(posts[3], user=None),
    )
    assert errors == [None] * 3
    assert line(queue) == ["a", "c"]
    assert {post.targets.get().status for post in posts[1::2]} == {"scheduled"}
    assert {post.targets.get().status for post in posts[0::2]} == {"draft"}


def test_disconnecting_while_posts_move_ends_without_a_deadlock():
    queue = PostQueueFactory()
    filled(queue, *"abcdefgh")
    account = queue.accounts.get()
    errors = all_at_once(
        lambda: disconnect(account, user=None),
        *[lambda: shuffle(queue, user=None)] * 2,
        lambda: pause_queue(queue, user=None),
    )
    assert errors == [None] * 4
    statuses = set(PostTarget.objects.values_list("status", flat=True))
    assert statuses <= {"cancelled", "draft"}


def test_nothing_waits_for_an_account_that_goes_while_its_queue_goes_on():
    for _ in range(3):
        queue = PostQueueFactory()
        posts = filled(queue, *"abcd")
        pause_queue(queue, user=None)
        busy, *errors = all_at_once(
            lambda queue=queue: disconnect(queue.accounts.get(), user=None),
            lambda queue=queue: resume_queue(queue, user=None),
            lambda queue=queue: shuffle(queue, user=None),
            look_after_queues,
        )
        assert errors == [None] * 3
        if busy:
            assert isinstance(busy, AccountBusy)
            disconnect(queue.accounts.get(), user=None)
        look_after_queues()
        rows = PostTarget.objects.filter(post__in=posts)
        assert set(rows.values_list("status", flat=True)) <= {"cancelled", "draft"}
        assert line(queue) == []
        told = ActivityLog.objects.filter(action="queue.post_held")
        assert told.filter(thing_id__in=[post.pk for post in posts]).count() == 4


def test_two_sweeps_bring_an_evergreen_post_back_once_a_round():
    queue = PostQueueFactory(evergreen=True)
    posts = filled(queue, *"abc")
    for _ in range(3):
        for post in posts:
            let_come(post)
        before = Post.objects.count()
        assert all_at_once(*[look_after_queues] * 3) == [None] * 3
        assert Post.objects.count() == before + 3
        entries = list(QueuedPost.objects.order_by("position"))
        assert sorted(entry.post.content for entry in entries) == ["a", "b", "c"]
        posts = [entry.post for entry in entries]
        assert_in_step(queue)
    assert ActivityLog.objects.filter(action="queue.post_recycled").count() == 9
    assert PostQueue.objects.get().evergreen
