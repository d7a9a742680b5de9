"""Sign-ins that can't be renewed while something is published or looked for."""

from __future__ import annotations

import pytest

from social_media.enums import AccountStatus, Platform, TargetStatus
from social_media.models import ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.oauth.connect import connect
from social_media.platforms.errors import AuthenticationFailed
from social_media.platforms.factory import strategy_for
from social_media.publishing.doubt import PAUSED_FOR
from social_media.publishing.reconcile import reconcile
from tests.social_media.publishing.conftest import due, failing, let_time_pass, tick

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broken_renewal(monkeypatch):
    """Renewing a sign-in of X fails in a way that no code expects."""
    monkeypatch.setattr(strategy_for(Platform.X), "refresh", failing(KeyError("x")))

    def expire():
        ConnectedAccount.objects.update(token_expires_at=database_now())

    return expire


def test_a_surprise_while_renewing_costs_a_try_and_nothing_else(
    connected, broken_renewal
):
    target = due(connected(Platform.X))
    broken_renewal()
    tick()
    target.refresh_from_db()
    assert (target.status, target.tries, target.error_code) == (
        TargetStatus.SCHEDULED,
        1,
        "bug",
    )


def test_a_surprise_while_renewing_is_not_waited_for_without_end(
    lost, broken_renewal, settings
):
    target = lost(Platform.X)
    long_ago = database_now() - settings.RECONCILE_GIVE_UP_AFTER * 2
    PostTarget.objects.update(unknown_since=long_ago)
    broken_renewal()
    reconcile(target.pk)
    target.refresh_from_db()
    assert target.status == TargetStatus.UNCONFIRMED


def test_connected_again_its_doubt_is_looked_up_when_its_bell_is_stale(
    lost, simulator, settings, monkeypatch
):
    target, strategy = lost(Platform.X), strategy_for(Platform.X)
    with monkeypatch.context() as dead:
        for name in ("find_published", "refresh"):
            dead.setattr(strategy, name, failing(AuthenticationFailed("dead")))
        tick()
    target.refresh_from_db()
    assert target.account.status == AccountStatus.NEEDS_REAUTH
    assert target.due_at <= database_now() + settings.BELL_STALE_AFTER
    given = simulator.account("x", "ada")
    connect(target.account.workspace, platform="x", given=given, user=None)
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED


def test_a_paused_accounts_dead_sign_in_is_not_asked_for_again_and_again(
    lost, monkeypatch
):
    target, strategy = lost(Platform.X), strategy_for(Platform.X)
    ConnectedAccount.objects.update(status=AccountStatus.PAUSED)
    for name in ("find_published", "refresh"):
        monkeypatch.setattr(strategy, name, failing(AuthenticationFailed("dead")))
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.RECONCILING
    assert target.due_at > database_now() + PAUSED_FOR / 2
