"""Connected accounts."""

from __future__ import annotations

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import AnyOf, CreatedRange
from social_media.api.v1.serializers.accounts import (
    AccountChangeSerializer,
    AccountSerializer,
)
from social_media.api.v1.serializers.connections import (
    CONNECTIONS,
    ConnectionSerializer,
)
from social_media.api.v1.serializers.posts import NothingSerializer
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.enums import AccountStatus, Platform
from social_media.models import ConnectedAccount
from social_media.oauth.check import check
from social_media.oauth.connect import connect
from social_media.oauth.settings import update_account
from social_media.posts.disconnect import disconnect

_READ, _MANAGE = Permission.ACCOUNTS_READ, Permission.ACCOUNTS_MANAGE


class AccountFilter(CreatedRange):
    """By network and status."""

    platform = AnyOf(choices=Platform.choices)
    status = AnyOf(choices=AccountStatus.choices)


@extend_schema_view(
    list=extend_schema(
        summary="List the connected accounts",
        description="Disconnected ones are listed only when `status` asks for them.",
    ),
    retrieve=extend_schema(
        summary="Read one account", description="Its tokens are never shown."
    ),
)
class AccountsViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """Accounts on networks. Disconnected ones are listed only when asked for."""

    queryset = ConnectedAccount.objects.defer("secrets")
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    search_fields = ("handle", "display_name", "label")
    ordering_fields = ("platform", "handle", "status", "created_at")
    http_method_names = ("get", "post", "patch", "head")
    refusals = {
        "partial_update": ("409",),
        "connect": ("503",),
        "disconnect": ("409",),
        "check_now": ("409", "503"),
    }
    needs = {
        "list": _READ,
        "retrieve": _READ,
        "partial_update": _MANAGE,
        "connect": _MANAGE,
        "disconnect": _MANAGE,
        "check_now": _MANAGE,
    }

    def get_queryset(self) -> QuerySet[Model]:
        """This workspace's; the list without what is disconnected."""
        rows = super().get_queryset()
        if self.action == "list" and "status" not in self.request.query_params:
            return rows.exclude(status=AccountStatus.DISCONNECTED)
        return rows

    @extend_schema(request=AccountChangeSerializer, responses=AccountSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the label or a limit, pause or resume."""
        account = self.get_object()
        changes = AccountChangeSerializer(data=request.data, partial=True)
        changes.is_valid(raise_exception=True)
        update_account(account, changes=changes.validated_data, **self.by())
        return self._shown(account)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "platform", enum=Platform.values, location=OpenApiParameter.PATH
            )
        ],
        request=ConnectionSerializer,
        examples=CONNECTIONS,
        responses={201: AccountSerializer},
    )
    @action(detail=False, methods=["post"], url_path="connect/(?P<platform>[^/]+)")
    def connect(self, request: Request, platform: str) -> Response:
        """Connect an account with the network's `connect_fields` (see /platforms).

        The network is asked before anything is stored. An account that was connected
        before keeps its id and its posts, and stays paused if it was paused.
        """
        given = dict(request.data)
        account = connect(
            self.caller.workspace, platform=platform, given=given, **self.by()
        )
        return self._shown(account, status=201)

    @extend_schema(request=NothingSerializer, responses=AccountSerializer)
    @action(detail=True, methods=["post"])
    def disconnect(self, request: Request, pk: str) -> Response:
        """Forget its tokens and cancel what is scheduled on it. Its history stays."""
        account = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        disconnect(account, **self.by())
        return self._shown(account)

    @extend_schema(request=NothingSerializer, responses=AccountSerializer)
    @action(detail=True, methods=["post"], url_path="check", url_name="check")
    def check_now(self, request: Request, pk: str) -> Response:
        """Ask the network whether its tokens still work; brings its data up to date."""
        account = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        check(account, **self.by())
        return self._shown(account)

    def _shown(self, account: ConnectedAccount, *, status: int = 200) -> Response:
        return Response(self.get_serializer(account).data, status=status)
