"""Connecting, checking and disconnecting over the API, with the networks' answers."""

from __future__ import annotations

import pytest

from social_media.enums import Platform
from social_media.models import ActivityLog, ConnectedAccount
from tests.factories import PostTargetFactory
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.posts.composing import account_on

# A network call needs that no transaction is open.
pytestmark = pytest.mark.django_db(transaction=True)

CONNECT = "/api/v1/accounts/connect"


@pytest.fixture
def client(team):
    return team.client("admin")


@pytest.mark.parametrize("platform", Platform.values)
def test_connect_check_and_disconnect(simulator, team, client, platform):
    given = simulator.account(platform, "ada")
    answer = client.post(f"{CONNECT}/{platform}", given)
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert (shown["platform"], shown["status"]) == (platform, "active")
    text = answer.content.decode()
    secret = {given[name] for name in ("access_token", "app_password") if name in given}
    assert [value for value in secret if value in text] == []
    path = f"/api/v1/accounts/{shown['id']}"
    assert client.post(f"{path}/check").json()["status"] == "active"
    assert client.post(f"{path}/disconnect/").json()["status"] == "disconnected"
    assert ConnectedAccount.objects.get().secrets is None
    assert error_of(client.post(f"{path}/check")) == (409, "disconnected")
    actions = ActivityLog.objects.order_by("created_at").values_list("action", "user")
    admin = team.people["admin"].pk
    assert list(actions) == [
        ("account.connected", admin),
        ("account.checked", admin),
        ("account.disconnected", admin),
    ]


def test_a_sign_in_that_the_network_refuses(simulator, client):
    given = {**simulator.account("bluesky", "ada"), "app_password": "no-no-no-no"}
    answer = client.post(f"{CONNECT}/bluesky", given)
    assert fields_of(answer) == {"app_password": ["authentication_failed"]}
    assert "no-no-no-no" not in answer.content.decode()
    assert not ConnectedAccount.objects.exists()


@pytest.mark.parametrize(
    ("platform", "given", "fields"),
    [
        ("myspace", {}, {"platform": ["unknown_platform"]}),
        ("x", {}, {"access_token": ["invalid"]}),
        (
            "mastodon",
            {"server": "x", "access_token": ["a"], "fields": 1},
            {"fields": ["unknown_field"], "access_token": ["invalid"]},
        ),
    ],
)
def test_fields_that_can_t_be_used(client, platform, given, fields):
    assert fields_of(client.post(f"{CONNECT}/{platform}", given)) == fields
    assert not ConnectedAccount.objects.exists()


def test_a_network_that_is_away(simulator, client):
    given = simulator.account("mastodon", "ada")
    simulator.fault("mastodon", "refuse_connection", seconds=30)
    answer = client.post(f"{CONNECT}/mastodon", given)
    assert error_of(answer) == (503, "network_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_a_network_that_asks_to_wait(simulator, client):
    given = simulator.account("mastodon", "ada")
    simulator.fault("mastodon", "rate_limited", on="any", seconds=30)
    answer = client.post(f"{CONNECT}/mastodon", given)
    assert error_of(answer) == (429, "network_rate_limit")
    assert int(answer["Retry-After"]) > 0
    assert not ConnectedAccount.objects.exists()


def test_a_dead_token_shows_in_the_answer(simulator, team, client):
    server = simulator.account("mastodon", "ada")["server"]
    account = account_on(team.workspace, Platform.MASTODON, server=server)
    shown = client.post(f"/api/v1/accounts/{account.pk}/check").json()
    assert shown["status"] == "needs_reauth"
    assert shown["status_reason"] != ""


def test_a_post_on_its_way_holds_a_disconnect_up(team, client):
    account = account_on(team.workspace)
    PostTargetFactory(account=account, status="posting")
    answer = client.post(f"/api/v1/accounts/{account.pk}/disconnect")
    assert error_of(answer) == (409, "account_busy")
    assert ConnectedAccount.objects.get().secrets == account.secrets
