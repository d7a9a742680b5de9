"""Filling, ordering, pausing, changing and deleting queues."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from social_media.enums import ActivityAction, LatePolicy
from social_media.models import (
    ActivityLog,
    Post,
    PostQueue,
    PostTarget,
    QueuedPost,
)
from social_media.models.clock import database_now
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.queues import read
from social_media.posts.queues.add import add_post, remove_post
from social_media.posts.queues.change import (
    create_queue,
    delete_queue,
    pause_queue,
    resume_queue,
    update_queue,
)
from social_media.posts.queues.hold import QueueGone
from social_media.posts.queues.order import reorder, shuffle
from social_media.posts.queues.read import free_slots, next_slots
from social_media.posts.queues.slots import slots_after
from social_media.posts.schedule import schedule
from tests.factories import (
    ConnectedAccountFactory,
    PostFactory,
    PostMediaFactory,
    PostTargetFactory,
    PublishStepFactory,
    WorkspaceFactory,
)
from tests.queue_factory import PostQueueFactory, busy_days
from tests.social_media.posts.composing import problems
from tests.social_media.posts.queues.queueing import (
    assert_held,
    assert_in_step,
    draft_in,
    filled,
    let_come,
    line,
)

pytestmark = pytest.mark.django_db

WEEKLY = {"monday": ["09:00"]}


def actions(thing):
    rows = ActivityLog.objects.filter(thing_id=thing.pk).order_by("created_at", "id")
    return [row.action for row in rows]


def test_each_post_gets_the_next_slot(queue):
    filled(queue, "a", "b", "c")
    assert line(queue) == ["a", "b", "c"]
    assert_in_step(queue)


@pytest.mark.parametrize(
    ("place", "order"),
    [
        ("front", ["new", "a", "b", "c"]),
        (0, ["new", "a", "b", "c"]),
        (1, ["a", "new", "b", "c"]),
        ("end", ["a", "b", "c", "new"]),
        (99, ["a", "b", "c", "new"]),
    ],
)
def test_a_post_goes_where_it_is_wanted(queue, user, place, order):
    filled(queue, "a", "b", "c")
    post = draft_in(queue, "new")
    add_post(queue, post_id=post.pk, place=place, user=user)
    assert line(queue) == order
    assert_in_step(queue)
    entry = ActivityLog.objects.get(action=ActivityAction.QUEUE_POST_ADDED, user=user)
    slot = QueuedPost.objects.get(post=post).slot_at
    assert (entry.thing_id, entry.details) == (
        post.pk,
        {"queue": str(queue.pk), "slot_at": slot.isoformat()},
    )


def test_a_post_without_accounts_gets_the_queue_s_one_with_some_keeps_them(queue):
    gone = ConnectedAccountFactory(workspace=queue.workspace, status="disconnected")
    queue.accounts.add(gone)
    other = ConnectedAccountFactory(workspace=queue.workspace)
    bare = PostFactory(workspace=queue.workspace)
    own = PostTargetFactory(
        account=other, post__workspace=queue.workspace, status="draft"
    ).post
    for post in (bare, own):
        add_post(queue, post_id=post.pk, user=None)
    assert bare.targets.get().account == queue.accounts.exclude(pk=gone.pk).get()
    assert own.targets.get().account == other
    assert_in_step(queue)


def test_targets_are_due_as_if_a_person_had_scheduled_them(queue, user, settings):
    """Late policy, uploads ahead, frozen payloads: the same as by `schedule`."""
    given = {"late_policy": LatePolicy.SKIP, "late_minutes": 7}
    first, second = (draft_in(queue, text, **given) for text in ("a", "b"))
    alone = draft_in(queue, "c", **given)
    for post in (first, second, alone):
        PostMediaFactory(post=post)
    for post in (second, first):
        add_post(queue, post_id=post.pk, place="front", user=user)
    step = PublishStepFactory(target=second.targets.get())
    reorder(queue, posts=[second.pk, first.pk], user=user)
    slot = QueuedPost.objects.get(post=second).slot_at
    schedule(alone, at=slot, user=user)

    def columns(post):
        post.refresh_from_db()
        names = (
            *("status", "due_at", "late_after", "tries", "prepare_at"),
            *("preflight_at", "queued_at", "error_code"),
        )
        row = PostTarget.objects.values_list(*names).get(post=post)
        return row, post.status, post.scheduled_time

    assert columns(second) == columns(alone)
    target = second.targets.get()
    assert target.late_after == slot + timedelta(minutes=7)
    assert target.prepare_at == slot - settings.PREPARE_AHEAD
    assert not type(step).objects.filter(pk=step.pk).exists()


def test_who_is_never_too_late_stays_so(queue, user):
    posts = filled(queue, "a", "b", late_policy=LatePolicy.PUBLISH)
    strict = filled(queue, "c", late_policy=LatePolicy.SKIP, late_minutes=0)
    shuffled = [strict[0].pk, posts[1].pk, posts[0].pk]
    reorder(queue, posts=shuffled, user=user)
    late = dict(PostTarget.objects.values_list("post_id", "late_after"))
    slot = QueuedPost.objects.get(post=strict[0]).slot_at
    assert late == {posts[0].pk: None, posts[1].pk: None, strict[0].pk: slot}


def test_what_cannot_be_added(queue, user, settings):
    post, *_ = filled(queue, "a")
    elsewhere = PostFactory()
    pattern = PostFactory(workspace=queue.workspace, is_template=True)
    out = PostTargetFactory(
        post__workspace=queue.workspace, workspace=queue.workspace, status="posted"
    ).post
    other = PostQueueFactory(workspace=queue.workspace)
    for wanted, into, code in (
        (post, queue, "already_queued"),
        (post, other, "already_queued"),
        (pattern, queue, "template"),
        (out, queue, "wrong_status"),
    ):
        with pytest.raises(Conflict) as told:
            add_post(into, post_id=wanted.pk, user=user)
        assert told.value.code == code
    for wanted in (elsewhere.pk, uuid4()):
        with pytest.raises(InvalidDraft) as told:
            add_post(queue, post_id=wanted, user=user)
        assert problems(told) == [("post", "unknown_post")]
    too_long = draft_in(queue, "a" * 1000)
    with pytest.raises(InvalidDraft):
        add_post(queue, post_id=too_long.pk, user=user)
    settings.QUEUE_MAX_POSTS = 1
    with pytest.raises(Conflict) as told:
        add_post(queue, post_id=draft_in(queue, "b").pk, user=user)
    assert told.value.code == "queue_full"
    assert line(queue) == ["a"]
    assert_in_step(queue)


def test_a_queue_whose_ten_years_are_full_takes_no_more(queue, user, monkeypatch):
    monkeypatch.setattr("social_media.posts.queues.slots.FARTHEST", timedelta(days=15))
    PostQueue.objects.update(slots=WEEKLY)
    filled(queue, "a", "b")
    with pytest.raises(Conflict) as told:
        filled(queue, "c", "d")
    assert told.value.code == "no_free_slot"
    assert line(queue)[:2] == ["a", "b"]
    assert QueuedPost.objects.filter(slot_at=None).count() == 0
    update_queue(queue, changes={"slots": busy_days()}, user=user)
    filled(queue, "e")
    with pytest.raises(Conflict) as told:
        update_queue(queue, changes={"slots": WEEKLY}, user=user)
    assert told.value.code == "no_free_slot"
    assert_in_step(queue)


def test_nobody_is_pushed_out_of_the_ten_years(queue, user, monkeypatch):
    monkeypatch.setattr("social_media.posts.queues.slots.FARTHEST", timedelta(days=15))
    PostQueue.objects.update(slots=WEEKLY)
    filled(queue, "a", "b")
    for place in ("front", 1):
        with pytest.raises(Conflict) as told:
            add_post(queue, post_id=draft_in(queue, "c").pk, place=place, user=user)
        assert told.value.code == "no_free_slot"
    assert line(queue) == ["a", "b"]
    assert_in_step(queue)


def test_what_is_taken_out_is_a_draft_and_the_others_move_up(queue, user):
    a, b, _ = filled(queue, "a", "b", "c")
    remove_post(queue, post_id=b.pk, user=user)
    assert line(queue) == ["a", "c"]
    assert_in_step(queue)
    b.refresh_from_db()
    target = b.targets.get()
    assert (b.status, b.scheduled_time, target.status, target.due_at) == (
        "draft",
        None,
        "draft",
        None,
    )
    with pytest.raises(InvalidDraft) as told:
        remove_post(queue, post_id=b.pk, user=user)
    assert problems(told) == [("post", "unknown_post")]
    let_come(a, "scheduled")
    with pytest.raises(Conflict):
        remove_post(queue, post_id=a.pk, user=user)


def test_a_new_order_gives_new_slots(queue, user):
    a, b, c = filled(queue, "a", "b", "c")
    reorder(queue, posts=[c.pk, a.pk, b.pk], user=user)
    assert line(queue) == ["c", "a", "b"]
    assert_in_step(queue)
    assert actions(queue) == ["queue.reordered"]


def test_an_order_names_each_waiting_post_once(queue, user):
    a, b, c = filled(queue, "a", "b", "c")
    let_come(a, "scheduled")
    with pytest.raises(InvalidDraft) as told:
        reorder(queue, posts=[b.pk, b.pk, a.pk], user=user)
    assert problems(told) == [
        ("posts.1", "duplicate"),
        ("posts.2", "unknown_post"),
        ("posts", "missing"),
    ]
    assert str(c.pk) in told.value.problems[-1].message


def test_shuffling_keeps_all_and_their_slots(queue, user):
    texts = [f"{n}" for n in range(12)]
    filled(queue, *texts)
    shuffle(queue, user=user)
    assert sorted(line(queue)) == sorted(texts)
    assert line(queue) != texts  # one chance in 479,001,600
    assert_in_step(queue)


def test_a_paused_queue_holds_its_posts_without_times(queue, user):
    a, b, c = filled(queue, "a", "b", "c")
    pause_queue(queue, user=user)
    pause_queue(queue, user=user)
    assert_held(queue)
    reorder(queue, posts=[c.pk, b.pk, a.pk], user=user)
    add_post(queue, post_id=draft_in(queue, "d").pk, place=1, user=user)
    assert line(queue) == ["c", "d", "b", "a"]
    assert_held(queue)
    resume_queue(queue, user=user)
    resume_queue(queue, user=user)
    assert line(queue) == ["c", "d", "b", "a"]
    assert_in_step(queue)
    assert actions(queue) == ["queue.paused", "queue.reordered", "queue.resumed"]


def test_a_scheduled_post_that_comes_into_a_paused_queue_waits_too(queue, user):
    pause_queue(queue, user=user)
    post = draft_in(queue, "a")
    schedule(post, at=database_now() + timedelta(hours=1), user=user)
    add_post(queue, post_id=post.pk, user=user)
    assert_held(queue)


def test_resuming_lets_go_what_nobody_is_left_to_publish(queue, user):
    a, _ = filled(queue, "a", "b")
    pause_queue(queue, user=user)
    account = ConnectedAccountFactory(workspace=queue.workspace, status="disconnected")
    PostTarget.objects.filter(post=a).update(account=account)
    resume_queue(queue, user=user)
    assert line(queue) == ["b"]
    assert_in_step(queue)
    told = ActivityLog.objects.get(action=ActivityAction.QUEUE_POST_HELD)
    assert (told.thing_id, "connected" in told.message) == (a.pk, True)


@pytest.mark.parametrize(
    "changes",
    [{"slots": {"monday": ["09:00", "17:30"]}}, {"timezone": "Asia/Kathmandu"}],
)
def test_other_slots_or_another_zone_move_all_that_waits(queue, user, changes):
    filled(queue, "a", "b", "c")
    PostQueue.objects.update(slots={"tuesday": ["10:00"]})
    update_queue(queue, changes=changes, user=user)
    assert line(queue) == ["a", "b", "c"]
    assert_in_step(queue)


def test_another_name_moves_nothing(queue, user):
    filled(queue, "a")
    PostQueue.objects.update(slots={"tuesday": ["10:00"]})
    before = QueuedPost.objects.get().slot_at
    update_queue(queue, changes={"name": "New", "evergreen": True}, user=user)
    assert QueuedPost.objects.get().slot_at == before
    queue.refresh_from_db()
    assert (queue.name, queue.evergreen) == ("New", True)


def test_names_are_unique_per_workspace(queue, user):
    account = queue.accounts.get()
    given = {"name": queue.name, "slots": WEEKLY, "accounts": [account.pk]}
    with pytest.raises(Conflict) as told:
        create_queue(queue.workspace, given=given, user=user)
    assert told.value.code == "name_taken"
    elsewhere = WorkspaceFactory(timezone="Asia/Tokyo")
    given["accounts"] = [ConnectedAccountFactory(workspace=elsewhere).pk]
    made = create_queue(elsewhere, given=given, user=user)
    assert made.timezone == "Asia/Tokyo"
    other = PostQueueFactory(workspace=queue.workspace)
    with pytest.raises(Conflict):
        update_queue(other, changes={"name": queue.name}, user=user)


def test_deleting_a_queue_makes_drafts_of_what_waits(queue, user):
    a, b, c = filled(queue, "a", "b", "c")
    let_come(a, "scheduled")
    delete_queue(queue, user=user)
    rows = dict(Post.objects.values_list("content", "status"))
    assert rows == {"a": "scheduled", "b": "draft", "c": "draft"}
    assert not QueuedPost.objects.exists()
    told = ActivityLog.objects.get(action=ActivityAction.QUEUE_DELETED)
    assert told.details["drafts"] == [str(b.pk), str(c.pk)]
    for act in (delete_queue, pause_queue, resume_queue, shuffle):
        with pytest.raises(QueueGone):
            act(queue, user=user)


def test_free_slots_are_looked_for_no_further_than_they_are_shown(queue, monkeypatch):
    """A year of twenty such queues has hundreds of thousands."""
    for _ in range(3):
        PostQueueFactory(workspace=queue.workspace)
    gone_through = []

    def counted(*given):
        for at in slots_after(*given):
            gone_through.append(at)
            yield at

    monkeypatch.setattr(read, "slots_after", counted)
    now = database_now()
    found = free_slots(queue.workspace_id, now, now + timedelta(days=365), most=50)
    assert len(found) == 50
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert len({one.at for one in found[:4]}) == 1
    assert len(gone_through) < 60


def test_free_slots_are_those_that_nobody_has(queue):
    filled(queue, "a", "b")
    paused = PostQueueFactory(workspace=queue.workspace, paused_at=database_now())
    PostQueueFactory()
    other = PostQueueFactory(workspace=queue.workspace, slots=WEEKLY, name="Weekly")
    now = database_now()
    found = free_slots(
        queue.workspace_id, now - timedelta(days=3), now + timedelta(7), most=2000
    )
    assert {one.queue.pk for one in found} == {queue.pk, other.pk}
    assert sum(one.queue == other for one in found) == 1
    taken = {entry.slot_at for entry in QueuedPost.objects.all()}
    mine = [one.at for one in found if one.queue == queue]
    assert not taken & set(mine)
    assert len(mine) == 5 * 96 - 2
    assert min(mine) == max(taken) + timedelta(minutes=15)
    assert mine[:3] == next_slots(queue, count=3)
    edge = mine[4]
    bounds = free_slots(
        queue.workspace_id, edge, edge + timedelta(minutes=15), most=2000
    )
    assert [one.at for one in bounds if one.queue == queue] == [edge]
    assert len(next_slots(paused, count=5)) == 5
