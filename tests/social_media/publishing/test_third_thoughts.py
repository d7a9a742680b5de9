"""What is found out by one who no longer holds the target."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.ids import new_id
from social_media.enums import AttemptOutcome, Platform, PostStatus, TargetStatus
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.models.clock import database_now
from social_media.platforms.errors import CannotTell, ContentRejected
from social_media.platforms.factory import strategy_for
from social_media.posts.compose import update_post
from social_media.posts.disconnect import disconnect
from social_media.posts.schedule import cancel
from social_media.publishing import prepare as preparing
from social_media.publishing import run
from social_media.publishing.claim import claim_target
from social_media.publishing.late import ANSWERED, REST_NOT_SENT
from social_media.publishing.lease import LeaseLost
from social_media.publishing.reconcile import reconcile
from social_media.publishing.scan import scan
from social_media.publishing.takeover import take_over_expired
from social_media.publishing.work import load_work
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    failing,
    let_time_pass,
    outcomes,
    publish_due,
    steps_of,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def frozen(monkeypatch) -> Callable[[PostTarget], Callable[[], None]]:
    """Publish a target with a worker that is frozen between the network's answer and
    its record, until another took the target over; the answer lets it thaw.
    """
    record = run.record_published

    def freeze(target: PostTarget) -> Callable[[], None]:
        kept = []

        def keep(*args):
            kept.append(args)
            monkeypatch.setattr(run, "record_published", record)
            raise LeaseLost

        monkeypatch.setattr(run, "record_published", keep)
        publish_due()
        expire_lease(target)
        take_over_expired()
        let_time_pass(target)

        def thaw():
            with pytest.raises(LeaseLost):
                record(*kept[0])

        return thaw

    return freeze


def standing(target):
    """Status and words of a target and its post's status."""
    target.refresh_from_db()
    target.post.refresh_from_db()
    return target.status, target.error_code, target.post.status


def told(target):
    rows = ActivityLog.objects.filter(thing_id=target.pk).order_by("pk")
    return rows.values_list("message", flat=True).last()


# A late answer about a part whose target has moved on


def test_a_late_answer_that_is_no_news_decides_nothing_about_the_next_part(
    simulator, connected, frozen
):
    """I4: part 1 was found and adopted, part 2 sent and its answer lost, a person is
    asked about it; then the answer to part 1 comes.
    """
    account = connected(network="fediverse")
    target = due(account, "one", thread=["two"])
    thaw = frozen(target)
    reconcile(target.pk)
    simulator.fault(network="fediverse", kind="accept_then_reset", calls=1)
    publish_due()
    let_time_pass(target)
    simulator.fault(network="fediverse", kind="forbidden", on="lookup", calls=1)
    reconcile(target.pk)
    assert standing(target)[0] == TargetStatus.UNCONFIRMED
    thaw()
    tick()
    tick()
    assert texts(simulator, account, network="fediverse") == ["one", "two"]
    assert standing(target)[0] == TargetStatus.UNCONFIRMED


def test_a_late_answer_sends_nothing_of_what_a_person_cancelled(
    simulator, connected, frozen
):
    account = connected(Platform.MASTODON)
    target = due(account, "one", thread=["two"])
    thaw = frozen(target)
    simulator.fault(network="mastodon", kind="forbidden", on="lookup", calls=1)
    reconcile(target.pk)  # can't tell: to be repeated with its key
    cancel(target.post, user=None)
    assert standing(target)[0] == TargetStatus.UNCONFIRMED
    thaw()
    tick()
    assert texts(simulator, account) == ["one"]
    assert standing(target) == (
        TargetStatus.POSTED,
        "rest_not_sent",
        PostStatus.POSTED,
    )
    first, second = steps_of(target)
    assert (target.remote_url, target.error_message) == (
        first.remote_url,
        REST_NOT_SENT,
    )
    assert second.abandoned_at is not None
    assert told(target) == REST_NOT_SENT


def test_a_late_answer_schedules_nothing_on_a_disconnected_account(connected, frozen):
    account = connected(Platform.MASTODON)
    target = due(account, "one", thread=["two"])
    thaw = frozen(target)
    disconnect(account, user=None)
    thaw()
    assert standing(target)[:2] == (TargetStatus.POSTED, "rest_not_sent")


def test_a_late_answer_about_an_account_that_was_disconnected_later(
    simulator, connected, frozen
):
    """A person was asked before the account went: the target still has its time."""
    account = connected(Platform.X)
    target = due(account, "one", thread=["two"])
    thaw = frozen(target)
    simulator.fault(network="x", kind="forbidden", on="lookup", calls=1)
    reconcile(target.pk)
    disconnect(account, user=None)
    thaw()
    assert standing(target)[:2] == (TargetStatus.POSTED, "rest_not_sent")


@pytest.mark.postgresql
def test_a_late_answer_waits_for_a_disconnect_that_is_about_to_commit(
    simulator, connected, frozen
):
    target = due(connected(Platform.X), "one", thread=["two"])
    thaw, going = frozen(target), threading.Event()
    simulator.fault(network="x", kind="forbidden", on="lookup", calls=1)
    reconcile(target.pk)

    def disconnecting():
        with transaction.atomic():
            ConnectedAccount.objects.update(status="disconnected", secrets=None)
            going.set()
            time.sleep(0.3)

    together(disconnecting, lambda: going.wait(5) and thaw())
    assert standing(target)[:2] == (TargetStatus.POSTED, "rest_not_sent")


# Found by a look-up that no longer holds the target


def test_found_while_its_account_was_disconnected(lost, monkeypatch):
    target = lost(Platform.MASTODON)
    strategy = strategy_for(Platform.MASTODON)
    find = strategy.find_published

    def find_meanwhile(*args):
        answer = find(*args)
        disconnect(target.account, user=None)
        return answer

    monkeypatch.setattr(strategy, "find_published", find_meanwhile)
    reconcile(target.pk)
    [step] = steps_of(target)
    assert standing(target) == (TargetStatus.POSTED, "", PostStatus.POSTED)
    assert target.remote_url == step.remote_url != ""
    assert told(target) == ANSWERED


@pytest.mark.parametrize(("thread", "goes_on"), [((), False), (("two",), True)])
def test_found_by_a_look_up_that_was_overtaken(
    lost, simulator, monkeypatch, thread, goes_on
):
    target = lost(Platform.X, thread=thread)
    strategy = strategy_for(Platform.X)
    find = strategy.find_published

    def find_slowly(*args):
        monkeypatch.setattr(strategy, "find_published", failing(CannotTell("no")))
        answer = find(*args)
        expire_lease(target)
        reconcile(target.pk)
        return answer

    monkeypatch.setattr(strategy, "find_published", find_slowly)
    reconcile(target.pk)
    expected = TargetStatus.SCHEDULED if goes_on else TargetStatus.POSTED
    assert standing(target)[:2] == (expected, "")
    tick()
    assert standing(target)[0] == TargetStatus.POSTED
    assert texts(simulator, target.account) == ["Hello", *thread]


# A worker that lost its lease while it prepared


@pytest.mark.parametrize("thread", [(), ("and more",)])
def test_the_words_of_before_an_edit_are_not_frozen(
    simulator, connected, monkeypatch, thread
):
    """Claim, slow sign-in, take-over, a person edits, the worker goes on."""
    account = connected(Platform.MASTODON)
    target = due(account, "old words", thread=thread)
    usable = preparing.usable_credentials

    def slow_sign_in(row):
        monkeypatch.setattr(preparing, "usable_credentials", usable)
        answer = usable(row)
        expire_lease(target)
        take_over_expired()
        later = database_now() + timedelta(hours=1)
        changes = {"content": "new words", "scheduled_time": later}
        update_post(target.post, changes=changes, user=None)
        return answer

    monkeypatch.setattr(preparing, "usable_credentials", slow_sign_in)
    publish_due()
    assert steps_of(target) == []
    PostTarget.objects.update(due_at=database_now() - timedelta(seconds=1))
    tick()
    assert texts(simulator, account) == ["new words", *thread]


@pytest.mark.postgresql
@pytest.mark.parametrize("thread", [(), ("and more",)])
def test_steps_are_not_stored_beside_a_take_over_that_is_about_to_commit(
    connected, thread
):
    target = due(connected(), thread=thread)
    [[target_id]] = list(scan())
    work = load_work(claim_target(target_id).lease)
    taken = threading.Event()

    def take_over():
        with transaction.atomic():
            rows = PostTarget.objects.filter(pk=target_id)
            rows.update(attempt_token=new_id())
            taken.set()
            time.sleep(0.3)

    def go_on():
        taken.wait(5)
        with pytest.raises(LeaseLost):
            preparing.prepare(work)

    together(take_over, go_on)
    assert steps_of(target) == []


# A refusal, and what else of the target is in doubt


@pytest.fixture
def second_part_repeatable(simulator, connected):
    """A thread whose first part was repeated and stands; the second may be repeated."""
    account = connected(Platform.MASTODON)
    target = due(account, "one", thread=["two"])
    for after in (None, 1):  # the answer to this call is lost
        simulator.fault(
            network="mastodon", kind="accept_then_reset", calls=1, after=after
        )
        PostTarget.objects.update(due_at=database_now() - timedelta(seconds=1))
        publish_due()
        let_time_pass(target)
        simulator.fault(network="mastodon", kind="forbidden", on="lookup", calls=1)
        reconcile(target.pk)
    assert outcomes(target) == [
        AttemptOutcome.REPEATABLE,
        AttemptOutcome.POSTED,
        AttemptOutcome.REPEATABLE,
    ]
    PostTarget.objects.update(due_at=database_now() - timedelta(seconds=1))
    return target


def test_a_refused_part_puts_no_published_part_in_doubt_again(
    simulator, second_part_repeatable, monkeypatch
):
    target = second_part_repeatable
    with monkeypatch.context() as refusing:
        strategy = strategy_for(Platform.MASTODON)
        refusing.setattr(strategy, "publish", failing(ContentRejected("no")))
        publish_due()
    opened = PublishAttempt.objects.open().filter(target=target)
    assert [one.position for one in opened] == [1]
    let_time_pass(target)
    tick()
    assert standing(target)[0] == TargetStatus.POSTED
    assert texts(simulator, target.account) == ["one", "two"]


def test_a_late_refusal_puts_nothing_of_another_worker_in_doubt(
    second_part_repeatable, monkeypatch
):
    target = second_part_repeatable

    def slow_refusal(*_args):
        PublishAttempt.objects.open().filter(target=target).update(
            outcome=AttemptOutcome.UNAVAILABLE, closed_at=database_now()
        )
        expire_lease(target)
        take_over_expired()
        raise ContentRejected("no")

    monkeypatch.setattr(strategy_for(Platform.MASTODON), "publish", slow_refusal)
    publish_due()
    assert standing(target)[0] == TargetStatus.SCHEDULED
    assert not PublishAttempt.objects.open().exists()


def test_a_late_end_of_a_key_puts_nothing_of_another_worker_in_doubt(
    repeatable, monkeypatch
):
    target = repeatable()
    PublishStep.objects.update(repeat_until=database_now())
    record = run.record_doubt

    def late(*args):
        expire_lease(target)
        take_over_expired()
        record(*args)

    monkeypatch.setattr(run, "record_doubt", late)
    publish_due()
    assert standing(target)[0] == TargetStatus.SCHEDULED
    assert not PublishAttempt.objects.open().exists()


def test_a_late_refusal_of_a_first_comment_does_not_drop_it(
    simulator, connected, monkeypatch
):
    account = connected(Platform.MASTODON)
    target = due(account, "one", first_comment="aside")
    strategy = strategy_for(Platform.MASTODON)
    publish = strategy.publish

    def slow_refusal(step, *args):
        if step.reply_to is None:
            return publish(step, *args)
        monkeypatch.setattr(strategy, "publish", publish)
        expire_lease(target)
        take_over_expired()
        raise ContentRejected("no comments here")

    monkeypatch.setattr(strategy, "publish", slow_refusal)
    publish_due()
    let_time_pass(target)
    tick()
    tick()
    assert standing(target)[:2] == (TargetStatus.POSTED, "")
    assert texts(simulator, account) == ["one", "aside"]
