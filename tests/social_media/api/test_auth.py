"""Joining, signing in and out, and one's own data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Membership, User
from accounts.tokens import issue_tokens
from social_media.models import ActivityLog
from tests.factories import PASSWORD
from tests.social_media.api.callers import (
    client_of,
    client_with,
    error_of,
    fields_of,
    make_person,
)

pytestmark = pytest.mark.django_db

JOIN = {
    "email": "Ada@Example.org",
    "password": "analytical engine 1843",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "timezone": "Europe/London",
}


def post(path, body=None, client=None):
    return (client or APIClient()).post(f"/api/v1/auth/{path}", body)


def bearer(access):
    return APIClient(headers={"Authorization": f"Bearer {access}"})


def test_joining_makes_a_person_with_a_workspace_of_their_own_and_signs_them_in():
    answer = post("register", JOIN)

    assert answer.status_code == 201
    body = answer.json()
    user = User.objects.get()
    assert body["user"] == {
        "id": str(user.pk),
        "email": "ada@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "timezone": "Europe/London",
        "date_joined": body["user"]["date_joined"],
    }
    membership = Membership.objects.select_related("workspace").get()
    assert (membership.user_id, membership.role) == (user.pk, "owner")
    assert body["workspace"] == {
        "id": str(membership.workspace_id),
        "name": "Ada Lovelace's workspace",
        "timezone": "Europe/London",
        "late_policy": "publish",
        "late_minutes": 60,
        "paused_at": None,
        "role": "owner",
        "created_at": body["workspace"]["created_at"],
    }
    assert bearer(body["access"]).get("/api/v1/auth/me").json() == body["user"]
    assert sorted(ActivityLog.objects.values_list("action", "user", "workspace")) == [
        ("user.registered", user.pk, membership.workspace_id),
        ("workspace.created", user.pk, membership.workspace_id),
    ]


def test_joining_without_names_calls_the_workspace_by_the_address():
    post("register", {"email": "ada@example.org", "password": JOIN["password"]})

    assert Membership.objects.get().workspace.name == "ada's workspace"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"email": "ada"}, {"email": ["invalid"]}),
        ({"email": None}, {"email": ["null"]}),
        ({"password": "73019285561"}, {"password": ["password_entirely_numeric"]}),
        ({"password": "q9!xT"}, {"password": ["password_too_short"]}),
        ({"password": "Lovelace99"}, {"password": ["password_too_similar"]}),
        ({"password": "ada@example.org"}, {"password": ["password_too_similar"]}),
        ({"password": "x" * 257}, {"password": ["max_length"]}),
        ({"timezone": "Mars/Olympus"}, {"timezone": ["unknown_zone"]}),
        ({"is_staff": True}, {"is_staff": ["unknown_field"]}),
    ],
)
def test_joining_refuses(change, fields):
    answer = post("register", JOIN | change)

    assert fields_of(answer) == fields
    assert not User.objects.exists()
    assert not Membership.objects.exists()


def test_an_address_joins_once_in_any_case():
    make_person(email="ada@example.org")

    assert fields_of(post("register", JOIN)) == {"email": ["taken"]}
    assert Membership.objects.count() == 0


def test_signing_in_works_in_any_case_and_is_remembered():
    user = make_person(email="ada@example.org")

    answer = post("login", {"email": "ADA@example.ORG", "password": PASSWORD})

    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(user.pk)
    user.refresh_from_db()
    assert user.last_login is not None


def test_a_refused_sign_in_does_not_tell_why():
    make_person(email="ada@example.org")
    make_person(email="off@example.org", is_active=False)

    answers = [
        post("login", {"email": email, "password": password})
        for email, password in [
            ("ada@example.org", "wrong password"),
            ("nobody@example.org", PASSWORD),
            ("off@example.org", PASSWORD),
            ("not an address", PASSWORD),
        ]
    ]

    assert {error_of(answer) for answer in answers} == {(401, "wrong_sign_in")}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["WWW-Authenticate"] for answer in answers}) == 1


def test_an_unknown_address_costs_a_hash_like_a_wrong_password(settings, monkeypatch):
    hashed = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: hashed.append(1) or encode(self, password, salt),
    )

    def cost(email):
        hashed.clear()
        post("login", {"email": email, "password": "wrong password"})
        return len(hashed)

    make_person(email="ada@example.org")
    assert cost("nobody@example.org") == cost("ada@example.org") == 1


def test_a_dead_token_in_the_header_does_not_keep_anybody_from_signing_in():
    make_person(email="ada@example.org")

    given = {"email": "ada@example.org", "password": PASSWORD}
    assert post("login", given, bearer("dead")).status_code == 200


def test_refreshing_gives_a_new_pair_and_spends_the_old_token():
    user = make_person()
    first = issue_tokens(user).refresh

    answer = post("refresh", {"refresh": first})

    assert answer.status_code == 200
    second = answer.json()
    assert set(second) == {"access", "refresh"}
    assert bearer(second["access"]).get("/api/v1/auth/me").status_code == 200
    assert error_of(post("refresh", {"refresh": first})) == (401, "token_not_valid")
    assert post("refresh", {"refresh": second["refresh"]}).status_code == 200


def test_no_usable_refresh_token_lies_in_the_database():
    user = make_person()
    first = issue_tokens(user).refresh

    second = post("refresh", {"refresh": first}).json()["refresh"]

    assert list(OutstandingToken.objects.values_list("token", flat=True)) == [first]
    assert second != first


@pytest.mark.parametrize("path", ["refresh", "logout"])
def test_what_is_no_refresh_token_is_refused(path):
    access = issue_tokens(make_person()).access

    assert error_of(post(path, {"refresh": "x"})) == (401, "token_not_valid")
    assert error_of(post(path, {"refresh": access})) == (401, "token_not_valid")
    assert fields_of(post(path, {})) == {"refresh": ["required"]}


def test_signing_out_ends_the_session():
    refresh = issue_tokens(make_person()).refresh

    assert post("logout", {"refresh": refresh}).status_code == 204

    assert error_of(post("refresh", {"refresh": refresh})) == (401, "token_not_valid")
    assert error_of(post("logout", {"refresh": refresh})) == (401, "token_not_valid")


def test_somebody_switched_off_is_out_at_once():
    user = make_person()
    tokens = issue_tokens(user)
    User.objects.filter(pk=user.pk).update(is_active=False)

    me = bearer(tokens.access).get("/api/v1/auth/me")
    assert error_of(me) == (401, "token_not_valid")
    again = post("refresh", {"refresh": tokens.refresh})
    assert error_of(again) == (401, "token_not_valid")


def test_an_access_token_expires():
    token = AccessToken.for_user(make_person())
    token.set_exp(from_time=datetime.now(UTC) - timedelta(hours=1))

    answer = bearer(str(token)).get("/api/v1/auth/me")

    assert error_of(answer) == (401, "token_not_valid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_people_change_their_own_data(team):
    user = team.people["viewer"]
    client = client_of(user)

    answer = client.patch(
        "/api/v1/auth/me", {"first_name": "Grace", "timezone": "America/New_York"}
    )

    assert answer.status_code == 200
    assert answer.json() == client.get("/api/v1/auth/me").json()
    user.refresh_from_db()
    assert (user.first_name, user.timezone) == ("Grace", "America/New_York")
    done = ActivityLog.objects.get()
    assert (done.action, done.thing_id, done.user_id) == (
        "user.updated",
        user.pk,
        user.pk,
    )
    assert done.details == {"changed": ["first_name", "timezone"]}


def test_an_empty_change_records_nothing(team):
    answer = team.client("viewer").patch("/api/v1/auth/me", {})

    assert answer.status_code == 200
    assert not ActivityLog.objects.exists()


def test_somebody_without_a_workspace_changes_their_data_too():
    client = client_of(make_person())

    answer = client.patch("/api/v1/auth/me", {"last_name": "Hopper"})

    assert (answer.status_code, answer.json()["last_name"]) == (200, "Hopper")


def test_a_new_password_needs_the_old_one_and_ends_every_session():
    user = make_person()
    tokens = issue_tokens(user)
    change = {"password": "another long phrase", "current_password": PASSWORD}

    assert client_of(user).patch("/api/v1/auth/me", change).status_code == 200

    user.refresh_from_db()
    assert user.check_password("another long phrase")
    assert bearer(tokens.access).get("/api/v1/auth/me").status_code == 401
    assert post("refresh", {"refresh": tokens.refresh}).status_code == 401


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"password": "another long phrase"}, {"current_password": ["required"]}),
        (
            {"password": "another long phrase", "current_password": "no"},
            {"current_password": ["wrong"]},
        ),
        (
            {"password": "short", "current_password": PASSWORD},
            {"password": ["password_too_short"]},
        ),
        ({"email": "new@example.org"}, {"email": ["unknown_field"]}),
        ({"timezone": "Nowhere"}, {"timezone": ["unknown_zone"]}),
        ({"first_name": "x" * 151}, {"first_name": ["max_length"]}),
    ],
)
def test_a_change_of_ones_data_refuses(change, fields):
    user = make_person()

    assert fields_of(client_of(user).patch("/api/v1/auth/me", change)) == fields

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_only_people_have_data_of_their_own(team):
    path = "/api/v1/auth/me"

    assert error_of(APIClient().get(path)) == (401, "not_authenticated")
    key = client_with(team.key())
    assert error_of(key.get(path)) == (403, "person_only")
    assert error_of(key.patch(path, {"first_name": "x"})) == (403, "person_only")
