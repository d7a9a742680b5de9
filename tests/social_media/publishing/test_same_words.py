"""Several posts of one account with the same words, and answers that were lost: each
target ends with a post of its own (publishing/tell_apart.py).
"""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from social_media.enums import AttemptOutcome, Platform, TargetStatus
from social_media.models import PostTarget, PublishAttempt, PublishStep
from social_media.models.clock import database_now
from social_media.platforms.factory import strategy_for
from social_media.posts.resolve import resolve_send_again
from social_media.posts.schedule import cancel
from social_media.publishing import run
from social_media.publishing.lease import LeaseLost
from social_media.publishing.reconcile import reconcile
from social_media.publishing.takeover import take_over_expired
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    let_time_pass,
    outcomes,
    publish_due,
    steps_of,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)

#: Mastodon keeps keys; the look-alike keeps none.
NETWORKS = ["mastodon", "fediverse"]
WORDS = "Good morning"
HERE, NOT_HERE = "accept_then_reset", "error_before"


@pytest.fixture
def lose(simulator):
    """Publish a target of `account` whose answer is lost, due for its look-up."""

    def make(account, kind, *, network, words=WORDS):
        target = due(account, words)
        simulator.fault(network=network, kind=kind, calls=1)
        publish_due()
        let_time_pass(target)
        target.refresh_from_db()
        assert target.status == TargetStatus.RECONCILING
        return target

    return make


def settle(*targets):
    for _ in range(4):
        for target in targets:
            let_time_pass(target)
        tick()
    for target in targets:
        target.refresh_from_db()


def assert_each_has_its_own(simulator, network, *targets):
    assert {target.status for target in targets} == {TargetStatus.POSTED}
    ids = {step.remote_id for target in targets for step in steps_of(target)}
    assert len(ids) == len(targets)
    account = targets[0].account
    assert texts(simulator, account, network=network) == [WORDS] * len(targets)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kinds", [(HERE, NOT_HERE), (NOT_HERE, HERE), (HERE, HERE)])
@pytest.mark.parametrize("first", [0, 1])
def test_one_after_the_other(simulator, connected, lose, network, kinds, first):
    """With a key the same call is answered with the first one's post: it must not have
    been given to the other target meanwhile.
    """
    account = connected(network=network)
    targets = [lose(account, kind, network=network) for kind in kinds]
    reconcile(targets[first].pk)
    settle(*targets)
    assert_each_has_its_own(simulator, network, *targets)


@pytest.mark.parametrize("network", NETWORKS)
def test_one_look_up_inside_another(simulator, connected, lose, monkeypatch, network):
    """Both have read what is known before either takes the post over."""
    account = connected(network=network)
    first = lose(account, HERE, network=network)
    second = lose(account, NOT_HERE, network=network)
    strategy = strategy_for(Platform.MASTODON)
    find = strategy.find_published

    def find_while_another_looks(*args):
        answer = find(*args)
        monkeypatch.setattr(strategy, "find_published", find)
        reconcile(second.pk)
        return answer

    monkeypatch.setattr(strategy, "find_published", find_while_another_looks)
    reconcile(first.pk)
    settle(first, second)
    assert_each_has_its_own(simulator, network, first, second)


@pytest.mark.postgresql
def test_two_look_ups_that_find_it_at_the_same_time(
    simulator, connected, lose, monkeypatch
):
    account = connected(network="fediverse")
    first = lose(account, HERE, network="fediverse")
    second = lose(account, NOT_HERE, network="fediverse")
    strategy, barrier = strategy_for(Platform.MASTODON), threading.Barrier(2)
    find = strategy.find_published

    def find_together(*args):
        answer = find(*args)
        barrier.wait(10)
        return answer

    with monkeypatch.context() as both:
        both.setattr(strategy, "find_published", find_together)
        together(lambda: reconcile(first.pk), lambda: reconcile(second.pk))
    settle(first, second)
    assert_each_has_its_own(simulator, "fediverse", first, second)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("words", [WORDS, "Good  morning"])
def test_what_another_worker_is_sending_right_now(
    simulator, connected, lose, monkeypatch, network, words
):
    account = connected(network=network)
    first = lose(account, NOT_HERE, network=network, words=words)
    strategy = strategy_for(Platform.MASTODON)
    publish = strategy.publish

    def publish_while_another_looks(*args):
        answer = publish(*args)
        monkeypatch.setattr(strategy, "publish", publish)
        reconcile(first.pk)
        return answer

    monkeypatch.setattr(strategy, "publish", publish_while_another_looks)
    second = due(account, WORDS)
    publish_due()
    settle(first, second)
    assert [target.status for target in (first, second)] == [TargetStatus.POSTED] * 2
    assert steps_of(first)[0].remote_id != steps_of(second)[0].remote_id
    assert len(texts(simulator, account, network=network)) == 2


def test_what_is_to_be_repeated_with_its_key(simulator, connected, lose):
    account = connected()
    first = lose(account, HERE, network="mastodon")
    simulator.fault(network="mastodon", kind="forbidden", on="lookup", calls=1)
    reconcile(first.pk)
    assert outcomes(first) == [AttemptOutcome.REPEATABLE]
    later = database_now() + timedelta(hours=1)
    PostTarget.objects.filter(pk=first.pk).update(due_at=later)
    second = lose(account, NOT_HERE, network="mastodon")
    reconcile(second.pk)
    settle(first, second)
    assert_each_has_its_own(simulator, "mastodon", first, second)


def test_what_a_person_sends_again(simulator, connected, lose):
    """The network answers it with the first one's post, as long as it has the key."""
    account = connected()
    first = lose(account, HERE, network="mastodon")
    simulator.fault(network="mastodon", kind="forbidden", on="lookup", calls=1)
    reconcile(first.pk)
    cancel(first.post, user=None)
    second = lose(account, NOT_HERE, network="mastodon")
    reconcile(second.pk)
    resolve_send_again(first, user=None)
    settle(first, second)
    assert_each_has_its_own(simulator, "mastodon", first, second)


def test_once_no_key_is_kept_any_more_nobody_waits(simulator, connected, lose):
    account = connected()
    first = lose(account, HERE, network="mastodon")
    second = lose(account, NOT_HERE, network="mastodon")
    long_ago = database_now() - timedelta(hours=2)
    PublishAttempt.objects.update(opened_at=long_ago)
    reconcile(second.pk)
    second.refresh_from_db()
    assert second.status == TargetStatus.POSTED
    assert outcomes(first) == [""]


def test_while_the_other_ones_key_may_be_kept_it_is_looked_for_again(
    simulator, connected, lose
):
    account = connected()
    first = lose(account, HERE, network="mastodon")
    second = lose(account, NOT_HERE, network="mastodon")
    step = steps_of(second)[0]
    long_ago = database_now() - timedelta(hours=2)
    PublishAttempt.objects.filter(step=step).update(opened_at=long_ago)
    reconcile(second.pk)
    second.refresh_from_db()
    assert (second.status, outcomes(second)) == (TargetStatus.RECONCILING, [""])
    assert "another of its posts" in second.error_message
    assert outcomes(first) == [""]


def test_a_late_answer_whose_post_was_taken_for_anothers(
    simulator, connected, lose, monkeypatch
):
    """A worker is frozen between answer and record for longer than its lease: meanwhile
    the look-up of another target took its post. Its own look-up knows that.
    """
    account, record, kept = connected(network="fediverse"), run.record_published, []

    def freeze(*args):
        kept.append(args)
        raise LeaseLost

    second = lose(account, NOT_HERE, network="fediverse")
    first = due(account, WORDS)
    with monkeypatch.context() as freezing:
        freezing.setattr(run, "record_published", freeze)
        publish_due()
    expire_lease(first)
    take_over_expired()
    reconcile(second.pk)
    second.refresh_from_db()
    assert second.status == TargetStatus.POSTED
    with pytest.raises(LeaseLost):
        record(*kept[0])
    assert outcomes(first) == [""]
    assert PublishStep.objects.unpublished().filter(target=first).exists()
    settle(first, second)
    assert_each_has_its_own(simulator, "fediverse", first, second)
