"""Connected accounts over the API."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.enums import Platform
from social_media.models import ActivityLog, ConnectedAccount
from tests.factories import ConnectedAccountFactory, secrets_of
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db

ACCOUNTS = "/api/v1/accounts"


@pytest.fixture
def client(team):
    return team.client("admin")


@pytest.fixture
def account(team):
    return account_on(team.workspace, Platform.X)


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def zulu(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_an_account_is_shown_without_its_secrets(client, account):
    answer = client.get(f"{ACCOUNTS}/{account.pk}/")
    assert answer.json() == {
        "id": str(account.pk),
        "platform": "x",
        "server": "",
        "remote_id": account.remote_id,
        "handle": account.handle,
        "display_name": "",
        "avatar_url": "",
        "label": "",
        "status": "active",
        "status_reason": "",
        "blocked_until": None,
        "token_expires_at": None,
        "checked_at": None,
        "scopes": [],
        "settings": {},
        "limits": {
            "max_length": 280,
            "length_unit": "weighted characters",
            "max_bytes": None,
        },
        "created_at": zulu(account.created_at),
        "updated_at": zulu(account.updated_at),
    }
    shown = json.dumps(answer.json())
    number = account.secrets["access_token"].rpartition("-")[2]
    for secret in secrets_of("x", int(number)).values():
        assert secret not in shown


def test_the_limits_are_those_of_its_server(team, client):
    settings = {"limits": {"max_characters": 4242}}
    account = account_on(team.workspace, Platform.MASTODON, settings=settings)
    shown = client.get(f"{ACCOUNTS}/{account.pk}").json()
    assert shown["limits"]["max_length"] == 4242


# --- change ---------------------------------------------------------------------------


def test_label_pause_and_resume(team, client, account):
    path = f"{ACCOUNTS}/{account.pk}"
    shown = client.patch(path, {"label": "Mine", "status": "paused"}).json()
    assert (shown["label"], shown["status"]) == ("Mine", "paused")
    assert client.patch(path, {"status": "active"}).json()["status"] == "active"
    assert client.patch(path, {"status": "active"}).status_code == 200
    actions = ActivityLog.objects.order_by("created_at").values_list("action", "user")
    admin = team.people["admin"].pk
    assert list(actions) == [
        ("account.updated", admin),
        ("account.paused", admin),
        ("account.resumed", admin),
    ]


def test_a_longer_limit_where_the_network_leaves_it_to_a_person(client, account):
    path = f"{ACCOUNTS}/{account.pk}"
    shown = client.patch(path, {"settings": {"max_length": 25000}}).json()
    assert (shown["settings"], shown["limits"]["max_length"]) == (
        {"max_length": 25000},
        25000,
    )
    shown = client.patch(path, {"settings": {"max_length": None}}).json()
    assert (shown["settings"], shown["limits"]["max_length"]) == ({}, 280)


def test_a_limit_that_the_network_itself_sets(team, client):
    account = account_on(team.workspace, Platform.BLUESKY)
    given = {"settings": {"max_length": 500}, "label": "Mine"}
    answer = client.patch(f"{ACCOUNTS}/{account.pk}", given)
    assert fields_of(answer) == {"settings.max_length": ["invalid"]}
    assert ConnectedAccount.objects.get().label == ""


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"status": "disconnected"}, {"status": ["invalid_choice"]}),
        ({"label": "a" * 121}, {"label": ["max_length"]}),
        ({"label": None}, {"label": ["null"]}),
        ({"secrets": {}}, {"secrets": ["unknown_field"]}),
        ({"settings": {"x": 1}}, {"settings.x": ["unknown_field"]}),
        ({"settings": {"max_length": 0}}, {"settings.max_length": ["min_value"]}),
    ],
)
def test_changes_that_are_refused(client, account, given, fields):
    assert fields_of(client.patch(f"{ACCOUNTS}/{account.pk}", given)) == fields
    assert not ActivityLog.objects.exists()


def test_a_dead_sign_in_is_not_resumed(team, client):
    account = account_on(team.workspace, status="needs_reauth")
    answer = client.patch(
        f"{ACCOUNTS}/{account.pk}", {"status": "active", "label": "Mine"}
    )
    assert error_of(answer) == (409, "wrong_status")
    assert ConnectedAccount.objects.get().label == ""


# --- list -----------------------------------------------------------------------------


def test_lists_leave_disconnected_accounts_out_unless_asked(team, client):
    here = account_on(team.workspace, Platform.X, label="Zebra")
    gone = account_on(team.workspace, status="disconnected")
    paused = account_on(team.workspace, Platform.MASTODON, status="paused")
    ConnectedAccountFactory()
    first, second = str(paused.pk), str(here.pk)
    for query, expected in (
        ("", [first, second]),
        ("?status=disconnected", [str(gone.pk)]),
        ("?status=paused&status=active", [first, second]),
        ("?platform=x", [second]),
        ("?search=zebr", [second]),
        ("?ordering=-platform", [second, first]),
    ):
        assert ids(client.get(f"{ACCOUNTS}{query}")) == expected, query
    assert client.get(f"{ACCOUNTS}/{gone.pk}").json()["status"] == "disconnected"
    assert list(fields_of(client.get(f"{ACCOUNTS}?platform=myspace"))) == ["platform"]


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(ACCOUNTS).status_code == 200
    return len(captured)


def test_the_number_of_queries_does_not_grow_with_the_list(team, client, account):
    at_one = queries(client)
    account_on(team.workspace)
    account_on(team.workspace, Platform.MASTODON)
    assert queries(client) == at_one


# --- who may --------------------------------------------------------------------------

READERS = {
    "owner": 200,
    "admin": 200,
    "editor": 200,
    "viewer": 200,
    "stranger": 404,
    "nobody": 401,
    "key": 200,
    "key without scope": 403,
}
MANAGERS = {**READERS, "editor": 403, "viewer": 403}


def test_who_may_look(team, account):
    assert team.statuses("get", f"{ACCOUNTS}/{account.pk}") == READERS
    assert team.statuses("get", ACCOUNTS) == {**READERS, "stranger": 200}
    assert ids(team.client("stranger").get(ACCOUNTS)) == []


def test_who_may_change(team, account):
    found = team.statuses("patch", f"{ACCOUNTS}/{account.pk}", {"label": "Mine"})
    assert found == MANAGERS


@pytest.mark.parametrize("action", ["disconnect", "check"])
def test_who_may_disconnect_and_check(team, account, action):
    """Those who may are told that the call takes no such field."""
    found = team.statuses("post", f"{ACCOUNTS}/{account.pk}/{action}", {"x": 1})
    assert found == {
        name: 400 if code == 200 else code for name, code in MANAGERS.items()
    }


def test_who_may_connect(team):
    """Those who may are told what is missing; a stranger has an own workspace."""
    found = team.statuses("post", f"{ACCOUNTS}/connect/x", {})
    assert found == {
        name: 400 if code == 200 else code
        for name, code in {**MANAGERS, "stranger": 200}.items()
    }
