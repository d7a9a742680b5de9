"""Who asks, in which workspace, and what that allows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from accounts.models import ApiKey, Membership, User, Workspace
from accounts.roles import Permission, Role, allows


class NoWorkspace(Exception):
    """The caller has no such workspace; whether it exists is not told."""

    def __init__(self, message: str, *, code: str = "unknown_workspace") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class Caller:
    """One person, or a program with that person's API key, in one workspace.

    `role` is the person's; a key may do what both its scopes and this role allow.
    """

    user: User
    workspace: Workspace
    role: Role
    api_key: ApiKey | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the caller is allowed to do `permission` in the workspace."""
        if self.api_key is not None and permission not in self.api_key.scopes:
            return False
        return allows(self.role, permission)


def caller_for(
    user: User, *, workspace_id: uuid.UUID | None = None, api_key: ApiKey | None = None
) -> Caller:
    """`user` in the key's workspace, the wanted one, else the one joined first.

    Raises NoWorkspace when they are no member of it, or of any.
    """
    if api_key is not None:
        if workspace_id not in {None, api_key.workspace_id}:
            raise NoWorkspace("This API key belongs to another workspace.")
        workspace_id = api_key.workspace_id
    found = Membership.objects.filter(user=user).select_related("workspace")
    if workspace_id is not None:
        found = found.filter(workspace_id=workspace_id)
    membership = found.first()
    if membership is None:
        raise _missing(workspace_id)
    return Caller(user, membership.workspace, Role(membership.role), api_key)


def _missing(workspace_id: uuid.UUID | None) -> NoWorkspace:
    if workspace_id is not None:
        return NoWorkspace("There is no such workspace.")
    return NoWorkspace(
        "You belong to no workspace. Make one first.", code="no_workspace"
    )
