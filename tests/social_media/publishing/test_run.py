"""From due to visible, on all networks; and every error on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    Platform,
    PostStatus,
    StepKind,
    TargetStatus,
)
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.models.clock import database_now
from social_media.models.connection import InsideTransaction
from social_media.platforms.factory import strategy_for
from social_media.publishing.claim import claim_next, claim_target
from social_media.publishing.run import publish, publish_claimed
from social_media.publishing.scan import scan
from tests.factories import PostTargetFactory
from tests.social_media.publishing.conftest import (
    due,
    let_time_pass,
    outcomes,
    steps_of,
    texts,
    tick,
    together,
)

#: With the beginning and the end of the record's transaction.
STATEMENTS = 13

pytestmark = pytest.mark.django_db(transaction=True)
NETWORKS = list(Platform)


@pytest.mark.parametrize("platform", NETWORKS)
def test_a_due_post_appears_once(simulator, connected, platform):
    account = connected(platform)
    target = due(account, "Hello, world")
    tick()
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, account) == ["Hello, world"]
    assert outcomes(target) == [AttemptOutcome.POSTED]
    assert target.remote_url == steps_of(target)[0].remote_url
    assert target.remote_url.startswith("http")
    assert Post.objects.get().status == PostStatus.POSTED
    told = ActivityLog.objects.filter(thing_id=target.pk)
    assert [row.action for row in told] == [ActivityAction.TARGET_POSTED]


@pytest.mark.parametrize("platform", NETWORKS)
def test_a_thread_appears_in_order_each_part_answering_the_one_before(
    simulator, connected, platform
):
    account = connected(platform)
    target = due(account, "one", thread=["two", "three"], first_comment="aside")
    tick()
    posts = simulator.posts(account.platform, account.handle)
    ids = {post["text"]: post["id"] for post in posts}
    assert [(post["text"], post["reply_to"]) for post in posts] == [
        ("one", None),
        ("two", ids["one"]),
        ("three", ids["two"]),
        ("aside", ids["one"]),
    ]
    assert [step.kind for step in steps_of(target)] == [
        StepKind.POST,
        StepKind.THREAD_PART,
        StepKind.THREAD_PART,
        StepKind.FIRST_COMMENT,
    ]


def test_a_bell_that_comes_twice_publishes_once(simulator, connected):
    account = connected()
    target = due(account)
    [[target_id]] = list(scan())
    publish(target_id)
    publish(target_id)
    assert texts(simulator, account) == ["Hello"]
    assert outcomes(target) == [AttemptOutcome.POSTED]


def test_the_worker_goes_on_with_the_accounts_next_targets_in_order(
    simulator, connected, settings
):
    settings.CHAIN_LIMIT = 3
    account, now = connected(), database_now()
    for number in range(4, 0, -1):
        due(account, f"{number}", scheduled_time=now - timedelta(seconds=9 - number))
    [[first]] = list(scan())
    assert publish(first) == 3
    assert texts(simulator, account) == ["1", "2", "3"]


def test_a_worker_that_shuts_down_takes_no_more(simulator, connected):
    account = connected()
    due(account, "1")
    due(account, "2")
    [[first]] = list(scan())
    assert publish(first, stopping=lambda: True) == 1
    assert texts(simulator, account) == ["1"]


def test_the_attempt_is_committed_before_the_network_is_asked(
    simulator, connected, monkeypatch
):
    """I2: seen from another connection while the call is running."""
    account = connected()
    due(account)
    seen = []
    strategy = strategy_for(account.platform)
    publish_for_real = strategy.publish

    def look_then_publish(*args):
        assert not connection.in_atomic_block
        seen.extend(
            together(lambda: list(PublishAttempt.objects.values_list("outcome")))
        )
        return publish_for_real(*args)

    monkeypatch.setattr(strategy, "publish", look_then_publish)
    tick()
    assert seen == [[("",)]]


def test_no_network_call_inside_a_transaction(connected):
    due(connected())
    [[target_id]] = list(scan())
    with transaction.atomic(), pytest.raises(InsideTransaction):
        publish(target_id)


def test_the_frozen_payload_is_sent_even_if_the_text_changed(simulator, connected):
    account = connected()
    target = due(account, "as frozen")
    simulator.fault(network="mastodon", kind="error_before", calls=1)
    tick()
    Post.objects.update(content="changed behind our back")
    let_time_pass(target)
    tick()
    let_time_pass(target)
    tick()
    assert texts(simulator, account) == ["as frozen"]


def test_what_the_ledger_holds_is_what_is_sent(simulator, connected, monkeypatch):
    """The call sends what opening the attempt returned, not what was read before."""
    account = connected()
    target = due(account, "as read")
    strategy = strategy_for(account.platform)

    def freeze_something_else(step, *_):
        payload = {**step.payload, "text": "as stored"}
        PublishStep.objects.filter(target=target).update(payload=payload)

    monkeypatch.setattr(strategy, "has_to_prepare", lambda _: True)
    monkeypatch.setattr(strategy, "prepare", freeze_something_else)
    tick()
    assert texts(simulator, account) == ["as stored"]
    assert target.attempts.get().payload["text"] == "as stored"


def test_a_rate_limit_holds_the_whole_account_and_keeps_the_order(simulator, connected):
    account, now = connected(Platform.X), database_now()
    first = due(account, "1", scheduled_time=now - timedelta(seconds=9))
    due(account, "2", scheduled_time=now - timedelta(seconds=5))
    simulator.fault(network="x", kind="rate_limited", calls=1, seconds=60)
    tick()
    tick()
    account.refresh_from_db()
    first.refresh_from_db()
    wait = account.blocked_until - now
    assert timedelta(seconds=50) < wait < timedelta(seconds=75)
    assert (first.status, first.tries) == (TargetStatus.SCHEDULED, 0)
    assert outcomes(first) == [AttemptOutcome.RATE_LIMITED]
    assert texts(simulator, account) == []
    ConnectedAccount.objects.update(blocked_until=now)
    tick()
    assert texts(simulator, account) == ["1", "2"]


def test_a_network_that_is_away_is_tried_again_later_then_failed(
    simulator, connected, settings
):
    settings.RETRY_DELAYS = [timedelta(seconds=30)]
    account = connected()
    target = due(account)
    simulator.fault(network="mastodon", kind="refuse_connection")
    tick()
    target.refresh_from_db()
    pause = target.due_at - database_now()
    assert timedelta(seconds=25) < pause < timedelta(seconds=34)
    assert (target.status, target.tries) == (TargetStatus.SCHEDULED, 1)
    assert Post.objects.get().status == PostStatus.SCHEDULED
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert (target.status, Post.objects.get().status) == (
        TargetStatus.FAILED,
        PostStatus.FAILED,
    )
    assert target.error_message
    assert outcomes(target) == [AttemptOutcome.UNAVAILABLE] * 2
    simulator.clear_faults()


def test_a_network_that_comes_back_gets_the_post_once(simulator, connected):
    account = connected()
    target = due(account)
    simulator.fault(network="mastodon", kind="refuse_connection")
    tick()
    simulator.clear_faults()
    let_time_pass(target)
    tick()
    assert texts(simulator, account) == ["Hello"]
    target.refresh_from_db()
    assert (target.status, target.error_message) == (TargetStatus.POSTED, "")


def test_a_draft_over_the_networks_limit_fails_without_a_call(simulator, connected):
    account = connected()
    target = due(account, "x" * 600)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (TargetStatus.FAILED, [])
    assert "500" in target.error_message


def test_an_expired_token_is_renewed_once_and_the_post_goes_out(simulator, connected):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="expired_token", calls=1)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert outcomes(target) == [
        AttemptOutcome.AUTHENTICATION_FAILED,
        AttemptOutcome.POSTED,
    ]
    assert texts(simulator, account) == ["Hello"]


def test_a_dead_token_stops_the_account_and_its_owner_is_told(simulator, connected):
    account = connected(Platform.MASTODON)
    target = due(account)
    simulator.fault(network="mastodon", kind="expired_token")
    tick()
    account.refresh_from_db()
    target.refresh_from_db()
    assert account.status == AccountStatus.NEEDS_REAUTH
    assert account.status_reason
    assert (target.status, target.tries) == (TargetStatus.SCHEDULED, 0)
    told = ActivityLog.objects.get(action=ActivityAction.ACCOUNT_NEEDS_REAUTH)
    assert told.thing_id == account.pk
    simulator.clear_faults()
    ConnectedAccount.objects.update(status=AccountStatus.ACTIVE)
    tick()
    assert texts(simulator, account) == ["Hello"]


def test_a_thread_resumes_at_the_first_part_that_is_missing(simulator, connected):
    account = connected(Platform.X)
    target = due(account, "one", thread=["two", "three"])
    simulator.fault(network="x", kind="rate_limited", calls=1, seconds=1, after=1)
    tick()
    assert texts(simulator, account) == ["one"]
    ConnectedAccount.objects.update(blocked_until=None)
    tick()
    assert texts(simulator, account) == ["one", "two", "three"]
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_a_first_comment_that_fails_never_fails_the_post(simulator, connected):
    account = connected(Platform.X)
    target = due(account, "one", first_comment="aside")
    simulator.fault(network="x", kind="forbidden", after=1)
    tick()
    target.refresh_from_db()
    assert (target.status, target.error_code) == (TargetStatus.POSTED, "first_comment")
    assert target.error_message.startswith("The post is out")
    assert Post.objects.get().status == PostStatus.POSTED
    simulator.clear_faults()
    tick()
    assert texts(simulator, account) == ["one"]


@pytest.mark.postgresql
def test_many_targets_of_one_post_settle_it_together(simulator, connected):
    """The hole: derived without a lock, some posts stay `posting` for ever."""
    accounts = [connected(handle=f"ada{number}") for number in range(6)]
    first = due(accounts[0])
    for account in accounts[1:]:
        PostTargetFactory(post=first.post, account=account, due_at=first.due_at)
    ids = [target_id for batch in scan() for target_id in batch]
    assert len(ids) == 6
    together(*[lambda wanted=target_id: publish(wanted) for target_id in ids])
    assert Post.objects.get().status == PostStatus.POSTED
    assert set(PostTarget.objects.values_list("status", flat=True)) == {
        TargetStatus.POSTED
    }


@pytest.mark.parametrize("network", Platform)
def test_a_chained_post_takes_thirteen_statements(simulator, connected, network):
    """docs/performance.md tells the number; each one more is paid for every post."""
    account = connected(network)
    for text in ("one", "two", "three"):
        due(account, text)
    [[first]] = list(scan())
    publish_claimed(claim_target(first))
    publish_claimed(claim_next(account.pk))  # its statement is written down by now
    with CaptureQueriesContext(connection) as captured:
        publish_claimed(claim_next(account.pk))
    assert len(texts(simulator, account)) == 3
    assert len(captured) == STATEMENTS
