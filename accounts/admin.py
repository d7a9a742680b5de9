"""Operators look at people, workspaces and keys; they switch users off, revoke keys."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts.caller import Caller
from accounts.keys import revoke_key
from accounts.look_only import LookOnly, LookOnlyInline, operator
from accounts.models import ApiKey, Membership, User, Workspace
from accounts.roles import Role

# Their pages show refresh tokens that still work.
admin.site.unregister([BlacklistedToken, OutstandingToken])


class MembershipsOfUser(LookOnlyInline):
    """Where a person belongs."""

    model = Membership
    fields = ("workspace", "role", "created_at")
    readonly_fields = fields
    joined = ("user", "workspace")


class MembershipsOfWorkspace(LookOnlyInline):
    """Who belongs to a workspace."""

    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    joined = ("user", "workspace")


@admin.register(User)
class Users(UserAdmin):  # type: ignore[type-arg]
    """People. Adding one is left to registering: that makes their workspace too."""

    ordering = ("email",)
    list_display = ("email", "timezone", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    date_hierarchy = "date_joined"
    readonly_fields = ("email", "last_login", "date_joined")
    filter_horizontal = ("groups", "user_permissions")
    inlines = (MembershipsOfUser,)
    fieldsets = (
        (None, {"fields": ("email", "first_name", "last_name", "timezone")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Rights in this admin", {"fields": ("groups", "user_permissions")}),
        ("Times", {"fields": ("last_login", "date_joined")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: what they wrote is everybody's. Switch them off instead."""
        return False


@admin.register(Workspace)
class Workspaces(LookOnly):
    """Teams and their defaults."""

    list_display = ("name", "timezone", "late_policy", "late_minutes", "created_at")
    list_filter = ("late_policy",)
    search_fields = ("name", "members__email")
    date_hierarchy = "created_at"
    inlines = (MembershipsOfWorkspace,)


@admin.register(Membership)
class Memberships(LookOnly):
    """Who may do what where."""

    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    joined = ("user", "workspace")
    search_fields = ("user__email", "workspace__name")
    date_hierarchy = "created_at"
    id_fields = ("pk", "user", "workspace")


@admin.register(ApiKey)
class ApiKeys(LookOnly):
    """Keys of programs: what they may do and when they were used, never the key."""

    list_display = (
        "name",
        "prefix",
        "workspace",
        "created_by",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("workspace", "created_by")
    search_fields = ("name", "prefix", "workspace__name", "created_by__email")
    date_hierarchy = "created_at"
    id_fields = ("pk", "workspace", "created_by")
    exclude = ("key_hash",)
    unread = ("key_hash",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, keys: Any) -> None:
        """Useless from now on; the workspace's activity tells who did it."""
        for key in keys.filter(revoked_at=None):
            caller = Caller(operator(request), key.workspace, Role.ADMIN)
            revoke_key(key, caller=caller)
        self.message_user(request, "The chosen keys are revoked.")
