"""Denied unless the table says otherwise, for every viewset there is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated

from accounts.caller import Caller
from accounts.models import User, Workspace
from accounts.roles import Permission, Role
from social_media.api.v1.permissions import IsPerson, MemberMay, require, user_of
from social_media.api.v1.viewsets.auth import OpenView
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from tests.social_media.api.callers import client_of, error_of


def views(resolver=None, prefix=""):
    """Every view of the API with the actions of its addresses."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/v1/"):
            callback = pattern.callback
            actions = getattr(callback, "actions", None) or {}
            yield path, callback.cls, set(actions.values())


def test_every_address_is_closed_to_those_who_are_not_signed_in():
    closed = {MemberMay, IsPerson, IsAuthenticated}

    open_ones = {
        path
        for path, cls, _ in views()
        if not issubclass(cls, OpenView)
        and not set(getattr(cls, "permission_classes", ())) & closed
    }

    assert open_ones == set()


def test_the_open_addresses_are_those_of_signing_in():
    opened = {path for path, cls, _ in views() if issubclass(cls, OpenView)}

    assert opened == {
        f"api/v1/^auth/{name}/?$" for name in ("register", "login", "logout", "refresh")
    }


def test_every_action_on_rows_of_a_workspace_has_a_row_in_the_table():
    missing = {
        (cls.__name__, action)
        for _, cls, actions in views()
        if issubclass(cls, WorkspaceScoped)
        for action in actions
        if action not in cls.needs
    }

    assert missing == set()


@pytest.mark.django_db
def test_an_action_without_a_row_is_denied_to_the_owner(team, monkeypatch):
    from social_media.api.v1.viewsets.activity import ActivityViewSet

    monkeypatch.setattr(ActivityViewSet, "needs", {})

    answer = client_of(team.people["owner"]).get("/api/v1/activity")

    assert error_of(answer) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.OWNER, Permission.API_KEYS_MANAGE, True),
        (Role.ADMIN, Permission.WORKSPACE_MANAGE, True),
        (Role.EDITOR, Permission.POSTS_WRITE, True),
        (Role.EDITOR, Permission.ACCOUNTS_MANAGE, False),
        (Role.VIEWER, Permission.POSTS_READ, True),
        (Role.VIEWER, Permission.POSTS_WRITE, False),
        (Role.VIEWER, None, True),
    ],
)
def test_a_role_allows_what_the_table_says(role, permission, allowed):
    caller = Caller(User(), Workspace(), role)

    if allowed:
        require(caller, permission)
    else:
        with pytest.raises(PermissionDenied, match=permission.label):
            require(caller, permission)


def test_without_a_person_a_view_does_not_go_on():
    with pytest.raises(TypeError):
        user_of(SimpleNamespace(user=None))
