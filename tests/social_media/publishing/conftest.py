"""Accounts on the simulator, and a pipeline driven one tick at a time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from social_media.enums import AttemptOutcome, Platform, PostStatus, TargetStatus
from social_media.models import PostTarget, PublishAttempt, PublishStep
from social_media.models.clock import database_now
from social_media.platforms.factory import strategy_for
from social_media.publishing.claim import decline_late
from social_media.publishing.reconcile import due_look_ups, reconcile
from social_media.publishing.run import publish
from social_media.publishing.scan import forget_stale_bells, scan
from social_media.publishing.takeover import take_over_expired
from tests.factories import (
    ConnectedAccountFactory,
    PostFactory,
    PostTargetFactory,
    ThreadPartFactory,
)


@pytest.fixture
def connected(simulator):
    """Makes a connected account with working tokens.

    `network`: where the simulator has another one that speaks the platform's API.
    """

    def connect(platform=Platform.MASTODON, handle="ada", *, network="", **fields):
        given = simulator.account(network or platform, handle)
        identity = strategy_for(platform).verify(given)
        return ConnectedAccountFactory(
            platform=platform,
            server=identity.server,
            remote_id=identity.remote_id,
            handle=identity.handle,
            secrets=dict(identity.session.secrets),
            token_expires_at=identity.session.expires_at,
            settings=dict(identity.settings),
            **fields,
        )

    return connect


def due(account, content="Hello", *, thread=(), status=TargetStatus.SCHEDULED, **post):
    """A target of `account` that is due now, with its post."""
    moment = post.pop("scheduled_time", None) or database_now() - timedelta(seconds=1)
    made = PostFactory(
        workspace=account.workspace,
        content=content,
        status=PostStatus.SCHEDULED,
        scheduled_time=moment,
        **post,
    )
    for position, text in enumerate(thread, start=1):
        ThreadPartFactory(post=made, position=position, content=text)
    return PostTargetFactory(post=made, account=account, status=status, due_at=moment)


def tick():
    """One scan with all its bells answered, here and now."""
    decline_late()
    forget_stale_bells()
    take_over_expired()
    publish_due()
    for target_id in due_look_ups():
        reconcile(target_id)


def publish_due():
    """One scan with its bells answered, and nothing else."""
    for batch in scan():
        for target_id in batch:
            publish(target_id)


def expire_lease(target):
    """As if LEASE had passed."""
    past = database_now() - timedelta(seconds=1)
    PostTarget.objects.filter(pk=target.pk).update(lease_expires_at=past)


def let_time_pass(target):
    """As if the last call's deadline, the settle time and every pause had passed."""
    past = database_now() - timedelta(seconds=1)
    PublishAttempt.objects.filter(target=target).update(
        give_up_at=past - timedelta(minutes=5)
    )
    PostTarget.objects.filter(pk=target.pk).update(due_at=past)


def texts(simulator, account, *, network=""):
    """What stands on the network, oldest first."""
    posts = simulator.posts(network or account.platform, account.handle)
    return [post["text"] for post in posts]


def steps_of(target):
    return list(PublishStep.objects.filter(target=target).order_by("position"))


def outcomes(target):
    """The ledger, oldest first; "" is an open attempt."""
    rows = PublishAttempt.objects.filter(target=target).order_by("opened_at", "pk")
    return list(rows.values_list("outcome", flat=True))


def together(*calls):
    """Run all at the same time, each on its own database connection."""
    barrier, results, errors = threading.Barrier(len(calls)), {}, []

    def run(number, call):
        try:
            barrier.wait(timeout=10)
            results[number] = call()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(number, call))
        for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert errors == []
    return [results[number] for number in range(len(calls))]


@pytest.fixture
def lost(simulator, connected):
    """A target whose answer was lost, due for its look-up."""

    def lose(platform=Platform.MASTODON, **post):
        target = due(connected(platform), **post)
        simulator.fault(network=platform, kind="accept_then_reset", calls=1)
        tick()
        let_time_pass(target)
        return target

    return lose


@pytest.fixture
def repeatable(simulator, lost):
    """A target that may be live and whose call may be repeated."""

    def make(**post):
        target = lost(**post)
        simulator.fault(network="mastodon", kind="forbidden", on="lookup", calls=1)
        reconcile(target.pk)
        target.refresh_from_db()
        assert outcomes(target) == [AttemptOutcome.REPEATABLE]
        return target

    return make


@pytest.fixture
def begun(simulator, connected):
    """A target whose first part is out while the rest waits for a rate limit."""

    def begin(content="one", **post):
        target = due(connected(), content, **post)
        simulator.fault(network="mastodon", kind="rate_limited", calls=1, after=1)
        tick()
        target.refresh_from_db()
        assert target.status == TargetStatus.SCHEDULED
        return target

    return begin


def failing(error):
    def fail(*_args):
        raise error

    return fail
