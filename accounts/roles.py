"""The one table of who may do what in a workspace."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices


class Role(TextChoices):
    """A member's part in a workspace."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


class Permission(TextChoices):
    """What can be allowed, to a role or to an API key (where it is called a scope)."""

    POSTS_READ = "posts.read", "See posts and their attempts"
    POSTS_WRITE = "posts.write", "Write, schedule and publish posts"
    ACCOUNTS_READ = "accounts.read", "See connected accounts"
    ACCOUNTS_MANAGE = "accounts.manage", "Connect, pause and disconnect accounts"
    ACTIVITY_READ = "activity.read", "See the activity log"
    MEMBERS_MANAGE = "members.manage", "Add and remove members and change their roles"
    API_KEYS_MANAGE = "api_keys.manage", "Make and revoke API keys"
    WORKSPACE_MANAGE = "workspace.manage", "Change the workspace's settings"


_READ = frozenset(
    {Permission.POSTS_READ, Permission.ACCOUNTS_READ, Permission.ACTIVITY_READ}
)

ALLOWED: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission),
    Role.EDITOR: _READ | {Permission.POSTS_WRITE},
    Role.VIEWER: _READ,
}

#: Scopes that an API key may carry: a key never lets in others, people or keys.
KEY_SCOPES: frozenset[Permission] = frozenset(Permission) - {
    Permission.API_KEYS_MANAGE,
    Permission.MEMBERS_MANAGE,
}

#: From the one who may do least.
_RANKS = (Role.VIEWER, Role.EDITOR, Role.ADMIN, Role.OWNER)


def is_above(role: str, other: str) -> bool:
    """Whether `role` may more than `other`. Raises ValueError for an unknown one."""
    return _RANKS.index(Role(role)) > _RANKS.index(Role(other))


def allows(role: str, permission: Permission) -> bool:
    """Whether `role` may do `permission`. Raises ValueError for an unknown role."""
    return permission in ALLOWED[Role(role)]
