"""Issuing keys: nobody gives away what they can't do themselves."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.caller import caller_for
from accounts.keys import find_key, issue_key
from accounts.models import ApiKey
from accounts.roles import Role
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def codes(member, scopes):
    with pytest.raises(ValidationError) as raised:
        issue_key(caller_for(member.user), name="Key", scopes=scopes)
    return [error.code for error in raised.value.error_dict["scopes"]]


@pytest.mark.parametrize(
    ("role", "scopes", "code"),
    [
        (Role.EDITOR, ["posts.write", "accounts.manage"], "scope_beyond_role"),
        (Role.OWNER, ["api_keys.manage"], "unknown_scope"),
        (Role.OWNER, ["posts.explode"], "unknown_scope"),
        (Role.OWNER, [], "empty"),
    ],
)
def test_scopes_that_can_not_be_given(role, scopes, code):
    assert codes(MembershipFactory(role=role), scopes) == [code]
    assert not ApiKey.objects.exists()


def test_the_plain_text_finds_its_key():
    member = MembershipFactory()

    key, plain = issue_key(
        caller_for(member.user), name="Key", scopes=["posts.read", "posts.read"]
    )

    found = find_key(plain)
    assert found == key
    assert (found.scopes, found.workspace) == (["posts.read"], member.workspace)
    assert plain not in str(ApiKey.objects.values().get())
    assert find_key(plain + "x") is None
    assert find_key(key.prefix) is None


def test_a_key_whose_maker_joined_another_workspace_only():
    maker = MembershipFactory().user
    key = ApiKeyFactory(created_by=maker)

    assert find_key(key.plain) is None
