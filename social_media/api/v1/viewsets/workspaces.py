"""The caller's workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.caller import Caller, caller_for
from accounts.models import Workspace
from accounts.roles import Permission
from accounts.workspaces import create_workspace, update_workspace
from social_media.api.v1.authentication import key_of
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.permissions import IsPerson, caller_of, require, user_of
from social_media.api.v1.serializers.posts import NothingSerializer
from social_media.api.v1.serializers.workspaces import (
    ResumeSerializer,
    WorkspaceChangeSerializer,
    WorkspaceSerializer,
    workspace_json,
)
from social_media.api.v1.viewsets.scoped import UUID_REGEX
from social_media.posts.pause import pause, resume


@extend_schema_view(
    list=extend_schema(
        summary="List the workspaces",
        description="Those where you are a member; an API key sees its own only.",
    ),
    retrieve=extend_schema(
        summary="Read one workspace", description="With your role in it."
    ),
)
class WorkspacesViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Workspace]):
    """Where the caller is a member. A key sees the one that it belongs to."""

    queryset = Workspace.objects.all()
    serializer_class = WorkspaceSerializer
    lookup_value_regex = UUID_REGEX
    search_fields = ("name",)
    ordering_fields = ("name", "created_at")
    http_method_names = ("get", "post", "patch", "head")
    refusals: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
        ("pause", "resume"), ("409",)
    )

    #: Beyond being signed in; what a change needs is asked of the workspace itself.
    permissions: ClassVar[Mapping[str, type[BasePermission]]] = {"create": IsPerson}

    def get_permissions(self) -> list[Any]:
        """Whoever is signed in; only people make workspaces."""
        return [self.permissions.get(self.action or "", IsAuthenticated)()]

    def get_queryset(self) -> QuerySet[Workspace]:
        """The caller's, each with `role`."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        key = key_of(self.request)
        if key is not None:
            rows = rows.filter(pk=key.workspace_id)
        mine = rows.filter(memberships__user=user_of(self.request))
        return mine.annotate(role=F("memberships__role"))

    @cached_property
    def caller(self) -> Caller:
        """Where the answer to an Idempotency-Key is kept. Raises NoWorkspace."""
        return caller_of(self.request)

    @extend_schema(
        request=WorkspaceChangeSerializer, responses={201: WorkspaceSerializer}
    )
    @idempotent()
    def create(self, request: Request) -> Response:
        """Make a workspace of one's own."""
        changes = _checked(request, partial=False)
        return Response(
            workspace_json(create_workspace(user_of(request), **changes)), status=201
        )

    @extend_schema(
        request=WorkspaceChangeSerializer(partial=True), responses=WorkspaceSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its name, time zone or what late posts do."""
        caller = self._manager_of(self.get_object())
        update_workspace(caller, changes=_checked(request, partial=True))
        return Response(workspace_json(caller))

    @extend_schema(request=NothingSerializer, responses=WorkspaceSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Let nothing more leave it, on any account. What is being sent is finished."""
        caller = self._manager_of(self.get_object())
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        pause(caller.workspace, user=caller.user, api_key=caller.api_key)
        return Response(workspace_json(caller))

    @extend_schema(request=ResumeSerializer, responses=WorkspaceSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Let posts leave it again. Where some fell due meanwhile, `overdue` is needed.

        Without it the answer is a 409 that says how many there are.
        """
        caller = self._manager_of(self.get_object())
        given = ResumeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        resume(
            caller.workspace,
            **given.validated_data,
            user=caller.user,
            api_key=caller.api_key,
        )
        return Response(workspace_json(caller))

    def _manager_of(self, workspace: Workspace) -> Caller:
        """The caller, who may change it. Raises PermissionDenied."""
        caller = self._caller_in(workspace)
        require(caller, Permission.WORKSPACE_MANAGE)
        return caller

    def _caller_in(self, workspace: Workspace) -> Caller:
        return caller_for(
            user_of(self.request),
            workspace_id=workspace.pk,
            api_key=key_of(self.request),
        )


def _checked(request: Request, *, partial: bool) -> dict[str, Any]:
    serializer = WorkspaceChangeSerializer(data=request.data, partial=partial)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found
