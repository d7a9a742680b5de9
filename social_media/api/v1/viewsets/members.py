"""Who belongs to a workspace."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.caller import Caller, caller_for
from accounts.members import (
    LastOwner,
    MemberGone,
    RoleAboveOwn,
    add_member,
    change_role,
    person_with,
    remove_member,
)
from accounts.models import Membership
from accounts.roles import Permission
from social_media.api.v1.authentication import key_of
from social_media.api.v1.errors import Conflict, translate
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.permissions import require, user_of
from social_media.api.v1.serializers.members import (
    MemberSerializer,
    NewMemberSerializer,
    RoleSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped

_MANAGE = Permission.MEMBERS_MANAGE


@extend_schema_view(
    list=extend_schema(
        summary="List the members", description="Every member sees who else is one."
    ),
)
class MembersViewSet(ListModelMixin, WorkspaceScoped):
    """Members of the workspace that the address names."""

    queryset = Membership.objects.select_related("user")
    serializer_class = MemberSerializer
    reads_workspace_header = False
    search_fields = ("user__email", "user__first_name", "user__last_name")
    ordering_fields = ("created_at", "role")
    refusals = dict.fromkeys(("partial_update", "destroy"), ("409",))
    needs = {
        "list": None,
        "create": _MANAGE,
        "partial_update": _MANAGE,
        "destroy": None,  # everybody may leave
    }

    @cached_property
    def caller(self) -> Caller:
        """Who asks, in the address's workspace. Raises NoWorkspace: a 404."""
        return caller_for(
            user_of(self.request),
            workspace_id=uuid.UUID(self.kwargs["workspace"]),
            api_key=key_of(self.request),
        )

    @extend_schema(request=NewMemberSerializer, responses={201: MemberSerializer})
    @idempotent()
    def create(self, request: Request, workspace: str) -> Response:
        """Add somebody who has registered, as anything up to your own role."""
        given = _checked(NewMemberSerializer(data=request.data))
        user = person_with(given["email"])
        made = add_member(self.caller, user=user, role=given["role"])
        return Response(MemberSerializer(made).data, status=201)

    @extend_schema(request=RoleSerializer, responses=MemberSerializer)
    def partial_update(self, request: Request, workspace: str, pk: str) -> Response:
        """Give a member another role; the last owner keeps theirs."""
        member = self.get_object()
        given = _checked(RoleSerializer(data=request.data))
        changed = change_role(self.caller, member, role=given["role"])
        return Response(MemberSerializer(changed).data)

    def destroy(self, request: Request, workspace: str, pk: str) -> Response:
        """Remove a member, or leave; the last owner can't go.

        What they wrote stays. Their API keys stop working.
        """
        member = self.get_object()
        leaves = member.user_id == self.caller.user.pk and not self.caller.api_key
        require(self.caller, None if leaves else _MANAGE)
        remove_member(self.caller, member)
        return Response(status=204)


@translate.register
def _(error: LastOwner) -> exceptions.APIException:
    return Conflict(str(error), code="last_owner")


@translate.register
def _(error: RoleAboveOwn) -> exceptions.APIException:
    return exceptions.PermissionDenied(str(error), code="role_above_own")


@translate.register
def _(error: MemberGone) -> exceptions.APIException:
    return exceptions.NotFound(str(error))


def _checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found
