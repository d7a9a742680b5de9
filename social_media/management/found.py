"""What a command's arguments name."""

from __future__ import annotations

import uuid

from django.core.management.base import CommandError

from accounts.models import User, Workspace


def workspace_named(name: str) -> Workspace:
    """By id, or by a name that no other has. Raises CommandError."""
    try:
        rows = Workspace.objects.filter(pk=uuid.UUID(name))
    except ValueError:
        rows = Workspace.objects.filter(name=name)
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"Several workspaces are called “{name}”: give its id.")
    raise CommandError(f"There is no workspace “{name}”.")


def member_named(email: str, workspace: Workspace) -> User:
    """The person with this address, a member. Raises CommandError."""
    user = User.objects.filter(email__iexact=email, workspaces=workspace).first()
    if user is None:
        raise CommandError(f"{email} is no member of {workspace}.")
    return user
