"""Posts: writing, scheduling, publishing."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import PAGES_ONLY
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.post_filter import SEARCHED, PostFilter
from social_media.api.v1.serializers.posts import (
    NothingSerializer,
    PostOrderSerializer,
    PostSerializer,
    ScheduleSerializer,
    ValidationSerializer,
    WrittenPostSerializer,
)
from social_media.api.v1.serializers.targets import AttemptSerializer
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.models import Post
from social_media.posts import compose, schedule
from social_media.posts.read import attempts_of, shown_posts
from social_media.posts.review import review_new, review_stored

_READ, _WRITE = Permission.POSTS_READ, Permission.POSTS_WRITE


@extend_schema_view(
    list=extend_schema(
        summary="List the posts",
        description=(
            "Newest first; within a range of `scheduled_time`, by that. `search` looks "
            "at every text of a post: its thread, its first comment and what differs "
            "per account too."
        ),
    ),
    retrieve=extend_schema(
        summary="Read one post", description="With where it stands on each account."
    ),
)
class PostsViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """What people write, newest first."""

    queryset = shown_posts()
    serializer_class = PostSerializer
    filterset_class = PostFilter
    search_fields = SEARCHED
    ordering_fields = ("created_at", "updated_at", "scheduled_time", "status")
    grouped_by = ("status",)
    refusals = dict.fromkeys(
        ("partial_update", "destroy", "schedule", "cancel", "publish_now", "retry"),
        ("409",),
    )
    needs = {
        "list": _READ,
        "retrieve": _READ,
        "attempts": _READ,
        "create": _WRITE,
        "partial_update": _WRITE,
        "destroy": _WRITE,
        "schedule": _WRITE,
        "cancel": _WRITE,
        "publish_now": _WRITE,
        "retry": _WRITE,
        "duplicate": _WRITE,
        "validate_new": _READ,
        "validate_stored": _READ,
    }

    @extend_schema(request=PostOrderSerializer, responses={201: WrittenPostSerializer})
    @idempotent()
    def create(self, request: Request) -> Response:
        """Write a post. With `scheduled_time` it is scheduled, else it is a draft.

        The networks' rules are checked either way.
        """
        order = PostOrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        post = compose.create_post(
            self.caller.workspace, composition=order.composition(), **self.by()
        )
        return self._shown(post, status=201)

    @extend_schema(
        request=PostOrderSerializer(partial=True), responses=WrittenPostSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change it until a network is getting it; `targets` are replaced as a whole.

        A new `scheduled_time` moves all that is unsent; null makes it a draft again.
        """
        post = self.bare()
        order = PostOrderSerializer(data=request.data, partial=True)
        order.is_valid(raise_exception=True)
        compose.update_post(post, changes=order.changes(), **self.by())
        return self._shown(post)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it here. What is published already stays on its network."""
        compose.delete_post(self.bare(), **self.by())
        return Response(status=204)

    @extend_schema(request=ScheduleSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, pk: str) -> Response:
        """Send all that is unsent at this time."""
        post = self.bare()
        given = ScheduleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        at = given.validated_data["scheduled_time"]
        schedule.schedule(post, at=at, **self.by())
        return self._shown(post)

    @extend_schema(request=NothingSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Hold back all that has not left yet."""
        return self._do(schedule.cancel)

    @extend_schema(request=NothingSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"], url_path="publish-now")
    def publish_now(self, request: Request, pk: str) -> Response:
        """Send all that is unsent, now; of a paused workspace when it is resumed."""
        return self._do(schedule.publish_now)

    @extend_schema(request=NothingSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Send what failed or was cancelled, now; a thread goes on where it stopped."""
        return self._do(schedule.retry)

    @extend_schema(request=NothingSerializer, responses={201: WrittenPostSerializer})
    @action(detail=True, methods=["post"])
    @idempotent()
    def duplicate(self, request: Request, pk: str) -> Response:
        """A new draft with the same content on the same accounts."""
        post = self.bare()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        copy = compose.duplicate_post(post, **self.by())
        return self._shown(copy, status=201)

    @extend_schema(
        operation_id="posts_validate_new",
        request=PostOrderSerializer,
        responses=ValidationSerializer,
    )
    @action(detail=False, methods=["post"], url_path="validate", url_name="validate")
    def validate_new(self, request: Request) -> Response:
        """What would speak against creating this post. Nothing is stored."""
        order = PostOrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        found = review_new(self.caller.workspace.pk, order.composition())
        return Response(ValidationSerializer(found).data)

    @extend_schema(
        operation_id="posts_validate",
        request=NothingSerializer,
        responses=ValidationSerializer,
    )
    @action(detail=True, methods=["post"], url_path="validate")
    def validate_stored(self, request: Request, pk: str) -> Response:
        """What would speak against publishing this post as it stands."""
        post = self.bare()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return Response(ValidationSerializer(review_stored(post)).data)

    @extend_schema(responses=AttemptSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=PAGES_ONLY)
    def attempts(self, request: Request, pk: str) -> Response:
        """Every try to publish it, oldest first."""
        rows = attempts_of(self.bare().pk)
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(AttemptSerializer(page, many=True).data)

    def _do(self, function: Callable[..., None]) -> Response:
        """One call without a body that changes the post."""
        post = self.bare()
        NothingSerializer(data=self.request.data).is_valid(raise_exception=True)
        function(post, **self.by())
        return self._shown(post)

    def _shown(self, post: Post, *, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=post.pk)
        written = WrittenPostSerializer(row, context=self.get_serializer_context())
        return Response(written.data, status=status)
