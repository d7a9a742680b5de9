"""Asking a network whether an account still works."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from social_media.models import ActivityLog, ConnectedAccount
from social_media.oauth.check import check
from social_media.oauth.connect import connect
from social_media.oauth.errors import AccountDisconnected
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    RateLimited,
    Unavailable,
)
from social_media.platforms.factory import strategy_for
from social_media.publishing.reconcile import due_look_ups
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    UserFactory,
    WorkspaceFactory,
    now,
)
from tests.social_media.publishing.conftest import failing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def connected(simulator, user):
    """An account on the simulator, by the network's name."""

    def make(platform):
        given = simulator.account(platform, "ada")
        workspace = WorkspaceFactory()
        made = connect(workspace, platform=platform, given=given, user=user)
        ActivityLog.objects.all().delete()
        return made

    return make


def changed(account, **columns):
    ConnectedAccount.objects.filter(pk=account.pk).update(**columns)
    account.refresh_from_db()


@pytest.mark.parametrize("platform", ["x", "bluesky", "mastodon"])
def test_what_works_is_brought_up_to_date(connected, user, platform):
    account = connected(platform)
    handle, secrets = account.handle, account.secrets
    changed(account, handle="old", checked_at=None, settings={"own": 1})
    check(account, user=user)
    assert (account.handle, account.status, account.settings["own"]) == (
        handle,
        "active",
        1,
    )
    assert account.checked_at is not None
    assert account.secrets == secrets
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.thing_id, entry.user) == (
        "account.checked",
        account.pk,
        user,
    )


def test_a_dead_sign_in_holds_the_account_until_it_works_again(connected, user):
    account = connected("mastodon")
    alive = account.secrets
    changed(account, secrets={"access_token": "dead"})
    check(account, user=user)
    assert account.status == "needs_reauth"
    assert account.status_reason != ""
    later = now() + timedelta(minutes=15)
    target = PostTargetFactory(account=account, status="reconciling", due_at=later)
    assert due_look_ups() == []
    changed(account, secrets=alive)
    check(account, user=user)
    assert (account.status, account.status_reason) == ("active", "")
    # What is in doubt there can be looked for now.
    assert due_look_ups() == [target.pk]


def test_an_expired_token_is_renewed_first(connected, user):
    account = connected("bluesky")
    changed(account, token_expires_at=now())
    old = account.secrets
    check(account, user=user)
    assert account.status == "active"
    assert account.secrets != old
    assert account.token_expires_at > now()


def test_a_paused_account_stays_paused(connected, user):
    account = connected("mastodon")
    changed(account, status="paused")
    check(account, user=user)
    assert account.status == "paused"


@pytest.mark.parametrize(
    ("kind", "on", "error"),
    [
        ("refuse_connection", {}, Unavailable),
        ("rate_limited", {"on": "any"}, RateLimited),
    ],
)
def test_a_network_that_can_t_be_asked_changes_nothing(
    simulator, connected, user, kind, on, error
):
    account = connected("mastodon")
    simulator.fault("mastodon", kind, seconds=30, **on)
    with pytest.raises(error):
        check(account, user=user)
    assert ConnectedAccount.objects.get().status == "active"
    assert not ActivityLog.objects.exists()


def test_a_token_that_can_t_be_renewed_now_changes_nothing(simulator, connected, user):
    account = connected("bluesky")
    changed(account, token_expires_at=now())
    simulator.fault("bluesky", "refuse_connection", seconds=30)
    with pytest.raises(Unavailable):
        check(account, user=user)
    assert ConnectedAccount.objects.get().status == "active"


@pytest.fixture
def again_meanwhile(connected, simulator, user, monkeypatch):
    """An account that is connected again while its old sign-in is being checked."""
    account = connected("mastodon")
    strategy = strategy_for("mastodon")
    ask = strategy.check

    def slow(credentials):
        monkeypatch.setattr(strategy, "check", ask)
        workspace, given = account.workspace, simulator.account("mastodon", "ada")
        connect(workspace, platform="mastodon", given=given, user=user)
        return ask(credentials)

    monkeypatch.setattr(strategy, "check", slow)
    changed(account, secrets={"access_token": "dead"})
    return account


def test_connected_again_meanwhile_it_works(again_meanwhile, user):
    check(again_meanwhile, user=user)
    assert ConnectedAccount.objects.get().status == "active"


def test_what_was_said_of_an_old_sign_in_is_not_the_new_ones(
    again_meanwhile, user, monkeypatch
):
    strategy = strategy_for("mastodon")
    slow = strategy.check

    def blocked(credentials):
        with contextlib.suppress(AuthenticationFailed):
            slow(credentials)
        raise AccountBlocked("Suspended.")

    monkeypatch.setattr(strategy, "check", blocked)
    check(again_meanwhile, user=user)
    assert ConnectedAccount.objects.get().status == "active"


def test_an_answer_that_nobody_expected_changes_nothing(connected, user, monkeypatch):
    account = connected("mastodon")
    monkeypatch.setattr(strategy_for("mastodon"), "check", failing(KeyError("id")))
    with pytest.raises(Unavailable):
        check(account, user=user)
    assert ConnectedAccount.objects.get().status == "active"


def test_a_disconnected_account_is_not_asked(user):
    account = ConnectedAccountFactory(status="disconnected")
    with pytest.raises(AccountDisconnected):
        check(account, user=user)


def test_what_others_learn_meanwhile_stays(connected, user, monkeypatch):
    account = connected("mastodon")
    strategy = strategy_for("mastodon")
    ask = strategy.check

    def slow(credentials):
        rows = ConnectedAccount.objects.filter(pk=account.pk)
        rows.update(settings={**account.settings, "posts_per_day": 5})
        return ask(credentials)

    monkeypatch.setattr(strategy, "check", slow)
    names = set(account.settings)
    changed(account, settings={})
    check(account, user=user)
    assert account.settings["posts_per_day"] == 5
    assert set(account.settings) == names | {"posts_per_day"}
