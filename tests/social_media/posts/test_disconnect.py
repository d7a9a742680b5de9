"""Disconnecting an account and what becomes of its posts."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from social_media.models import ActivityLog, ConnectedAccount, Post, PostTarget
from social_media.oauth.connect import connect
from social_media.oauth.credentials import credentials_of
from social_media.oauth.errors import AccountBusy
from social_media.platforms.errors import AuthenticationFailed
from social_media.platforms.factory import strategy_for
from social_media.posts.disconnect import CALLED_OFF, UNSETTLED, disconnect
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    UserFactory,
    WorkspaceFactory,
)
from tests.social_media.posts.composing import stored
from tests.social_media.publishing.conftest import failing

# Telling the network needs that no transaction is open.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    return ConnectedAccountFactory()


def target(account, status):
    return PostTargetFactory(account=account, status=status)


def test_its_secrets_are_wiped_and_the_row_stays(account):
    user = UserFactory()
    disconnect(account, user=user)
    row = ConnectedAccount.objects.get()
    assert (row.status, row.secrets, row.token_expires_at) == (
        "disconnected",
        None,
        None,
    )
    assert account.status == "disconnected"
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.thing_id, entry.user) == (
        "account.disconnected",
        account.pk,
        user,
    )


def test_what_is_scheduled_is_cancelled_and_its_owner_told(account):
    kept = {
        status: target(account, status)
        for status in ("draft", "posted", "failed", "unconfirmed")
    }
    scheduled, queued = target(account, "scheduled"), target(account, "queued")
    doubtful = target(account, "reconciling")
    other = target(ConnectedAccountFactory(workspace=account.workspace), "scheduled")

    disconnect(account, user=UserFactory())

    for row in (scheduled, queued):
        row.refresh_from_db()
        assert (row.status, row.due_at, row.queued_at) == ("cancelled", None, None)
        assert (row.error_code, row.error_message) == ("disconnected", CALLED_OFF)
        assert stored(row.post).status == "cancelled"
    doubtful.refresh_from_db()
    assert (doubtful.status, doubtful.error_message) == ("unconfirmed", UNSETTLED)
    assert stored(doubtful.post).status == "unconfirmed"
    for status, row in kept.items():
        row.refresh_from_db()
        assert row.status == status
    assert PostTarget.objects.get(pk=other.pk).status == "scheduled"
    assert ActivityLog.objects.get().details == {"cancelled_targets": 2}


def test_many_posts_take_no_more_statements_than_few(
    account, django_assert_max_num_queries
):
    """All those locks are held meanwhile."""
    for _ in range(60):
        target(account, "scheduled")
    with django_assert_max_num_queries(30):
        disconnect(account, user=UserFactory())
    assert set(Post.objects.values_list("status", flat=True)) == {"cancelled"}


def test_it_waits_for_a_post_that_is_being_sent(account):
    waiting = target(account, "scheduled")
    target(account, "posting")
    with pytest.raises(AccountBusy):
        disconnect(account, user=UserFactory())
    row = ConnectedAccount.objects.get()
    assert (row.status, row.secrets) == ("active", account.secrets)
    assert PostTarget.objects.get(pk=waiting.pk).status == "scheduled"
    assert not ActivityLog.objects.exists()


def test_a_second_time_is_no_second_activity(account):
    disconnect(account, user=UserFactory())
    disconnect(account, user=UserFactory())
    assert ActivityLog.objects.count() == 1


def test_a_network_that_is_away_keeps_nobody_connected(simulator):
    workspace, user = WorkspaceFactory(), UserFactory()
    given = simulator.account("x", "ada")
    made = connect(workspace, platform="x", given=given, user=user)
    simulator.fault("x", "refuse_connection", seconds=30)
    disconnect(made, user=user)
    assert (made.status, made.secrets) == ("disconnected", None)


def test_a_surprise_while_telling_the_network_is_no_failure(account, monkeypatch):
    strategy = strategy_for(account.platform)
    monkeypatch.setattr(strategy, "revoke", failing(KeyError("x")))
    disconnect(account, user=UserFactory())
    assert account.status == "disconnected"


def test_secrets_whose_key_is_lost_are_wiped_too(account, settings):
    waiting = target(account, "scheduled")
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    row = ConnectedAccount.objects.connected().get()
    disconnect(row, user=UserFactory())
    stored_row = ConnectedAccount.objects.get()
    assert (row.status, stored_row.secrets) == ("disconnected", None)
    assert PostTarget.objects.get(pk=waiting.pk).status == "cancelled"


def test_the_network_forgets_the_tokens_too(simulator):
    workspace, user = WorkspaceFactory(), UserFactory()
    given = simulator.account("x", "ada")
    made = connect(workspace, platform="x", given=given, user=user)
    tokens = credentials_of(made)
    disconnect(made, user=user)
    with pytest.raises(AuthenticationFailed):
        strategy_for("x").check(tokens)
