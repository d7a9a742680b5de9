"""Who asks, in which workspace, and what that allows."""

from __future__ import annotations

import uuid

import pytest

from accounts.caller import NoWorkspace, caller_for
from accounts.roles import ALLOWED, KEY_SCOPES, Permission, Role
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_without_a_wish_it_is_the_workspace_joined_first():
    first = MembershipFactory(role=Role.VIEWER)
    MembershipFactory(user=first.user)

    caller = caller_for(first.user)

    assert (caller.workspace, caller.role) == (first.workspace, Role.VIEWER)


def test_a_wish_is_granted_to_members():
    user = MembershipFactory().user
    second = MembershipFactory(user=user, role=Role.EDITOR)

    caller = caller_for(user, workspace_id=second.workspace_id)

    assert (caller.workspace, caller.role) == (second.workspace, Role.EDITOR)


@pytest.mark.parametrize("exists", [True, False])
def test_others_are_told_the_same_whether_it_exists_or_not(exists):
    user = MembershipFactory().user
    wanted = MembershipFactory().workspace_id if exists else uuid.uuid4()

    with pytest.raises(NoWorkspace, match="There is no such workspace") as raised:
        caller_for(user, workspace_id=wanted)

    assert raised.value.code == "unknown_workspace"


def test_somebody_without_any_is_told():
    with pytest.raises(NoWorkspace) as raised:
        caller_for(UserFactory())

    assert raised.value.code == "no_workspace"


def test_a_key_decides_the_workspace_and_its_maker_the_role():
    user = MembershipFactory().user
    second = MembershipFactory(user=user, role=Role.ADMIN)
    key = ApiKeyFactory(workspace=second.workspace, created_by=user)

    caller = caller_for(user, api_key=key)

    assert (caller.workspace, caller.role) == (second.workspace, Role.ADMIN)
    assert caller.api_key == key
    with pytest.raises(NoWorkspace):
        caller_for(user, api_key=key, workspace_id=uuid.uuid4())


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(role):
    member = MembershipFactory(role=role)

    caller = caller_for(member.user)

    assert {permission for permission in Permission if caller.may(permission)} == set(
        ALLOWED[role]
    )


@pytest.mark.parametrize("role", Role)
def test_a_key_may_what_both_its_scopes_and_the_role_allow(role):
    member = MembershipFactory(role=role)
    scopes = {Permission.POSTS_READ, Permission.WORKSPACE_MANAGE}
    key = ApiKeyFactory(
        workspace=member.workspace, created_by=member.user, scopes=sorted(scopes)
    )

    caller = caller_for(member.user, api_key=key)

    assert {permission for permission in Permission if caller.may(permission)} == (
        scopes & ALLOWED[role]
    )


def test_no_key_makes_keys():
    assert Permission.API_KEYS_MANAGE not in KEY_SCOPES
