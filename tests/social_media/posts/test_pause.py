"""A paused workspace: what is held, and what becomes of it afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from social_media.enums import AccountStatus, Overdue, TargetStatus
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    PostQueue,
    PostTarget,
    QueuedPost,
)
from social_media.models.clock import database_now
from social_media.oauth.connect import _store
from social_media.oauth.standing import WrongStanding
from social_media.platforms.base import Identity, Session
from social_media.posts import overdue as settling
from social_media.posts.pause import Undecided, pause, resume
from social_media.publishing import gauges
from social_media.publishing.claim import claim_next, claim_target, decline_late
from social_media.publishing.scan import scan
from tests.factories import ConnectedAccountFactory, PostTargetFactory, UserFactory
from tests.social_media.posts.composing import account_on, step_of
from tests.social_media.posts.test_races import started, waits

pytestmark = pytest.mark.django_db

S = TargetStatus


@pytest.fixture
def paused(workspace, user):
    pause(workspace, user=user)
    return workspace


def ago(**delta):
    return database_now() - timedelta(**delta)


def fallen(workspace, minutes=10, **given):
    """A target that fell due so long ago, the pause being older."""
    workspace.paused_at = ago(days=1)
    workspace.save()
    given.setdefault("account", ConnectedAccountFactory(workspace=workspace))
    at = ago(minutes=minutes)
    target = PostTargetFactory(due_at=at, post__scheduled_time=at, **given)
    held = ConnectedAccount.objects.filter(workspace=workspace)
    held.update(workspace_paused=True)
    return target


def scanned():
    return [target for batch in scan() for target in batch]


def read(target):
    return PostTarget.objects.select_related("post").get(pk=target.pk)


def told(action):
    rows = ActivityLog.objects.filter(action=action)
    return [(row.thing_id, row.message, row.user_id) for row in rows]


def test_pausing_holds_every_account_and_resuming_lets_them_go(workspace, user):
    accounts = [account_on(workspace) for _ in range(2)]
    other = ConnectedAccountFactory()

    pause(workspace, user=user)

    workspace.refresh_from_db()
    assert workspace.paused_at is not None
    assert list(ConnectedAccount.objects.ready()) == [other]
    resume(workspace, user=user)
    assert set(ConnectedAccount.objects.ready()) == {other, *accounts}
    workspace.refresh_from_db()
    assert workspace.paused_at is None
    rows = ActivityLog.objects.order_by("pk").values_list("action", "thing_id", "user")
    assert list(rows) == [
        ("workspace.paused", workspace.pk, user.pk),
        ("workspace.resumed", workspace.pk, user.pk),
    ]


def test_what_makes_no_sense_is_told(workspace, user):
    with pytest.raises(WrongStanding, match="is not paused"):
        resume(workspace, user=user)
    with pytest.raises(WrongStanding, match="is not paused"):
        resume(workspace, overdue=Overdue.SKIP, user=user)
    pause(workspace, user=user)
    with pytest.raises(WrongStanding, match="is paused already"):
        pause(workspace, user=user)


def test_nothing_of_it_is_scanned_chained_or_claimed(paused):
    account = ConnectedAccountFactory(workspace=paused, workspace_paused=True)
    waiting = PostTargetFactory(account=account)
    queued = PostTargetFactory(account=account, status=S.QUEUED, ahead=True)
    free = ConnectedAccountFactory()

    assert claim_target(queued.pk) is None
    assert claim_next(account.pk) is None
    assert claim_next(free.pk) is None
    PostTarget.objects.filter(pk=queued.pk).delete()
    assert claim_next(account.pk) is None
    elsewhere = PostTargetFactory(account=free)
    assert scanned() == [elsewhere.pk]
    assert read(waiting).status == S.SCHEDULED


def test_what_goes_ahead_of_the_crowd_waits_too(paused):
    held = ConnectedAccountFactory(workspace=paused, workspace_paused=True)
    ahead = PostTargetFactory(account=held, status=S.QUEUED, ahead=True)
    own = PostTargetFactory()

    assert claim_next(own.account_id).target_id == own.pk
    assert read(ahead).status == S.QUEUED


def test_nothing_is_uploaded_ahead_for_it(paused):
    account = ConnectedAccountFactory(workspace=paused, workspace_paused=True)
    later = {"due_at": database_now() + timedelta(hours=1), "prepare_at": ago(hours=1)}
    PostTargetFactory(account=account, **later)
    free = PostTargetFactory(**later)

    assert list(PostTarget.objects.to_prepare()) == [free]


@pytest.mark.parametrize("status", [S.SCHEDULED, S.QUEUED])
def test_nothing_is_declined_as_late_meanwhile(workspace, status):
    target = fallen(
        workspace, status=status, late_after=ago(minutes=1), post__late_policy="skip"
    )

    declined, claimed = decline_late(), claim_target(target.pk)

    assert (declined, claimed, read(target).status) == (0, None, status)


def test_it_makes_no_alarm(workspace):
    fallen(workspace, minutes=600)

    assert gauges.oldest_lateness() == timedelta(0)
    depth = gauges.depth()
    assert (depth["due"]["mastodon"], depth["held"]["mastodon"]) == (0, 1)


def test_without_a_decision_nothing_changes_where_something_fell_due(workspace, user):
    target = fallen(workspace)
    PostTargetFactory(post=target.post, account=account_on(workspace))
    fallen(workspace)

    with pytest.raises(Undecided, match="2 posts fell due during the pause"):
        resume(workspace, user=user)

    workspace.refresh_from_db()
    assert workspace.paused_at is not None
    assert read(target).status == S.SCHEDULED


def test_what_its_own_account_held_up_before_is_not_asked_about(workspace, user):
    account = ConnectedAccountFactory(workspace=workspace, status=AccountStatus.PAUSED)
    old = fallen(workspace, minutes=3 * 24 * 60, account=account)

    resume(workspace, user=user)

    assert read(old).status == S.SCHEDULED


def test_published_afterwards_in_the_old_order_and_in_time(workspace, user):
    account = ConnectedAccountFactory(workspace=workspace)
    hold = {"post__late_policy": "hold", "post__late_minutes": 5}
    second = fallen(workspace, 30, account=account, **hold)
    first = fallen(workspace, 31, account=account)
    third = fallen(workspace, 29, account=account, late_after=ago(minutes=24), **hold)
    ahead = PostTargetFactory(
        account=account, due_at=database_now() + timedelta(hours=1)
    )

    resume(workspace, overdue=Overdue.PUBLISH, user=user)

    rows = PostTarget.objects.order_by("due_at").values_list("pk", flat=True)
    assert list(rows) == [first.pk, second.pk, third.pk, ahead.pk]
    late = read(third).late_after - read(third).due_at
    assert (late, read(second).late_after) == (timedelta(minutes=5), None)
    assert gauges.oldest_lateness() < timedelta(seconds=5)
    assert read(third).post.scheduled_time == third.post.scheduled_time
    assert read(ahead).due_at == ahead.due_at
    [row] = ActivityLog.objects.filter(action="workspace.resumed")
    assert (row.details, row.user) == ({"overdue": "publish"}, user)


def test_called_off_afterwards_with_words(workspace, user):
    target = fallen(workspace)
    ahead = PostTargetFactory(
        account=target.account, due_at=database_now() + timedelta(hours=1)
    )

    resume(workspace, overdue=Overdue.SKIP, user=user)

    row = read(target)
    assert (row.status, row.post.status) == (S.CANCELLED, "cancelled")
    assert (row.error_code, row.error_message) == ("paused", settling.CALLED_OFF)
    assert read(ahead).status == S.SCHEDULED
    assert told("post.cancelled") == [(target.post_id, settling.CALLED_OFF, user.pk)]


def test_what_had_begun_is_not_told_as_called_off(workspace, user):
    begun, fresh = fallen(workspace), fallen(workspace)
    step_of(begun, remote_id="1")
    step_of(begun, position=1)

    resume(workspace, overdue=Overdue.SKIP, user=user)

    row = read(begun)
    assert (row.status, row.error_code) == (S.FAILED, "called_off")
    assert told("post.updated") == [(begun.post_id, settling.ENDED, user.pk)]
    assert told("post.cancelled") == [(fresh.post_id, settling.CALLED_OFF, user.pk)]


def test_made_drafts_afterwards(workspace, user):
    target = fallen(workspace)
    queue = PostQueue.objects.create(workspace=workspace, name="Q", timezone="UTC")
    QueuedPost.objects.create(
        queue=queue, post=target.post, position=1, slot_at=target.due_at
    )

    resume(workspace, overdue=Overdue.DRAFT, user=user)

    row = read(target)
    assert (row.status, row.due_at, row.post.status) == (S.DRAFT, None, "draft")
    assert (row.post.scheduled_time, QueuedPost.objects.exists()) == (None, False)
    assert told("post.updated") == [(target.post_id, settling.MADE_DRAFT, user.pk)]


def test_what_has_begun_goes_on_instead_of_becoming_a_draft(workspace, user):
    target = fallen(workspace)
    step_of(target, remote_id="1")
    fresh = PostTargetFactory(
        post=target.post,
        account=ConnectedAccountFactory(workspace=workspace),
        due_at=target.due_at,
    )

    resume(workspace, overdue=Overdue.DRAFT, user=user)

    row = read(target)
    assert (row.status, read(fresh).status) == (S.SCHEDULED, S.DRAFT)
    assert row.post.status == "scheduled"
    assert row.post.scheduled_time == target.post.scheduled_time


@pytest.mark.parametrize("choice", Overdue)
def test_many_are_settled_a_few_at_a_time(workspace, user, monkeypatch, choice):
    monkeypatch.setattr(settling, "AT_ONCE", 2)
    targets = [fallen(workspace, minutes=20 - n) for n in range(5)]
    account = targets[0].account
    PostTarget.objects.update(account=account)

    resume(workspace, overdue=choice, user=user)

    rows = PostTarget.objects.order_by("due_at", "pk")
    assert [row.pk for row in rows] == [target.pk for target in targets]
    expected = {"publish": S.SCHEDULED, "skip": S.CANCELLED, "draft": S.DRAFT}
    assert {row.status for row in rows} == {expected[choice]}


def test_killed_in_the_middle_it_is_still_paused_and_can_go_on(
    workspace, user, monkeypatch
):
    monkeypatch.setattr(settling, "AT_ONCE", 2)
    for _ in range(5):
        fallen(workspace)
    settle = settling._settle
    calls = []

    def dying(*given):
        calls.append(given)
        if len(calls) == 2:
            raise SystemExit
        settle(*given)

    monkeypatch.setattr(settling, "_settle", dying)
    with pytest.raises(SystemExit):
        resume(workspace, overdue=Overdue.SKIP, user=user)
    cancelled = PostTarget.objects.filter(status=S.CANCELLED).count()
    workspace.refresh_from_db()
    assert (cancelled, workspace.paused_at is not None) == (2, True)
    assert scanned() == []

    resume(workspace, overdue=Overdue.PUBLISH, user=user)
    assert PostTarget.objects.filter(status=S.SCHEDULED).count() == 3
    assert ConnectedAccount.objects.filter(workspace_paused=True).count() == 0


def test_an_account_that_is_connected_meanwhile_waits(paused, user):
    assert connected(paused, user).workspace_paused
    resume(paused, user=user)
    assert not connected(paused, user).workspace_paused


def connected(workspace, user):
    identity = Identity(
        "1", "ada", Session({"access_token": "a"}), server="https://a.b"
    )
    _store(workspace, "mastodon", identity, user=user, api_key=None)
    return ConnectedAccount.objects.get()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_connected_while_somebody_pauses(workspace):
    user = UserFactory()
    with transaction.atomic():
        pause(workspace, user=user)
        connecting = started(lambda: connected(workspace, user))
        held_up = waits(connecting)
    assert (held_up, connecting.result(10).workspace_paused) == (True, True)

    with transaction.atomic():
        connected(workspace, user)
        resuming = started(lambda: resume(workspace, user=user))
        held_up = waits(resuming)
    resuming.result(10)
    account = ConnectedAccount.objects.get()
    assert (held_up, account.workspace_paused) == (True, False)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_claim_comes_before_a_pause_or_not_at_all(workspace, user):
    for _ in range(10):
        target = PostTargetFactory(
            account=ConnectedAccountFactory(workspace=workspace), status=S.QUEUED
        )
        claiming = started(lambda t=target: claim_target(t.pk))
        pausing = started(lambda: pause(workspace, user=user))
        claim = claiming.result(10)
        pausing.result(10)
        after = read(target)
        assert after.status == (S.POSTING if claim else S.QUEUED)
        if claim:
            workspace.refresh_from_db()
            began = after.updated_at
            assert began <= workspace.paused_at + timedelta(seconds=1)
        assert claim_target(target.pk) is None
        PostTarget.objects.all().delete()
        resume(workspace, user=user)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_pause_one_is_told_that_it_is_done(workspace, user):
    with transaction.atomic():
        pause(workspace, user=user)
        second = started(lambda: pause(workspace, user=user))
        assert waits(second)
    with pytest.raises(WrongStanding):
        second.result(10)


@pytest.mark.postgresql
def test_held_accounts_are_found_by_their_index():
    rows = ConnectedAccount.objects.held_back().values("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    assert "account_held_back" in rows.explain()
