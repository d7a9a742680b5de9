"""Targets: posts on single accounts."""

from __future__ import annotations

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import AnyOf, AwareDateTimeFilter, CreatedRange
from social_media.api.v1.serializers.targets import (
    ResolutionSerializer,
    TargetSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.enums import Platform, TargetStatus
from social_media.posts.read import shown_targets
from social_media.posts.resolve import resolve_live, resolve_send_again


class TargetFilter(CreatedRange):
    """By what a calendar or a watchdog asks for."""

    status = AnyOf(choices=TargetStatus.choices)
    platform = AnyOf("account__platform", choices=Platform.choices)
    account = filters.UUIDFilter("account_id")
    post = filters.UUIDFilter("post_id")
    due_at_after = AwareDateTimeFilter("due_at", lookup_expr="gte")
    due_at_before = AwareDateTimeFilter("due_at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(
        summary="List the targets",
        description="One per post and account: what a calendar or a watchdog asks for.",
    ),
    retrieve=extend_schema(
        summary="Read one target",
        description="One post on one account, with what stands on its network.",
    ),
)
class TargetsViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """One row per post and account."""

    queryset = shown_targets().filter(post__is_template=False)
    workspace_path = "post__workspace_id"
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    search_fields = (
        "content",
        "thread_parts__content",
        "post__content",
        "post__thread_parts__content",
        "error_message",
    )
    ordering_fields = ("created_at", "due_at", "posted_at", "status")
    http_method_names = ("get", "post", "head")
    refusals = {"resolve": ("409",)}
    needs = {
        "list": Permission.POSTS_READ,
        "retrieve": Permission.POSTS_READ,
        "resolve": Permission.POSTS_WRITE,
    }

    @extend_schema(request=ResolutionSerializer, responses=TargetSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Settle an unconfirmed target: it is live at this link, or send it again.

        After `live` the rest of a thread goes out by itself where the link tells the
        post's id (X, Mastodon).
        """
        target = self.bare()
        given = ResolutionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if given.validated_data["decision"] == ResolutionSerializer.LIVE:
            resolve_live(target, url=given.validated_data["url"], **self.by())
        else:
            resolve_send_again(target, **self.by())
        return Response(self.get_serializer(self.get_object()).data)
