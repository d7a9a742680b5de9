"""What seldom happens: surprises in a library, rows that change under our hands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.ids import new_id
from social_media.enums import (
    AccountStatus,
    AttemptOutcome,
    LatePolicy,
    Platform,
    TargetStatus,
)
from social_media.models import Post, PostTarget, PublishAttempt, PublishStep
from social_media.models.clock import database_now
from social_media.platforms.errors import AuthenticationFailed, Unavailable
from social_media.platforms.factory import strategy_for
from social_media.publishing import claim, reconcile, run, takeover
from social_media.publishing.claim import claim_target
from social_media.publishing.lease import Lease
from social_media.publishing.scan import scan
from social_media.publishing.takeover import take_over_expired
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    PublishAttemptFactory,
    PublishStepFactory,
)
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    let_time_pass,
    outcomes,
    steps_of,
    texts,
    tick,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before(monkeypatch):
    """Do something right before a function runs, the first time."""

    def hook(where, name, action):
        function, done = getattr(where, name), []

        def hooked(*args, **kwargs):
            if not done:
                done.append(True)
                action()
            return function(*args, **kwargs)

        monkeypatch.setattr(where, name, hooked)
        if name == "prepare" and where is not run:
            monkeypatch.setattr(where, "has_to_prepare", lambda _: True)

    return hook


def raising(error):
    def raise_it():
        raise error

    return raise_it


def given_to_another(target):
    """As if the lease had been lost to another worker."""
    rows = PostTarget.objects.filter(pk=target.pk)
    return lambda: rows.update(attempt_token=new_id())


def test_a_surprise_after_the_network_accepted_is_looked_for(
    simulator, connected, monkeypatch
):
    account = connected()
    target = due(account)
    strategy = strategy_for(account.platform)
    publish = strategy.publish

    def surprise(*args):
        publish(*args)
        raise KeyError("Authorization: Bearer secret-token")

    monkeypatch.setattr(strategy, "publish", surprise)
    tick()
    target.refresh_from_db()
    assert (target.status, target.error_code) == (TargetStatus.RECONCILING, "bug")
    assert target.error_message.endswith("(KeyError).")
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, account) == ["Hello"]


def test_a_surprise_before_anything_was_sent_is_tried_again(
    simulator, connected, before
):
    account = connected()
    target = due(account)
    before(strategy_for(account.platform), "prepare", raising(KeyError("odd")))
    tick()
    target.refresh_from_db()
    assert (target.status, target.tries, outcomes(target)) == (
        TargetStatus.SCHEDULED,
        1,
        [],
    )
    let_time_pass(target)
    tick()
    assert texts(simulator, account) == ["Hello"]


def test_a_token_refused_while_preparing_is_renewed(simulator, connected, before):
    account = connected(Platform.X)
    due(account)
    refused = AuthenticationFailed("expired")
    before(strategy_for(account.platform), "prepare", raising(refused))
    tick()
    assert texts(simulator, account) == ["Hello"]


def test_a_token_refused_while_preparing_that_cannot_be_renewed(connected, before):
    account = connected(Platform.MASTODON)
    target = due(account)
    refused = AuthenticationFailed("expired")
    before(strategy_for(account.platform), "prepare", raising(refused))
    tick()
    account.refresh_from_db()
    assert (account.status, outcomes(target)) == (AccountStatus.NEEDS_REAUTH, [])


def test_a_token_refused_while_looking_is_renewed(simulator, connected):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="x", kind="expired_token", calls=1, on="lookup")
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_what_preparing_found_out_is_kept(simulator, connected):
    account = connected(Platform.BLUESKY)
    target = due(account, f"Hello @{account.handle}")
    tick()
    [step] = steps_of(target)
    assert step.checkpoint == {"mentions": {account.handle: account.remote_id}}


def test_a_target_deleted_after_the_claim_ends_the_work():
    target = due(ConnectedAccountFactory(), status=TargetStatus.QUEUED)
    taken = claim_target(target.pk)
    target.post.delete()
    assert run.publish_claimed(taken) is None


def test_a_target_deleted_before_the_look_up_ends_it(before):
    target = PostTargetFactory(status=TargetStatus.RECONCILING)
    before(reconcile, "load_work", lambda: Post.objects.all().delete())
    reconcile.reconcile(target.pk)
    assert PostTarget.objects.count() == 0


def test_a_late_failure_that_closed_the_attempt_lets_it_be_sent(simulator, connected):
    account = connected()
    target = due(account)
    simulator.fault(network="mastodon", kind="error_before", calls=1)
    tick()
    attempts = PublishAttempt.objects.filter(target=target)
    attempts.update(outcome=AttemptOutcome.UNAVAILABLE, closed_at=database_now())
    let_time_pass(target)
    tick()
    tick()
    assert texts(simulator, account) == ["Hello"]


def test_a_first_comment_in_doubt_for_ever_never_fails_the_post(simulator, connected):
    account = connected(Platform.X)
    target = due(account, "one", first_comment="aside")
    simulator.fault(network="x", kind="accept_then_reset", calls=1, after=1)
    tick()
    simulator.fault(network="x", kind="forbidden", on="lookup")
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert (target.status, target.error_code) == (TargetStatus.POSTED, "first_comment")
    assert "" not in outcomes(target)


def test_a_verdict_of_one_who_lost_the_lease_is_not_written(
    simulator, connected, before
):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="error_before", calls=1)
    tick()
    let_time_pass(target)
    strategy = strategy_for(account.platform)
    before(strategy, "find_published", given_to_another(target))
    reconcile.reconcile(target.pk)
    target.refresh_from_db()
    assert (target.status, target.tries) == (TargetStatus.RECONCILING, 0)


def test_nothing_left_to_publish_settles_it_without_a_call(simulator, connected):
    account = connected()
    target = due(account)
    PublishStepFactory(target=target, remote_id="1", remote_url="https://there.example")
    tick()
    target.refresh_from_db()
    assert (target.status, target.remote_url, outcomes(target)) == (
        TargetStatus.POSTED,
        "https://there.example",
        [],
    )
    assert texts(simulator, account) == []


def test_a_failure_that_comes_after_the_take_over_only_closes_its_attempt(
    connected, before
):
    account = connected()
    target = due(account)

    def taken_over_then_refused():
        expire_lease(target)
        take_over_expired()
        raise Unavailable("refused")

    before(strategy_for(account.platform), "publish", taken_over_then_refused)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.RECONCILING,
        [AttemptOutcome.UNAVAILABLE],
    )


def test_one_who_lost_the_lease_while_preparing_sends_nothing(
    simulator, connected, before
):
    account = connected()
    target = due(account)
    strategy = strategy_for(account.platform)
    before(strategy, "prepare", given_to_another(target))
    tick()
    assert (outcomes(target), texts(simulator, account)) == ([], [])


def test_one_who_lost_the_lease_with_nothing_left_writes_nothing(connected, before):
    target = due(connected())
    PublishStepFactory(target=target, remote_id="1", remote_url="https://there.example")
    before(run, "record_complete", given_to_another(target))
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTING


def test_one_who_lost_the_lease_before_a_renewed_doubt_writes_nothing(
    connected, before
):
    target = due(connected())
    past = database_now()
    step = PublishStepFactory(target=target, repeat_until=past)
    repeatable = AttemptOutcome.REPEATABLE
    PublishAttemptFactory(step=step, target=target, outcome=repeatable)
    before(run, "record_doubt", given_to_another(target))
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTING


def test_a_short_lease_is_renewed_before_the_call(simulator, connected, settings):
    account = connected()
    strategy = strategy_for(account.platform)
    settings.LEASE = type(settings.LEASE)(seconds=strategy.config.deadline * 1.5)
    due(account)
    tick()
    assert texts(simulator, account) == ["Hello"]


def test_a_call_that_no_longer_fits_into_the_lease_is_not_made(
    simulator, connected, monkeypatch, settings
):
    """The machine was suspended between writing the attempt and making the call."""
    account = connected()
    target = due(account)
    [[target_id]] = list(scan())
    open_attempt, asleep = run.open_attempt, Lease.clock() + 3600

    def open_then_sleep(*args, **kwargs):
        made = open_attempt(*args, **kwargs)
        monkeypatch.setattr(Lease, "clock", staticmethod(lambda: asleep))
        return made

    monkeypatch.setattr(run, "open_attempt", open_then_sleep)
    run.publish(target_id)
    assert (outcomes(target), texts(simulator, account)) == (
        [AttemptOutcome.UNAVAILABLE],
        [],
    )


def test_a_lease_renewed_at_the_last_moment_is_not_taken_over(before, settings):
    target = PostTargetFactory(status=TargetStatus.POSTING)
    expire_lease(target)
    rows = PostTarget.objects.filter(pk=target.pk)
    alive = database_now() + settings.LEASE
    before(takeover, "lock_post", lambda: rows.update(lease_expires_at=alive))
    assert take_over_expired() == 0


def test_a_late_target_that_a_person_rescheduled_meanwhile_is_not_skipped(before):
    account = ConnectedAccountFactory(workspace__late_policy=LatePolicy.SKIP)
    target = due(account, status=TargetStatus.QUEUED)
    rows = PostTarget.objects.filter(pk=target.pk)
    rows.update(late_after=database_now() - timedelta(seconds=1))
    before(claim, "lock_post", lambda: rows.update(late_after=None))
    assert claim_target(target.pk) is None
    target.refresh_from_db()
    assert target.status == TargetStatus.QUEUED
    assert PublishStep.objects.count() == 0
