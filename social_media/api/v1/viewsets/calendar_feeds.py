"""Feeds of the calendar for calendar apps."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.serializers.calendar_feeds import (
    FeedOrderSerializer,
    FeedSerializer,
    NewFeedSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.models import CalendarFeed
from social_media.posts.feeds import create_feed, revoke_feed, with_works

_READ, _WRITE = Permission.POSTS_READ, Permission.POSTS_WRITE


@extend_schema_view(
    list=extend_schema(
        operation_id="calendar_feeds_list",
        summary="List the calendar feeds",
        description="Revoked ones too. An address is shown only when it is made.",
    ),
    retrieve=extend_schema(
        summary="Read about one calendar feed",
        description="Its address is shown only when it is made.",
    ),
)
class CalendarFeedsViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """Secret addresses at which calendar apps read the workspace's posts."""

    queryset = with_works(CalendarFeed.objects.all())
    serializer_class = FeedSerializer
    search_fields = ("name",)
    ordering_fields = ("name", "created_at", "last_used_at")
    http_method_names = ("get", "post", "delete", "head")
    needs = {"list": _READ, "retrieve": _READ, "create": _WRITE, "destroy": _WRITE}

    @extend_schema(request=FeedOrderSerializer, responses={201: NewFeedSerializer})
    @idempotent(secret={"url"})
    def create(self, request: Request) -> Response:
        """Make a feed. Whoever knows its address reads the calendar: keep it secret."""
        order = FeedOrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        feed, token = create_feed(
            self.caller.workspace, **order.validated_data, **self.by()
        )
        rows: QuerySet[Any] = self.get_queryset()
        shown: dict[str, Any] = FeedSerializer(rows.get(pk=feed.pk)).data
        url = request.build_absolute_uri(reverse("calendar-feed", args=[token]))
        return Response({**shown, "url": url}, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Revoke a feed: its address shows nothing from now on."""
        revoke_feed(self.bare(), **self.by())
        return Response(status=204)
