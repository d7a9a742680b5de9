"""Sign-ins that can't be renewed while something is published or looked for."""

from __future__ import annotations

import pytest

from social_media.enums import Platform, TargetStatus
from social_media.models import ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.platforms.factory import strategy_for
from social_media.publishing.reconcile import reconcile
from tests.social_media.publishing.conftest import due, failing, tick

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
