"""People and other workers that act at the worst moment; rows that spoil a sweep."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from social_media.enums import (
    AccountStatus,
    AttemptOutcome,
    Platform,
    PostStatus,
    TargetStatus,
)
from social_media.models import ConnectedAccount, Post, PostTarget
from social_media.models.clock import database_now
from social_media.platforms.errors import (
    AuthenticationFailed,
    CannotTell,
    OutcomeUnknown,
    Unavailable,
)
from social_media.platforms.factory import strategy_for
from social_media.posts.disconnect import disconnect
from social_media.posts.schedule import cancel, schedule
from social_media.publishing.claim import claim_next, claim_target
from social_media.publishing.lease import Lease
from social_media.publishing.reconcile import due_look_ups, reconcile
from social_media.publishing.takeover import take_over_expired
from social_media.tasks.scan import due_posts
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    PublishStepFactory,
)
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    failing,
    let_time_pass,
    outcomes,
    steps_of,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_verdict_of_a_look_up_that_was_overtaken_changes_nothing(lost, monkeypatch):
    """I4: one look-up outlasts its lease, another fails, the first then says "can't
    tell": closing the attempt would let the next one send blindly.
    """
    target, calls = lost(Platform.X), []

    def overtaken(*_args):
        calls.append(True)
        if len(calls) > 1:
            raise Unavailable("away")
        expire_lease(target)
        reconcile(target.pk)
        raise CannotTell("not in our plan")

    strategy = strategy_for(Platform.X)
    monkeypatch.setattr(strategy, "find_published", overtaken)
    reconcile(target.pk)
    target.refresh_from_db()
    assert len(calls) == 2
    assert (target.status, outcomes(target)) == (TargetStatus.RECONCILING, [""])


def test_what_may_be_live_is_not_skipped_for_lateness(repeatable):
    target = repeatable(late_policy="skip", late_minutes=1)
    target.refresh_from_db()
    assert target.late_after is None


def test_what_may_be_live_is_not_called_cancelled(repeatable):
    target = repeatable()
    cancel(target.post, user=None)
    target.refresh_from_db()
    assert target.status == TargetStatus.UNCONFIRMED
    assert "may have published it" in target.error_message


def test_what_may_be_live_is_unconfirmed_when_its_account_goes(repeatable):
    target = repeatable()
    disconnect(target.account, user=None)
    target.refresh_from_db()
    assert target.status == TargetStatus.UNCONFIRMED


@pytest.mark.parametrize("by", ["cancel", "disconnect"])
def test_a_post_whose_first_comment_is_called_off_stays_posted(begun, by):
    target = begun(first_comment="aside")
    if by == "cancel":
        cancel(target.post, user=None)
    else:
        disconnect(target.account, user=None)
    target.refresh_from_db()
    assert (target.status, Post.objects.get().status) == (
        TargetStatus.POSTED,
        PostStatus.POSTED,
    )
    assert target.error_message == "The post is out; its first comment was called off."
    assert target.remote_url == steps_of(target)[0].remote_url != ""


def test_a_thread_called_off_in_its_middle_says_what_is_out(begun):
    target = begun(thread=["two"])
    cancel(target.post, user=None)
    target.refresh_from_db()
    assert (target.status, target.error_code) == (TargetStatus.FAILED, "called_off")
    assert target.error_message.startswith("1 of 2 parts are published")
    assert target.remote_url != ""


def test_a_thread_that_has_begun_is_finished_however_late(simulator, begun):
    target = begun(thread=["two"], late_policy="skip", late_minutes=1)
    schedule(target.post, at=database_now() + timedelta(seconds=60), user=None)
    target.refresh_from_db()
    assert target.late_after is None
    let_time_pass(target)
    ConnectedAccount.objects.update(blocked_until=None)
    tick()
    assert texts(simulator, target.account) == ["one", "two"]


def test_connected_again_while_the_old_sign_in_is_refused(
    connected, simulator, monkeypatch
):
    account = connected(Platform.X)
    due(account)
    simulator.fault(network="x", kind="expired_token", calls=1)

    def connected_again(*_args):
        row = ConnectedAccount.objects.get(pk=account.pk)
        row.secrets = {**row.secrets, "refresh_token": "brand new"}
        row.checked_at = database_now()
        row.save()
        raise AuthenticationFailed("no longer accepted")

    monkeypatch.setattr(strategy_for(account.platform), "refresh", connected_again)
    tick()
    account.refresh_from_db()
    assert account.status == AccountStatus.ACTIVE


def test_a_workspace_that_now_publishes_however_late_holds_nothing(
    simulator, connected
):
    account = connected(workspace__late_policy="skip")
    target = due(account)
    PostTarget.objects.update(late_after=database_now() - timedelta(seconds=1))
    workspace = account.workspace
    workspace.late_policy = "publish"
    workspace.save()
    tick()
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_a_call_is_not_repeated_for_ever(connected, monkeypatch, settings):
    settings.RETRY_DELAYS = settings.RETRY_DELAYS[:2]
    target = due(connected(Platform.BLUESKY))
    strategy = strategy_for(Platform.BLUESKY)
    monkeypatch.setattr(strategy, "publish", failing(OutcomeUnknown("500")))
    monkeypatch.setattr(strategy, "find_published", failing(CannotTell("moved")))
    for _ in range(8):
        tick()
        let_time_pass(target)
    target.refresh_from_db()
    repeated = [AttemptOutcome.REPEATABLE] * 2
    assert (target.status, outcomes(target)) == (
        TargetStatus.UNCONFIRMED,
        [*repeated, AttemptOutcome.UNDETERMINED],
    )


def test_a_strategy_that_fails_to_validate_ends_in_words(connected, monkeypatch):
    target = due(connected())
    strategy = strategy_for(Platform.MASTODON)
    monkeypatch.setattr(strategy, "validate", failing(ZeroDivisionError()))
    tick()
    target.refresh_from_db()
    assert (target.status, target.tries, target.error_code) == (
        TargetStatus.SCHEDULED,
        1,
        "bug",
    )


def test_what_kills_every_worker_ends_in_words(settings):
    target = PostTargetFactory(status=TargetStatus.POSTING)
    PostTarget.objects.update(tries=len(settings.RETRY_DELAYS))
    expire_lease(target)
    assert take_over_expired() == 1
    target.refresh_from_db()
    assert target.status == TargetStatus.FAILED
    assert target.error_message.startswith("The worker stopped again and again")


def test_a_late_answer_settles_what_a_person_was_asked(
    simulator, connected, monkeypatch
):
    target = due(connected(Platform.X))
    strategy = strategy_for(Platform.X)
    publish = strategy.publish

    def slow(*args):
        answer = publish(*args)
        expire_lease(target)
        take_over_expired()
        let_time_pass(target)
        simulator.fault(network="x", kind="forbidden", on="lookup", calls=1)
        reconcile(target.pk)
        return answer

    monkeypatch.setattr(strategy, "publish", slow)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.POSTED],
    )
    assert Post.objects.get().status == PostStatus.POSTED


def test_too_late_posts_take_no_turns_of_punctual_ones(simulator, connected):
    account, now = connected(), database_now()
    for number in range(10):
        late = due(account, f"late {number}", late_policy="skip")
        PostTarget.objects.filter(pk=late.pk).update(
            due_at=now - timedelta(hours=1), late_after=now
        )
    due(account, "punctual")
    tick()
    assert texts(simulator, account) == ["punctual"]


def test_one_remote_account_in_two_workspaces_gets_both_posts(simulator, connected):
    first = due(connected())
    tick()
    second = due(connected())
    simulator.fault(network="mastodon", kind="error_before", calls=1)
    tick()
    let_time_pass(second)
    tick()
    tick()
    assert texts(simulator, first.account) == ["Hello", "Hello"]


def test_a_paused_accounts_doubt_is_looked_up(lost):
    target = lost()
    ConnectedAccount.objects.update(status=AccountStatus.PAUSED)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_a_row_of_an_unknown_network_stops_nobody_elses(monkeypatch):
    """This version is older than the row: half an upgrade, or a roll-back."""
    target = PostTargetFactory(status=TargetStatus.POSTING)
    step = PublishStepFactory(target=target)
    PublishAttemptFactory(step=step, target=target)
    ConnectedAccount.objects.update(platform="myspace")
    expire_lease(target)
    assert take_over_expired() == 1
    target.refresh_from_db()
    assert target.status == TargetStatus.RECONCILING


@pytest.mark.postgresql
def test_a_post_that_somebody_holds_locked_stops_no_scan(monkeypatch):
    """A host that lost its power inside a transaction keeps its locks for a while."""
    monkeypatch.setattr("celery.app.task.Task.apply_async", lambda *_, **__: None)
    stuck = PostTargetFactory(status=TargetStatus.POSTING)
    expire_lease(stuck)
    other = due(ConnectedAccountFactory())
    with transaction.atomic():
        Post.objects.select_for_update(no_key=True).get(pk=stuck.post_id)
        together(due_posts)
    other.refresh_from_db()
    assert other.status == TargetStatus.QUEUED


@pytest.mark.postgresql
def test_a_scan_and_a_chain_that_take_different_posts_of_one_account():
    """Each saw its own as the first: the unique index lets one of them through."""
    account = ConnectedAccountFactory()
    younger = due(account)
    older = due(account, status=TargetStatus.DRAFT)
    queueing, taken = threading.Event(), []

    def queue_the_older():
        with transaction.atomic():
            PostTarget.objects.filter(pk=older.pk).update(
                status=TargetStatus.QUEUED, queued_at=Now()
            )
            queueing.set()
            time.sleep(0.3)

    def chain():
        queueing.wait(5)
        taken.append(claim_next(account.pk))

    together(queue_the_older, chain)
    younger.refresh_from_db()
    assert (taken, younger.status) == ([None], TargetStatus.SCHEDULED)


@pytest.mark.postgresql
def test_of_many_look_ups_at_once_one_asks_the_network(lost, monkeypatch):
    target, asked = lost(Platform.X), []
    strategy = strategy_for(Platform.X)
    monkeypatch.setattr(strategy, "find_published", lambda *_: asked.append(True))
    together(*[lambda: reconcile(target.pk)] * 4)
    assert asked == [True]


def test_absence_counts_only_after_the_settle_time_too(
    simulator, connected, monkeypatch
):
    target = due(connected(Platform.X))
    simulator.fault(network="x", kind="error_before", calls=1)
    tick()
    attempt = target.attempts.get()
    config = strategy_for(Platform.X).config
    attempt.give_up_at = database_now() - config.settle / 4  # the deadline is over
    attempt.save()
    object.__setattr__(config, "settle", timedelta(minutes=1))
    PostTarget.objects.update(due_at=database_now() - timedelta(seconds=1))
    reconcile(target.pk)
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (TargetStatus.RECONCILING, [""])
    assert due_look_ups() == []


def test_a_remote_id_once_stored_is_never_replaced(simulator, connected, monkeypatch):
    """A look-up adopted it while the late answer was under way."""
    target = due(connected())
    strategy = strategy_for(Platform.MASTODON)
    publish = strategy.publish

    def adopted_meanwhile(*args):
        answer = publish(*args)
        target.steps.update(remote_id="first", remote_url="https://there.example")
        return answer

    monkeypatch.setattr(strategy, "publish", adopted_meanwhile)
    tick()
    assert [step.remote_id for step in steps_of(target)] == ["first"]


def test_the_lease_is_measured_from_before_it_was_taken(settings):
    target = due(ConnectedAccountFactory(), status=TargetStatus.QUEUED)
    began = Lease.clock()
    lease = claim_target(target.pk).lease
    assert lease.left() <= settings.LEASE
    assert Lease(target.pk, lease.token, began).left() <= lease.left()
