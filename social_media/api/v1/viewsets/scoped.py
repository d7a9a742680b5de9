"""Base of every viewset whose rows belong to a workspace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.viewsets import GenericViewSet

from accounts.caller import Caller
from accounts.roles import Permission
from social_media.api.v1.permissions import MemberMay, caller_of

#: Anything else in an address is not an id: 404.
UUID_REGEX = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class WorkspaceScoped(GenericViewSet[Any]):
    """Rows of the caller's workspace only; everything else is a 404.

    `needs` names the permission of each action (see `MemberMay`); `workspace_path` is
    the look-up from a row to its workspace's id; `refusals` are the errors that an
    action may answer besides those that every action of its kind has.
    """

    needs: ClassVar[Mapping[str, Permission | None]] = {}
    workspace_path: ClassVar[str] = "workspace_id"
    reads_workspace_header: ClassVar[bool] = True
    refusals: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    permission_classes = (MemberMay,)
    lookup_value_regex = UUID_REGEX
    http_method_names: Sequence[str] = ("get", "post", "patch", "delete", "head")

    @cached_property
    def caller(self) -> Caller:
        """Who asks, in which workspace. Raises NoWorkspace, which becomes a 404."""
        return caller_of(self.request)

    def by(self) -> dict[str, Any]:
        """Who acts, as the domain's functions take it."""
        return {"user": self.caller.user, "api_key": self.caller.api_key}

    def bare(self) -> Any:
        """The row that the address names, without what is only shown, or Http404."""
        rows = self.get_queryset().select_related(None).prefetch_related(None)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_queryset(self) -> QuerySet[Model]:
        """This workspace's rows."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(**{self.workspace_path: self.caller.workspace.pk})
