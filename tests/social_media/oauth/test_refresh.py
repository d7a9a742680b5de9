"""Keeping tokens usable: one at a time, nothing locked, the new pair stored first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import Platform
from social_media.models import ConnectedAccount
from social_media.models.clock import database_now
from social_media.oauth.refresh import refreshed_credentials, usable_credentials
from social_media.platforms.base import Credentials
from social_media.platforms.errors import AuthenticationFailed, NotReady, Unavailable
from social_media.platforms.factory import strategy_for
from tests.social_media.publishing.conftest import connected, failing, together

__all__ = ["connected"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(connected):
    return connected(Platform.X)


def expiring(account, seconds):
    expires = database_now() + timedelta(seconds=seconds)
    ConnectedAccount.objects.filter(pk=account.pk).update(token_expires_at=expires)
    account.refresh_from_db()


def test_a_token_that_lasts_is_used_as_it_is(account):
    expiring(account, 3600)
    before = account.secrets
    assert usable_credentials(account).secrets == before


def test_a_token_about_to_expire_is_renewed_and_stored_before_it_is_used(account):
    expiring(account, 60)
    before = account.secrets
    made = usable_credentials(account)
    stored = ConnectedAccount.objects.get()
    assert made.secrets == stored.secrets
    assert made.secrets["refresh_token"] != before["refresh_token"]
    assert stored.token_expires_at > database_now() + timedelta(minutes=30)
    assert (stored.refresh_token_holder, stored.refresh_lease_expires_at) == (
        None,
        None,
    )


def test_a_refused_refresh_means_connecting_again(account):
    secrets = {**account.secrets, "refresh_token": "spent"}
    ConnectedAccount.objects.update(secrets=secrets)
    account.refresh_from_db()
    expiring(account, -60)
    assert isinstance(usable_credentials(account), AuthenticationFailed)


def test_a_token_that_still_works_is_used_while_the_network_is_away(simulator, account):
    expiring(account, 60)
    simulator.fault(network="x", kind="error_before", on="refresh")
    assert isinstance(usable_credentials(account), Credentials)
    expiring(account, -60)
    assert isinstance(usable_credentials(account), Unavailable)
    assert ConnectedAccount.objects.get().refresh_token_holder is None


def test_a_surprise_while_renewing_counts_as_unavailable(account, monkeypatch):
    expiring(account, -60)
    monkeypatch.setattr(strategy_for(Platform.X), "refresh", failing(KeyError("x")))
    assert isinstance(usable_credentials(account), Unavailable)
    assert ConnectedAccount.objects.get().refresh_token_holder is None


def test_where_there_is_nothing_to_renew_the_account_must_be_connected_again(
    connected,
):
    account = connected(Platform.MASTODON)
    assert isinstance(refreshed_credentials(account), AuthenticationFailed)


def test_what_another_process_renewed_meanwhile_is_used(account):
    stale = ConnectedAccount.objects.get()
    fresh = refreshed_credentials(account)
    assert refreshed_credentials(stale).secrets == fresh.secrets


def test_while_another_process_renews_it_we_wait(account):
    lease = database_now() + timedelta(seconds=30)
    ConnectedAccount.objects.update(refresh_lease_expires_at=lease)
    made = refreshed_credentials(account)
    assert isinstance(made, NotReady)
    assert made.check_at > database_now()


def taken_over(monkeypatch, meanwhile):
    """The next renewal takes so long that its lease ends; `meanwhile` happens then."""
    strategy = strategy_for(Platform.X)
    renew = strategy.refresh

    def slow(credentials):
        session = renew(credentials)
        monkeypatch.setattr(strategy, "refresh", renew)
        past = database_now() - timedelta(seconds=1)
        ConnectedAccount.objects.update(refresh_lease_expires_at=past)
        meanwhile(ConnectedAccount.objects.get())
        return session

    monkeypatch.setattr(strategy, "refresh", slow)


def test_a_pair_that_came_after_its_lease_is_kept(simulator, account, monkeypatch):
    """Another process held the lease meanwhile, and the network was away for it."""

    def renew_too(row):
        simulator.fault(network="x", kind="error_before", on="refresh", calls=1)
        assert isinstance(refreshed_credentials(row), Unavailable)

    spent = account.secrets["refresh_token"]
    taken_over(monkeypatch, renew_too)
    made = refreshed_credentials(account)
    row = ConnectedAccount.objects.get()
    assert made.secrets["refresh_token"] != spent
    assert (made.secrets, row.refresh_token_holder) == (row.secrets, None)
    assert strategy_for(Platform.X).check(made).remote_id == row.remote_id


def test_a_pair_that_came_late_replaces_no_other_sign_in(account, monkeypatch):
    mine = {"access_token": "of a person"}

    def connected_again(row):
        row.secrets, row.refresh_token_holder = mine, None
        row.save()

    taken_over(monkeypatch, connected_again)
    assert refreshed_credentials(account).secrets == mine
    assert ConnectedAccount.objects.get().secrets == mine


def test_a_pair_that_came_late_wakes_no_disconnected_account(account, monkeypatch):
    def disconnected(row):
        row.secrets, row.status, row.refresh_token_holder = None, "disconnected", None
        row.save()

    taken_over(monkeypatch, disconnected)
    assert isinstance(refreshed_credentials(account), AuthenticationFailed)
    row = ConnectedAccount.objects.get()
    assert (row.status, row.secrets) == ("disconnected", None)


@pytest.mark.postgresql
def test_of_many_one_renews_and_a_single_use_token_survives(account):
    copies = [ConnectedAccount.objects.get() for _ in range(5)]
    made = together(*[lambda one=copy: refreshed_credentials(one) for copy in copies])
    good = [one for one in made if isinstance(one, Credentials)]
    assert good
    assert {type(one) for one in made} <= {Credentials, NotReady}
    last = ConnectedAccount.objects.get()
    assert {one.secrets["refresh_token"] for one in good} == {
        last.secrets["refresh_token"]
    }
    assert isinstance(refreshed_credentials(last), Credentials)


@pytest.mark.postgresql
def test_nothing_is_locked_while_the_network_is_asked(simulator, account):
    simulator.fault(network="x", kind="slow", on="refresh", seconds=0.5)

    def touch():
        began = database_now()
        ConnectedAccount.objects.filter(pk=account.pk).update(label="touched")
        return database_now() - began

    made, waited = together(lambda: refreshed_credentials(account), touch)
    assert isinstance(made, Credentials)
    assert waited < timedelta(seconds=0.4)
