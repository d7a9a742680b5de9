"""Connected accounts: what the database holds, and who may send."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from social_media.enums import AccountStatus, Platform
from social_media.models import ConnectedAccount
from tests.factories import ConnectedAccountFactory, WorkspaceFactory, now

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "ready"),
    [
        ({}, True),
        ({"blocked_until": now() - timedelta(minutes=1)}, True),
        ({"blocked_until": now() + timedelta(hours=1)}, False),
        ({"status": AccountStatus.PAUSED}, False),
        ({"status": AccountStatus.NEEDS_REAUTH}, False),
        ({"status": AccountStatus.DISCONNECTED}, False),
    ],
)
def test_ready(state, ready):
    ConnectedAccountFactory(**state)
    assert ConnectedAccount.objects.ready().exists() is ready
    assert ConnectedAccount.objects.held_back().exists() is not ready


def test_connected_leaves_the_secrets_in_the_database():
    account = ConnectedAccountFactory()
    ConnectedAccountFactory(status=AccountStatus.DISCONNECTED)
    found = ConnectedAccount.objects.connected().get()
    assert found == account
    assert found.get_deferred_fields() == {"secrets"}


def test_one_row_per_remote_account():
    first = ConnectedAccountFactory()
    same = {
        "workspace": first.workspace,
        "platform": first.platform,
        "server": first.server,
        "remote_id": first.remote_id,
    }
    for change in (
        {"workspace": WorkspaceFactory()},
        {"platform": Platform.X},
        {"server": "https://other.example"},
        {"remote_id": "another"},
    ):
        ConnectedAccountFactory(**{**same, **change})
    with pytest.raises(IntegrityError):
        ConnectedAccountFactory(**same)


def test_status_is_a_known_one():
    with pytest.raises(IntegrityError, match="account_status_known"):
        ConnectedAccountFactory(status="asleep")


def test_a_disconnected_account_keeps_nothing_secret():
    with pytest.raises(IntegrityError, match="disconnected_has_no_secrets"):
        ConnectedAccountFactory(status=AccountStatus.DISCONNECTED, secrets={"a": "b"})


@pytest.mark.parametrize("platform", Platform)
def test_its_name(platform):
    account = ConnectedAccountFactory(platform=platform, handle="station")
    assert str(account) == f"{platform.label} @station"
