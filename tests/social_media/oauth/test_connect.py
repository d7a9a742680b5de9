"""Connecting an account, against the networks over real sockets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from social_media.enums import Platform
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.oauth.connect import connect
from social_media.oauth.credentials import credentials_of
from social_media.oauth.errors import InvalidConnection
from social_media.platforms.errors import RateLimited, Unavailable
from social_media.platforms.factory import built, strategy_for
from social_media.publishing.reconcile import due_look_ups
from tests.factories import (
    ApiKeyFactory,
    PostTargetFactory,
    UserFactory,
    WorkspaceFactory,
    now,
)

# A network call needs that no transaction is open.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace():
    return WorkspaceFactory()


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def public_only(settings):
    """As in production: no addresses of one's own network."""
    settings.NETWORKS = {
        name: replace(config, allow_private_hosts=False)
        for name, config in settings.NETWORKS.items()
    }
    built.cache_clear()
    yield
    built.cache_clear()


def refused(workspace, user, platform, given):
    """The problems, after a look that nothing was stored."""
    with pytest.raises(InvalidConnection) as told:
        connect(workspace, platform=platform, given=given, user=user)
    assert not ConnectedAccount.objects.exists()
    assert not ActivityLog.objects.exists()
    return [(one.field, one.code) for one in told.value.problems]


@pytest.mark.parametrize("platform", Platform.values)
def test_what_a_person_typed_becomes_an_account_that_works(
    simulator, workspace, user, platform
):
    given = simulator.account(platform, "ada")
    key = ApiKeyFactory(workspace=workspace)
    made = connect(workspace, platform=platform, given=given, user=user, api_key=key)
    row = ConnectedAccount.objects.get()
    assert row == made
    assert (row.workspace, row.platform, row.status) == (workspace, platform, "active")
    assert row.handle.startswith("ada")
    assert row.checked_at is not None
    identity = strategy_for(platform).check(credentials_of(row))
    assert identity.remote_id == row.remote_id
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.thing_id, entry.user, entry.api_key) == (
        "account.connected",
        row.pk,
        user,
        key,
    )


def test_connecting_again_makes_the_same_account_work_again(simulator, workspace, user):
    given = simulator.account("mastodon", "ada")
    first = connect(workspace, platform="mastodon", given=given, user=user)
    target = PostTargetFactory(account=first)
    ConnectedAccount.objects.update(
        status="needs_reauth",
        status_reason="The token is dead.",
        blocked_until=now() + timedelta(hours=1),
        secrets={"access_token": "dead"},
        label="Mine",
        settings={"own": 1},
    )

    again = connect(workspace, platform="mastodon", given=given, user=user)

    row = ConnectedAccount.objects.get()
    assert (again.pk, row.pk) == (first.pk, first.pk)
    assert (row.status, row.status_reason, row.blocked_until) == ("active", "", None)
    assert row.secrets == first.secrets
    read_anew = {"read_at": row.settings["read_at"]}
    assert row.label == "Mine"
    assert row.settings == {"own": 1, **first.settings, **read_anew}
    assert list(PostTarget.objects.all()) == [target]


def test_what_is_in_doubt_is_looked_for_as_soon_as_it_is_connected_again(
    simulator, workspace, user
):
    given = simulator.account("mastodon", "ada")
    account = connect(workspace, platform="mastodon", given=given, user=user)
    later = now() + timedelta(minutes=15)
    target = PostTargetFactory(account=account, status="reconciling", due_at=later)
    ConnectedAccount.objects.update(status="needs_reauth")
    assert due_look_ups() == []

    connect(workspace, platform="mastodon", given=given, user=user)

    assert due_look_ups() == [target.pk]


def test_an_account_whose_key_is_lost_for_good_is_connected_again(
    simulator, workspace, user, settings
):
    given = simulator.account("mastodon", "ada")
    first = connect(workspace, platform="mastodon", given=given, user=user)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    connect(workspace, platform="mastodon", given=given, user=user)
    row = ConnectedAccount.objects.get()
    assert (row.pk, row.secrets) == (first.pk, first.secrets)


def test_a_paused_account_stays_paused(simulator, workspace, user):
    given = simulator.account("mastodon", "ada")
    first = connect(workspace, platform="mastodon", given=given, user=user)
    ConnectedAccount.objects.update(
        status="paused", status_reason="Held back.", secrets={"access_token": "dead"}
    )
    again = connect(workspace, platform="mastodon", given=given, user=user)
    row = ConnectedAccount.objects.get()
    assert (again.status, row.status) == ("paused", "paused")
    assert (row.status_reason, row.secrets) == ("Held back.", first.secrets)


def test_a_disconnected_account_comes_back_as_itself(simulator, workspace, user):
    given = simulator.account("bluesky", "ada")
    first = connect(workspace, platform="bluesky", given=given, user=user)
    ConnectedAccount.objects.update(status="disconnected", secrets=None)
    connect(workspace, platform="bluesky", given=given, user=user)
    row = ConnectedAccount.objects.get()
    assert (row.pk, row.status, row.secrets is None) == (first.pk, "active", False)


def test_two_workspaces_may_connect_the_same_account(simulator, workspace, user):
    given = simulator.account("x", "ada")
    connect(workspace, platform="x", given=given, user=user)
    connect(WorkspaceFactory(), platform="x", given=given, user=user)
    assert ConnectedAccount.objects.count() == 2


@pytest.mark.parametrize("platform", Platform.values)
def test_a_sign_in_that_the_network_refuses(simulator, workspace, user, platform):
    given = simulator.account(platform, "ada")
    fields = strategy_for(platform).capabilities().connect_fields
    field = next(one["name"] for one in fields if one["secret"])
    wrong = {**given, field: "wrong-wrong-wrong-wrong"}
    wrong.pop("refresh_token", None)
    assert refused(workspace, user, platform, wrong) == [
        (field, "authentication_failed")
    ]


@pytest.mark.parametrize(
    ("platform", "given", "problems"),
    [
        ("myspace", {}, [("platform", "unknown_platform")]),
        (
            "bluesky",
            {"password": "x"},
            [
                ("password", "unknown_field"),
                ("identifier", "invalid"),
                ("app_password", "invalid"),
            ],
        ),
        (
            "mastodon",
            {"server": 7, "access_token": " "},
            [("server", "invalid"), ("access_token", "invalid")],
        ),
        ("x", {"access_token": "a" * 4001}, [("access_token", "invalid")]),
        (
            "mastodon",
            {"server": "ftp://x", "access_token": "abc"},
            [("server", "invalid")],
        ),
    ],
)
def test_fields_that_can_t_be_used(workspace, user, platform, given, problems):
    assert refused(workspace, user, platform, given) == problems


@pytest.mark.parametrize(
    "server",
    [
        "http://127.0.0.1:1",
        "https://127.0.0.1",
        "https://[::1]",
        "https://10.0.0.1",
        "https://169.254.169.254",
        "https://localhost",
    ],
)
def test_a_server_on_a_private_address_is_refused(public_only, workspace, user, server):
    given = {"server": server, "access_token": "abc"}
    assert refused(workspace, user, "mastodon", given) == [("server", "invalid")]


@pytest.mark.parametrize(
    ("kind", "on", "error"),
    [
        ("refuse_connection", {}, Unavailable),
        ("rate_limited", {"on": "any"}, RateLimited),
    ],
)
def test_a_network_that_can_t_be_asked(simulator, workspace, user, kind, on, error):
    given = simulator.account("mastodon", "ada")
    simulator.fault("mastodon", kind, seconds=30, **on)
    with pytest.raises(error):
        connect(workspace, platform="mastodon", given=given, user=user)
    assert not ConnectedAccount.objects.exists()
    assert not ActivityLog.objects.exists()
