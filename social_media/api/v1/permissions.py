"""Who may: roles and key scopes, through one table per viewset."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Protocol

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.caller import Caller, NoWorkspace, caller_for
from accounts.models import User
from accounts.roles import KEY_SCOPES, Permission
from social_media.api.v1.authentication import key_of

WORKSPACE_HEADER = "X-Workspace"


class HasCaller(Protocol):
    """A view that knows its caller and what each of its actions needs."""

    #: Per action; None: any member. An action without a row is denied to everybody.
    needs: Mapping[str, Permission | None]
    action: str | None

    @property
    def caller(self) -> Caller: ...


def user_of(request: Request) -> User:
    """The person who calls, or whose key calls. Only after authentication."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("Nobody is signed in: the permissions were not checked.")
    return user


def caller_of(request: Request) -> Caller:
    """The caller in the workspace of the key or of X-Workspace, else in their own.

    Raises NoWorkspace, which becomes a 404. Asks the database each time.
    """
    return caller_for(
        user_of(request),
        workspace_id=_wanted(request.headers.get(WORKSPACE_HEADER)),
        api_key=key_of(request),
    )


def require(caller: Caller, permission: Permission | None) -> None:
    """Raise PermissionDenied in words unless `caller` may; None is for any member."""
    if permission is None or caller.may(permission):
        return
    if caller.api_key is not None and permission not in KEY_SCOPES:
        message = f"An API key can't do this: {permission.label}. Sign in as a person."
        raise PermissionDenied(message, code="person_only")
    if caller.api_key is not None and permission not in caller.api_key.scopes:
        message = f"This API key lacks the scope {permission.value}."
        raise PermissionDenied(message, code="missing_scope")
    message = f"Your role ({caller.role.value}) does not allow this: {permission.label}"
    raise PermissionDenied(f"{message}.", code="role_forbids")


class MemberMay(BasePermission):
    """Allows what the view's `needs` asks of the caller's role and scopes."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """False: nobody is signed in. Raises PermissionDenied in words."""
        if not request.user.is_authenticated:
            return False
        action = getattr(view, "action", None)
        if action in {None, "metadata"}:  # no such method here: the view answers 405
            return True
        return self._allowed(view, action)  # type: ignore[arg-type]

    def _allowed(self, view: HasCaller, action: str) -> bool:
        if action not in view.needs:
            raise PermissionDenied
        require(view.caller, view.needs[action])
        return True


class IsPerson(BasePermission):
    """A signed-in person; a key is told that it can't."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises PermissionDenied for a key."""
        if key_of(request) is not None:
            raise PermissionDenied(
                "An API key can't do this. Sign in as a person.", code="person_only"
            )
        return bool(request.user.is_authenticated)


def _wanted(header: str | None) -> uuid.UUID | None:
    if header is None:
        return None
    try:
        return uuid.UUID(header.strip())
    except ValueError:
        raise NoWorkspace("There is no such workspace.") from None
