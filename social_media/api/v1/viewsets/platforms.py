"""The networks and what they can do."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from social_media.api.v1.filters import refuse_unknown
from social_media.api.v1.serializers.platforms import PlatformSerializer
from social_media.enums import Platform
from social_media.platforms.factory import strategy_for


class PlatformsViewSet(ViewSet):
    """Limits, options and sign-in fields of every network, the same for everybody."""

    permission_classes = (IsAuthenticated,)
    lookup_field = "platform"
    http_method_names = ("get", "head")

    @extend_schema(responses=PlatformSerializer(many=True))
    def list(self, request: Request) -> Response:
        """List the networks, what they can do and what connecting asks for."""
        refuse_unknown(request)
        can = [strategy_for(platform).capabilities() for platform in Platform]
        return Response(PlatformSerializer(can, many=True).data)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "platform", enum=Platform.values, location=OpenApiParameter.PATH
            )
        ],
        responses=PlatformSerializer,
    )
    def retrieve(self, request: Request, platform: str) -> Response:
        """Read what one network can do and what connecting asks for."""
        refuse_unknown(request)
        if platform not in Platform.values:
            raise NotFound(f"There is no network called {platform}.")
        return Response(PlatformSerializer(strategy_for(platform).capabilities()).data)
