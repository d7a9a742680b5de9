"""Lost answers: found, absent, or told to a person; never sent again blindly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    Platform,
    PostStatus,
    TargetStatus,
)
from social_media.models import ActivityLog, ConnectedAccount, Post, PostTarget
from social_media.models.clock import database_now
from social_media.posts.recheck import recheck
from social_media.publishing.reconcile import due_look_ups, reconcile
from social_media.publishing.run import publish
from social_media.publishing.scan import scan
from tests.factories import UserFactory
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.publishing.conftest import (
    due,
    let_time_pass,
    outcomes,
    steps_of,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)
NETWORKS = list(Platform)
ACCEPTED = ["accept_then_hang", "accept_then_reset", "accept_then_500"]


@pytest.mark.parametrize("platform", NETWORKS)
@pytest.mark.parametrize("kind", ACCEPTED)
def test_accepted_but_the_answer_was_lost(simulator, connected, platform, kind):
    """I4: found by a look-up and adopted; once on the network."""
    account = connected(platform)
    target = due(account)
    simulator.fault(network=platform, kind=kind, calls=1)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (TargetStatus.RECONCILING, [""])
    assert Post.objects.get().status == PostStatus.RECONCILING
    tick()  # not due yet, or not sent again
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.ADOPTED],
    )
    assert texts(simulator, account) == ["Hello"]
    assert steps_of(target)[0].remote_id != ""
    assert target.remote_url.startswith("http")
    assert Post.objects.get().status == PostStatus.POSTED


@pytest.mark.parametrize("platform", NETWORKS)
def test_a_500_before_accepting_is_looked_for_then_sent_again(
    simulator, connected, platform
):
    account = connected(platform)
    target = due(account)
    simulator.fault(network=platform, kind="error_before", calls=1)
    tick()
    let_time_pass(target)
    tick()
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.ABSENT, AttemptOutcome.POSTED],
    )
    assert texts(simulator, account) == ["Hello"]
    first, second = target.attempts.order_by("opened_at")
    assert first.payload == second.payload


def test_absence_is_not_believed_before_deadline_and_settle_time(simulator, connected):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="error_before", calls=1)
    tick()
    recheck(target, user=UserFactory())  # an impatient operator
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (TargetStatus.RECONCILING, [""])
    assert target.due_at > database_now()


def test_a_thread_goes_on_after_a_lost_answer_in_its_middle(simulator, connected):
    account = connected(Platform.X)
    target = due(account, "one", thread=["two", "three"])
    simulator.fault(network="x", kind="accept_then_reset", calls=1, after=1)
    tick()
    let_time_pass(target)
    tick()
    tick()
    assert texts(simulator, account) == ["one", "two", "three"]
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_where_the_network_cannot_tell_a_person_decides(simulator, connected):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="x", kind="forbidden", on="lookup")
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert (target.status, target.error_code) == (
        TargetStatus.UNCONFIRMED,
        "unconfirmed",
    )
    assert Post.objects.get().status == PostStatus.UNCONFIRMED
    told = ActivityLog.objects.filter(action=ActivityAction.TARGET_UNCONFIRMED)
    assert [row.thing_id for row in told] == [target.pk]
    tick()
    assert texts(simulator, account) == ["Hello"]


def test_a_repeat_that_comes_too_late_for_the_key_is_looked_for_first(
    simulator, connected
):
    """I4: between "may be repeated" and the send the account may wait for hours."""
    account = connected(Platform.MASTODON)
    target = due(account)
    simulator.fault(network="mastodon", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="mastodon", kind="forbidden", on="lookup")
    let_time_pass(target)
    reconcile(target.pk)
    assert outcomes(target) == [AttemptOutcome.REPEATABLE]
    [step] = steps_of(target)
    assert step.repeat_until > database_now() + timedelta(minutes=40)
    step.repeat_until = database_now()
    step.save()
    [[target_id]] = list(scan())
    publish(target_id)
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (TargetStatus.RECONCILING, [""])
    simulator.clear_faults()
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.ADOPTED],
    )
    assert texts(simulator, account) == ["Hello"]


def test_a_repeat_in_time_gets_the_first_ones_answer(simulator, connected):
    account = connected(Platform.MASTODON)
    target = due(account)
    simulator.fault(network="mastodon", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="mastodon", kind="forbidden", on="lookup")
    let_time_pass(target)
    tick()
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.REPEATABLE, AttemptOutcome.POSTED],
    )
    assert texts(simulator, account) == ["Hello"]


def test_a_look_up_that_fails_is_made_again(simulator, connected):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="x", kind="error_before", calls=1, on="lookup")
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.RECONCILING
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_a_look_up_that_is_never_answered_ends_with_a_person(
    simulator, connected, settings
):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="x", kind="error_before", on="lookup")
    long_ago = database_now() - settings.RECONCILE_GIVE_UP_AFTER * 2
    PostTarget.objects.update(unknown_since=long_ago)
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.UNCONFIRMED
    assert texts(simulator, account) == ["Hello"]


def test_words_that_no_column_holds_end_a_doubt_all_the_same(lost):
    """A person's own server may say anything, a NUL among it."""
    target = lost(Platform.BLUESKY)
    with ScriptedServer() as server:
        path = "/xrpc/com.atproto.repo.getRecord"
        words = {"error": "InvalidRequest", "message": "no\x00pe"}
        server.answer("GET", path, words, status=400)
        ConnectedAccount.objects.update(server=server.url)
        reconcile(target.pk)
        assert server.asked("GET") != []
    target.refresh_from_db()
    assert target.status == TargetStatus.SCHEDULED
    assert outcomes(target) == [AttemptOutcome.REPEATABLE]


def test_a_dead_token_stops_looking_until_the_account_is_back(simulator, connected):
    account = connected(Platform.MASTODON)
    target = due(account)
    simulator.fault(network="mastodon", kind="accept_then_reset", calls=1)
    tick()
    simulator.fault(network="mastodon", kind="expired_token", on="lookup")
    let_time_pass(target)
    tick()
    account.refresh_from_db()
    assert account.status == AccountStatus.NEEDS_REAUTH
    let_time_pass(target)
    assert due_look_ups() == []
    simulator.clear_faults()
    ConnectedAccount.objects.update(status=AccountStatus.ACTIVE)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_a_refused_duplicate_is_not_taken_for_ours(simulator, connected):
    """X: the same words went out before; this post did not, and its owner is told."""
    account = connected(Platform.X)
    due(account, "same words")
    tick()
    target = due(account, "same words")
    tick()
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert (target.status, target.error_code) == (TargetStatus.FAILED, "duplicate")
    assert texts(simulator, account) == ["same words"]


@pytest.mark.parametrize("platform", NETWORKS)
def test_the_same_words_twice_are_two_posts(simulator, connected, platform):
    """A lost answer of the second must not be adopted from the first."""
    account = connected(platform)
    first = due(account, "good morning")
    tick()
    second = due(account, "good morning")
    simulator.fault(network=platform, kind="error_before", calls=1)
    tick()
    let_time_pass(second)
    tick()
    let_time_pass(second)
    tick()
    ids = {step.remote_id for target in (first, second) for step in steps_of(target)}
    if platform == Platform.X:  # refuses the same words itself
        assert texts(simulator, account) == ["good morning"]
    else:
        assert texts(simulator, account) == ["good morning"] * 2
        assert len(ids) == 2


def test_look_ups_are_named_once_per_stale_age(simulator, connected):
    target = due(connected(Platform.X))
    simulator.fault(network="x", kind="accept_then_reset", calls=1)
    tick()
    let_time_pass(target)
    assert due_look_ups() == [target.pk]
    assert due_look_ups() == []


@pytest.mark.postgresql
def test_of_two_that_look_one_settles_it(simulator, connected):
    """I1 holds for look-ups too."""
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="error_before", calls=1)
    tick()
    let_time_pass(target)
    together(*[lambda: reconcile(target.pk)] * 4)
    tick()
    target.refresh_from_db()
    assert (target.status, target.tries) == (TargetStatus.POSTED, 1)
    assert texts(simulator, account) == ["Hello"]


def test_others_of_the_account_go_on_meanwhile(simulator, connected):
    account = connected(Platform.X)
    now = database_now()
    due(account, "1", scheduled_time=now - timedelta(seconds=9))
    due(account, "2", scheduled_time=now - timedelta(seconds=5))
    simulator.fault(network="x", kind="error_before", calls=1)
    tick()
    tick()
    assert texts(simulator, account) == ["2"]
