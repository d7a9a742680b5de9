"""Keys for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiKey, Membership, User
from accounts.models.api_key import hash_key
from accounts.roles import Role
from social_media.models import ActivityLog
from tests.factories import ApiKeyFactory, MembershipFactory
from tests.social_media.api.callers import client_of, client_with, error_of, fields_of

pytestmark = pytest.mark.django_db

PATH = "/api/v1/api-keys"
ACTIVITY = "/api/v1/activity"
ORDER = {"name": "Script", "scopes": ["posts.write", "posts.read", "posts.read"]}
ONLY_MANAGERS = {
    "owner": 200,
    "admin": 200,
    "editor": 403,
    "viewer": 403,
    "stranger": 200,
    "nobody": 401,
    "key": 403,
    "key without scope": 403,
}


def soon():
    return datetime.now(UTC) + timedelta(hours=1)


def test_a_key_is_shown_once_and_works(team):
    expires = soon().replace(microsecond=0)

    answer = team.client("admin").post(
        PATH, ORDER | {"expires_at": expires.isoformat()}
    )

    assert answer.status_code == 201
    made = answer.json()
    key = ApiKey.objects.get()
    assert made == {
        "id": str(key.pk),
        "name": "Script",
        "prefix": made["key"][:11],
        "scopes": ["posts.read", "posts.write"],
        "created_by": str(team.people["admin"].pk),
        "expires_at": expires.isoformat().replace("+00:00", "Z"),
        "last_used_at": None,
        "revoked_at": None,
        "created_at": made["created_at"],
        "key": made["key"],
    }
    assert key.key_hash == hash_key(made["key"])
    shown = team.client("admin").get(f"{PATH}/{key.pk}").json()
    assert shown == {name: made[name] for name in made if name != "key"}
    program = APIClient(headers={"Authorization": f"Api-Key {made['key']}"})
    assert program.get("/api/v1/workspaces").status_code == 200


def test_making_is_recorded_without_the_key(team):
    made = team.client("owner").post(PATH, ORDER).json()

    done = ActivityLog.objects.get()
    assert (done.action, str(done.thing_id), done.workspace_id) == (
        "api_key.created",
        made["id"],
        team.workspace.pk,
    )
    assert made["key"] not in str(ActivityLog.objects.values().get())


def test_who_may_list(team):
    assert team.statuses("get", PATH) == ONLY_MANAGERS


def test_who_may_make(team):
    statuses = team.statuses("post", PATH, ORDER)

    assert statuses == {
        name: 201 if status == 200 else status for name, status in ONLY_MANAGERS.items()
    }


def test_who_may_read_one(team):
    path = f"{PATH}/{team.key().pk}"

    assert team.statuses("get", path) == ONLY_MANAGERS | {"stranger": 404}


def test_who_may_revoke(team):
    path = f"{PATH}/{team.key().pk}"

    assert team.statuses("delete", path) == ONLY_MANAGERS | {
        "owner": 204,
        "admin": 204,
        "stranger": 404,
    }


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, {"name": ["blank"]}),
        ({"scopes": []}, {"scopes": ["empty"]}),
        ({"scopes": ["posts.read", "no.such"]}, {"scopes.1": ["invalid_choice"]}),
        ({"scopes": ["api_keys.manage"]}, {"scopes.0": ["invalid_choice"]}),
        ({"scopes": "posts.read"}, {"scopes": ["not_a_list"]}),
        ({"expires_at": "2020-01-01T00:00:00Z"}, {"expires_at": ["past"]}),
        ({"expires_at": "2090-01-01T00:00:00"}, {"expires_at": ["naive"]}),
        ({"key": "sm_mine"}, {"key": ["unknown_field"]}),
    ],
)
def test_making_refuses(team, change, fields):
    assert fields_of(team.client("owner").post(PATH, ORDER | change)) == fields
    assert not ApiKey.objects.exists()


def test_a_revoked_key_is_useless_at_once_and_stays_listed(team):
    key = team.key()
    program = client_with(key)
    owner = team.client("owner")
    assert program.get(ACTIVITY).status_code == 200

    answers = [owner.delete(f"{PATH}/{key.pk}").status_code for _ in range(2)]

    assert answers == [204, 204]
    assert error_of(program.get(ACTIVITY)) == (401, "key_not_valid")
    (row,) = owner.get(PATH).json()["results"]
    assert row["revoked_at"] is not None
    assert list(ActivityLog.objects.values_list("action", flat=True)) == [
        "api_key.revoked"
    ]


def test_keys_that_do_not_open(team):
    past = datetime.now(UTC) - timedelta(seconds=1)
    left, off = MembershipFactory.create_batch(2, workspace=team.workspace)
    keys = {
        "expired": team.key(expires_at=past),
        "revoked": team.key(revoked_at=past),
        "maker left": team.key(created_by=left.user),
        "maker switched off": team.key(created_by=off.user),
    }
    Membership.objects.filter(pk=left.pk).delete()
    User.objects.filter(pk=off.user_id).update(is_active=False)

    answers = {
        name: error_of(client_with(key).get(ACTIVITY)) for name, key in keys.items()
    }

    assert answers == dict.fromkeys(keys, (401, "key_not_valid"))


@pytest.mark.parametrize(
    "header",
    [
        "Api-Key",
        "Api-Key ",
        "Api-Key sm_",
        "Api-Key sm_\xff\xfe",
        "Api-Key " + "x" * 5000,
        "api-key sm_unknown",
    ],
)
def test_what_is_no_key(team, header):
    answer = APIClient(headers={"Authorization": header}).get(ACTIVITY)

    assert error_of(answer) == (401, "key_not_valid")


@pytest.mark.parametrize("header", ["", "Basic eDp5", "sm_x"])
def test_other_schemes_sign_nobody_in(team, header):
    answer = APIClient(headers={"Authorization": header}).get(ACTIVITY)

    assert error_of(answer) == (401, "not_authenticated")


def test_a_key_that_expires_later_opens(team):
    assert client_with(team.key(expires_at=soon())).get(ACTIVITY).status_code == 200


def test_a_key_loses_what_its_maker_loses(team):
    maker = MembershipFactory(workspace=team.workspace, role=Role.ADMIN)
    program = client_with(team.key(created_by=maker.user))
    path = f"/api/v1/workspaces/{team.workspace.pk}"
    assert program.patch(path, {"name": "One"}).status_code == 200

    Membership.objects.filter(pk=maker.pk).update(role=Role.VIEWER)

    assert error_of(program.patch(path, {"name": "Two"})) == (403, "role_forbids")


def test_a_missing_scope_is_named(team):
    answer = client_with(team.key(["posts.read"])).get(ACTIVITY)

    assert error_of(answer) == (403, "missing_scope")
    assert answer.json()["error"]["message"] == (
        "This API key lacks the scope activity.read."
    )


def test_its_use_is_noted_once_a_minute(team):
    key = team.key()

    def used_at():
        client_with(key).get(ACTIVITY)
        return ApiKey.objects.get(pk=key.pk).last_used_at

    first = used_at()
    assert abs(datetime.now(UTC) - first) < timedelta(seconds=5)
    assert used_at() == first
    old = first - timedelta(seconds=61)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=old)
    assert used_at() > first


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(team, django_assert_num_queries, rows):
    ApiKeyFactory.create_batch(
        rows, workspace=team.workspace, created_by=team.people["owner"]
    )
    client = client_of(team.people["owner"])

    with django_assert_num_queries(4):  # the person, their role, the count, the rows
        assert len(client.get(PATH).json()["results"]) == rows


def test_a_program_calls_with_as_many_queries_as_a_person(
    team, django_assert_num_queries
):
    client = client_with(team.key())
    client.get(ACTIVITY)

    with django_assert_num_queries(3):  # the key, the role, the count: no rows
        assert client.get(ACTIVITY).status_code == 200


def test_a_key_where_a_token_belongs_is_told_where_to_go(team):
    key = team.key()
    answer = APIClient(headers={"Authorization": f"Bearer {key.plain}"}).get(ACTIVITY)

    assert error_of(answer) == (401, "key_as_token")
    assert answer.json()["error"]["message"] == (
        "This is an API key, not a token. Send it as: Authorization: Api-Key sm_..."
    )


def test_a_key_is_told_that_it_manages_no_keys(team):
    answer = client_with(team.key()).get(PATH)

    assert error_of(answer) == (403, "person_only")
    assert answer.json()["error"]["message"] == (
        "An API key can't do this: Make and revoke API keys. Sign in as a person."
    )
