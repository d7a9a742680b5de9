"""Who belongs to a workspace, and who decides that."""

from __future__ import annotations

import pytest

from accounts.models import Membership
from accounts.roles import Role
from social_media.models import ActivityLog
from tests.factories import MembershipFactory
from tests.social_media.api.callers import (
    client_of,
    client_with,
    error_of,
    fields_of,
    make_person,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(team):
    return f"/api/v1/workspaces/{team.workspace.pk}/members"


def member(team, name):
    return team.people[name].memberships.get()


def one(path, team, name):
    return f"{path}/{member(team, name).pk}"


def test_every_member_sees_who_else_is(team, path):
    assert team.statuses("get", path) == {
        "owner": 200,
        "admin": 200,
        "editor": 200,
        "viewer": 200,
        "stranger": 404,
        "nobody": 401,
        "key": 200,
        "key without scope": 200,
    }
    rows = team.client("viewer").get(f"{path}/").json()["results"]
    assert [row["role"] for row in rows] == ["owner", "admin", "editor", "viewer"]
    owner = team.people["owner"]
    assert rows[0]["user"] == {
        "id": str(owner.pk),
        "email": owner.email,
        "first_name": "",
        "last_name": "",
    }


@pytest.mark.parametrize("more", [0, 3])
def test_the_list_takes_the_same_queries(team, path, django_assert_num_queries, more):
    MembershipFactory.create_batch(more, workspace=team.workspace)
    client = team.client("viewer")
    with django_assert_num_queries(4):  # the person, their role, the count, the rows
        assert client.get(path).json()["count"] == 4 + more


@pytest.mark.parametrize(
    ("by", "role", "code"),
    [
        ("owner", "owner", 201),
        ("admin", "admin", 201),
        ("admin", "owner", 403),
        ("editor", "viewer", 403),
        ("viewer", "viewer", 403),
        ("stranger", "viewer", 404),
        ("nobody", "viewer", 401),
    ],
)
def test_who_adds_whom(team, path, by, role, code):
    person = make_person(email="new@example.org")
    answer = team.client(by).post(path, {"email": "New@Example.org", "role": role})
    assert answer.status_code == code, answer.content
    added = Membership.objects.filter(workspace=team.workspace, user=person)
    assert list(added.values_list("role", flat=True)) == [role] * (code == 201)
    logged = ActivityLog.objects.values_list("action", "details")
    details = {"email": "new@example.org", "role": role}
    assert list(logged) == [("member.added", details)] * (code == 201)
    if code == 201:
        assert answer.json()["user"]["id"] == str(person.pk)
        assert client_of(person).get(path).status_code == 200


def test_a_key_lets_nobody_in(team, path):
    answer = client_with(team.key()).post(path, {"email": "a@b.org", "role": "viewer"})
    assert error_of(answer) == (403, "person_only")


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"email": "who@example.org", "role": "viewer"}, {"email": ["unknown_person"]}),
        ({"email": "off@example.org", "role": "viewer"}, {"email": ["unknown_person"]}),
        ({"email": "in@example.org", "role": "viewer"}, {"email": ["already_member"]}),
        ({"email": "nonsense", "role": "king"}, {"email": ["invalid"]}),
        ({}, {"email": ["required"], "role": ["required"]}),
    ],
)
def test_who_can_t_be_added(team, path, given, fields):
    make_person(email="off@example.org", is_active=False)
    inside = make_person(email="in@example.org")
    MembershipFactory(workspace=team.workspace, user=inside)
    if "king" in given.values():
        fields = {**fields, "role": ["invalid_choice"]}
    assert fields_of(team.client("owner").post(path, given)) == fields


@pytest.mark.parametrize(
    ("by", "whom", "role", "code"),
    [
        ("owner", "viewer", "owner", 200),
        ("admin", "viewer", "admin", 200),
        ("admin", "admin", "viewer", 200),
        ("admin", "viewer", "owner", 403),
        ("admin", "owner", "viewer", 403),
        ("editor", "viewer", "editor", 403),
        ("owner", "owner", "admin", 409),
        ("owner", "owner", "owner", 200),
        ("stranger", "viewer", "admin", 404),
    ],
)
def test_who_changes_whose_role(team, path, by, whom, role, code):
    before = member(team, whom).role
    answer = team.client(by).patch(one(path, team, whom), {"role": role})
    assert answer.status_code == code, answer.content
    assert member(team, whom).role == (role if code == 200 else before)
    changed = code == 200 and role != before
    assert ActivityLog.objects.filter(action="member.changed").count() == changed


@pytest.mark.parametrize(
    ("by", "whom", "code"),
    [
        ("owner", "admin", 204),
        ("admin", "editor", 204),
        ("admin", "owner", 403),
        ("editor", "viewer", 403),
        ("viewer", "viewer", 204),  # leaves
        ("owner", "owner", 409),
        ("stranger", "viewer", 404),
    ],
)
def test_who_removes_whom(team, path, by, whom, code):
    person = team.people[whom]
    answer = team.client(by).delete(one(path, team, whom))
    assert answer.status_code == code
    assert person.memberships.exists() is (code != 204)
    done = ActivityLog.objects.filter(action="member.removed", user=team.people[by])
    assert done.count() == (code == 204)


def test_the_last_owner_is_told_what_to_do(team, path):
    answer = team.client("owner").delete(one(path, team, "owner"))
    assert error_of(answer) == (409, "last_owner")
    email = team.people["owner"].email
    assert answer.json()["error"]["message"] == (
        f"The only owner is {email}. Make somebody else an owner first."
    )
    MembershipFactory(workspace=team.workspace, role=Role.OWNER)
    assert team.client("owner").delete(one(path, team, "owner")).status_code == 204


def test_who_is_gone_has_no_way_in_and_their_key_neither(team, path):
    admin, key = team.people["admin"], team.key(created_by=team.people["admin"])
    team.client("owner").delete(one(path, team, "admin"))
    assert error_of(client_of(admin).get(path)) == (404, "unknown_workspace")
    assert error_of(client_with(key).get(path)) == (401, "key_not_valid")


def test_a_key_does_not_leave_for_its_maker(team, path):
    key = team.key(created_by=team.people["viewer"])
    answer = client_with(key).delete(one(path, team, "viewer"))
    assert error_of(answer) == (403, "person_only")


def test_members_of_others_are_not_found(team, path):
    theirs = member(team, "stranger").pk
    owner = team.client("owner")
    assert owner.patch(f"{path}/{theirs}", {"role": "viewer"}).status_code == 404
    assert owner.delete(f"{path}/{theirs}").status_code == 404
