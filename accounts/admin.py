"""Operators look at people, workspaces and keys; they switch users off, revoke keys."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts.caller import Caller
from accounts.keys import revoke_key
from accounts.look_only import LookOnly, LookOnlyInline, operator
from accounts.members import MemberError, add_member, change_role, remove_member
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

    list_display = (
        "name",
        "timezone",
        "late_policy",
        "late_minutes",
        "paused_at",
        "created_at",
    )
    list_filter = ("late_policy", ("paused_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "members__email")
    date_hierarchy = "created_at"
    inlines = (MembershipsOfWorkspace,)


@admin.register(Membership)
class Memberships(LookOnly):
    """Who may do what where; changed by the rules that owners keep to."""

    fields = ("user", "workspace", "role")
    autocomplete_fields = ("user", "workspace")

    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    joined = ("user", "workspace")
    search_fields = ("user__email", "workspace__name")
    date_hierarchy = "created_at"
    id_fields = ("pk", "user", "workspace")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        return ("user", "workspace") if obj else ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: members go one by one."""
        return {}

    def save_model(
        self, request: HttpRequest, obj: Membership, form: Any, change: bool
    ) -> None:
        """Through the domain."""
        by = _operating(request, obj)
        if change:
            change_role(by, obj, role=obj.role)
        else:
            obj.pk = add_member(by, user=obj.user, role=obj.role).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Through the domain."""
        remove_member(_operating(request, obj), obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What the domain refuses is told."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except MemberError as error:
            return self._told(request, error)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What the domain refuses is told."""
        try:
            return super().delete_view(request, *args, **kwargs)
        except MemberError as error:
            return self._told(request, error)

    def _told(self, request: HttpRequest, error: MemberError) -> HttpResponse:
        self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(request.path)


def _operating(request: HttpRequest, member: Membership) -> Caller:
    """An operator may what an owner may."""
    return Caller(operator(request), member.workspace, Role.OWNER)


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
