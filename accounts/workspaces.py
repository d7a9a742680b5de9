"""Workspaces: made by their owner, changed by who may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.caller import Caller
from accounts.events import happened
from accounts.models import Membership, User, Workspace
from accounts.roles import Role


@transaction.atomic
def create_workspace(user: User, *, name: str, **settings: Any) -> Caller:
    """`user` as owner of a new workspace; `settings` are other fields of it.

    Its time zone is the user's unless `settings` say otherwise.
    """
    settings.setdefault("timezone", user.timezone)
    workspace = Workspace.objects.create(name=name, **settings)
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    caller = Caller(user, workspace, Role.OWNER)
    happened.send(Workspace, action="workspace.created", thing=workspace, caller=caller)
    return caller


@transaction.atomic
def update_workspace(caller: Caller, *, changes: Mapping[str, Any]) -> Workspace:
    """The caller's workspace with `changes` (checked values by field name)."""
    workspace = caller.workspace
    if not changes:
        return workspace
    for name, value in changes.items():
        setattr(workspace, name, value)
    workspace.save(update_fields=list(changes))
    happened.send(
        Workspace,
        action="workspace.updated",
        thing=workspace,
        caller=caller,
        details={"changed": sorted(changes)},
    )
    return workspace
