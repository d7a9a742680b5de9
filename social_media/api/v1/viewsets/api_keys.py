"""The workspace's API keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.keys import issue_key, revoke_key
from accounts.models import ApiKey
from accounts.roles import Permission
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.serializers.api_keys import (
    ApiKeyOrderSerializer,
    ApiKeySerializer,
    NewApiKeySerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped


@extend_schema_view(
    list=extend_schema(
        summary="List the API keys",
        description="Revoked ones too. The key itself is shown only when it is made.",
    ),
    retrieve=extend_schema(
        summary="Read about one API key",
        description="The key itself is shown only when it is made.",
    ),
)
class ApiKeysViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """Keys for programs, revoked ones too. The key itself is shown only once."""

    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    search_fields = ("name", "prefix")
    ordering_fields = ("name", "created_at", "last_used_at", "expires_at")
    http_method_names = ("get", "post", "delete", "head")
    needs = dict.fromkeys(
        ("list", "retrieve", "create", "destroy"), Permission.API_KEYS_MANAGE
    )

    @extend_schema(
        request=ApiKeyOrderSerializer,
        responses={201: NewApiKeySerializer},
        examples=[
            OpenApiExample(
                "For a script that posts",
                request_only=True,
                value={
                    "name": "Release notes",
                    "scopes": ["posts.read", "posts.write"],
                    "expires_at": "2027-01-01T00:00:00Z",
                },
            )
        ],
    )
    @idempotent(secret={"key"})
    def create(self, request: Request) -> Response:
        """Make a key. Its scopes can't go beyond your own role."""
        order = ApiKeyOrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        key, plain = issue_key(self.caller, **order.validated_data)
        shown: dict[str, Any] = ApiKeySerializer(key).data
        return Response({**shown, "key": plain}, status=201)

    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a key, for good and at once."""
        revoke_key(self.get_object(), caller=self.caller)
        return Response(status=204)
