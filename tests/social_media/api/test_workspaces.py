"""The caller's workspaces and switching between them."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import Membership, Workspace
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

PATH = "/api/v1/workspaces"


def ids(answer):
    assert answer.status_code == 200
    return [row["id"] for row in answer.json()["results"]]


def test_everybody_sees_their_own_only(team):
    theirs = team.people["stranger"].memberships.get().workspace_id
    also = MembershipFactory(user=team.people["editor"], role=Role.VIEWER).workspace_id
    mine = team.workspace.pk

    seen = {name: ids(team.client(name).get(PATH)) for name in team.people}

    assert seen == {
        "owner": [str(mine)],
        "admin": [str(mine)],
        "editor": [str(mine), str(also)],
        "viewer": [str(mine)],
        "stranger": [str(theirs)],
    }


def test_a_key_sees_the_one_it_belongs_to(team):
    MembershipFactory(user=team.people["owner"])

    assert ids(client_with(team.key(["posts.read"])).get(PATH)) == [
        str(team.workspace.pk)
    ]


def test_the_callers_role_comes_with_it(team):
    MembershipFactory(user=team.people["editor"], role=Role.OWNER)
    client = team.client("editor")

    roles = [row["role"] for row in client.get(PATH).json()["results"]]

    assert roles == ["editor", "owner"]
    assert client.get(f"{PATH}/{team.workspace.pk}").json()["role"] == "editor"


@pytest.mark.parametrize("slash", ["", "/"])
def test_one_can_be_read_by_its_members_only(team, slash):
    assert team.statuses("get", f"{PATH}/{team.workspace.pk}{slash}") == {
        "owner": 200,
        "admin": 200,
        "editor": 200,
        "viewer": 200,
        "stranger": 404,
        "nobody": 401,
        "key": 200,
        "key without scope": 200,
    }


def test_owners_and_admins_change_it(team):
    body = {"name": "Renamed", "late_minutes": 5}

    assert team.statuses("patch", f"{PATH}/{team.workspace.pk}", body) == {
        "owner": 200,
        "admin": 200,
        "editor": 403,
        "viewer": 403,
        "stranger": 404,
        "nobody": 401,
        "key": 200,
        "key without scope": 403,
    }


def test_a_change_is_stored_and_recorded(team):
    client = team.client("admin")
    change = {
        "name": "Newsroom",
        "timezone": "Asia/Tokyo",
        "late_policy": "hold",
        "late_minutes": 15,
    }

    answer = client.patch(f"{PATH}/{team.workspace.pk}", change)

    assert answer.json() == client.get(f"{PATH}/{team.workspace.pk}").json()
    stored = Workspace.objects.filter(pk=team.workspace.pk).values(*change).get()
    assert stored == change
    done = ActivityLog.objects.get()
    assert (done.action, done.thing_id, done.workspace_id, done.user_id) == (
        "workspace.updated",
        team.workspace.pk,
        team.workspace.pk,
        team.people["admin"].pk,
    )
    assert done.details == {"changed": sorted(change)}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, {"name": ["blank"]}),
        ({"name": "x" * 121}, {"name": ["max_length"]}),
        ({"timezone": "Mars"}, {"timezone": ["unknown_zone"]}),
        ({"late_policy": "shrug"}, {"late_policy": ["invalid_choice"]}),
        ({"late_minutes": 0}, {"late_minutes": ["min_value"]}),
        ({"late_minutes": 10**30}, {"late_minutes": ["max_value"]}),
        ({"id": "x"}, {"id": ["unknown_field"]}),
        ({"name": "", "more": 1}, {"name": ["blank"], "more": ["unknown_field"]}),
    ],
)
def test_a_change_refuses(team, change, fields):
    answer = team.client("owner").patch(f"{PATH}/{team.workspace.pk}", change)

    assert fields_of(answer) == fields
    assert not ActivityLog.objects.exists()


def test_an_empty_change_changes_and_records_nothing(team):
    answer = team.client("owner").patch(f"{PATH}/{team.workspace.pk}", {})

    assert (answer.status_code, answer.json()["name"]) == (200, team.workspace.name)
    assert not ActivityLog.objects.exists()


@pytest.mark.parametrize("made_before", [0, 1])
def test_making_one_is_safe_to_repeat_for_members_of_any(made_before):
    user = make_person()
    MembershipFactory.create_batch(made_before, user=user)
    client = client_of(user, **{"Idempotency-Key": "k-1"})

    first, second = (client.post(PATH, {"name": "One"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    # The first ever has no workspace yet to keep the answer in.
    assert ("Idempotent-Replayed" in second.headers) == bool(made_before)
    assert (first.json() == second.json()) == bool(made_before)


def test_people_make_more(team):
    client = team.client("viewer")

    answer = client.post(PATH, {"name": "Side project", "timezone": "Europe/Oslo"})

    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["timezone"], made["role"]) == (
        "Side project",
        "Europe/Oslo",
        "owner",
    )
    membership = Membership.objects.get(workspace_id=made["id"])
    assert (membership.user_id, membership.role) == (team.people["viewer"].pk, "owner")
    done = ActivityLog.objects.get()
    assert (done.action, str(done.workspace_id)) == ("workspace.created", made["id"])


def test_another_one_is_in_its_makers_time_zone():
    client = client_of(make_person(timezone="Asia/Tokyo"))

    zones = [
        client.post(PATH, {"name": "One", **given}).json()["timezone"]
        for given in ({}, {"timezone": "Europe/Oslo"})
    ]

    assert zones == ["Asia/Tokyo", "Europe/Oslo"]


def test_a_key_makes_none(team):
    answer = client_with(team.key()).post(PATH, {"name": "More"})

    assert error_of(answer) == (403, "person_only")
    assert Workspace.objects.count() == 2


@pytest.mark.parametrize(("rows", "more"), [(1, 0), (3, 2)])
def test_the_list_takes_the_same_queries(team, django_assert_num_queries, rows, more):
    user = team.people["owner"]
    MembershipFactory.create_batch(more, user=user)
    client = client_of(user)

    with django_assert_num_queries(3):  # the person, the count, the rows
        assert len(ids(client.get(PATH))) == rows


def test_a_list_is_searched_ordered_and_paged(team):
    user = make_person()
    for name in ("Bravo", "Alpha", "Charlie"):
        MembershipFactory(user=user, workspace__name=name)
    client = client_of(user)

    def names(query):
        return [row["name"] for row in client.get(f"{PATH}?{query}").json()["results"]]

    assert names("search=alph") == ["Alpha"]
    assert names("ordering=-name") == ["Charlie", "Bravo", "Alpha"]
    assert names("ordering=name&page_size=2&page=2") == ["Charlie"]


ACTIVITY = "/api/v1/activity"


def test_the_header_switches(team):
    user = team.people["owner"]
    second = MembershipFactory(user=user, role=Role.VIEWER).workspace
    keys = "/api/v1/api-keys"

    first = client_of(user).get(keys)
    other = client_of(user, **{"X-Workspace": str(second.pk)}).get(keys)

    assert first.status_code == 200
    assert error_of(other) == (403, "role_forbids")


@pytest.mark.parametrize(
    "header", ["", "x", "123", str(uuid.UUID(int=1)), "\xe9", "' OR 1=1"]
)
def test_an_unknown_workspace_is_not_found(team, header):
    client = client_of(team.people["owner"], **{"X-Workspace": header})

    assert error_of(client.get(ACTIVITY)) == (404, "unknown_workspace")


def test_a_strangers_workspace_is_not_found(team):
    header = {"X-Workspace": str(team.workspace.pk)}

    answer = client_of(team.people["stranger"], **header).get(ACTIVITY)

    assert error_of(answer) == (404, "unknown_workspace")


def test_a_key_does_not_switch(team):
    user = team.people["owner"]
    second = MembershipFactory(user=user).workspace
    client = client_with(team.key())

    def get(workspace):
        return client.get(ACTIVITY, headers={"X-Workspace": str(workspace.pk)})

    assert get(team.workspace).status_code == 200
    assert error_of(get(second)) == (404, "unknown_workspace")


def test_somebody_without_any_is_told(db):
    assert error_of(client_of(make_person()).get(ACTIVITY)) == (404, "no_workspace")
