"""Queues: posts in order, each at the next free slot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import PAGES_ONLY, CreatedRange, refuse_unknown
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.serializers.posts import (
    NothingSerializer,
    WrittenPostSerializer,
)
from social_media.api.v1.serializers.queues import (
    AddSerializer,
    NextSlotsQuerySerializer,
    QueuedPostSerializer,
    QueueOrderSerializer,
    QueueSerializer,
    RemoveSerializer,
    ReorderSerializer,
    SlotsSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.models import Post, PostQueue
from social_media.posts.queues import add, change, order
from social_media.posts.queues.read import next_slots, shown_entries, shown_queues
from social_media.posts.read import shown_posts

_READ, _WRITE = Permission.POSTS_READ, Permission.POSTS_WRITE


class QueueFilter(CreatedRange):
    """By whether it is paused."""

    paused = filters.ChoiceFilter(
        choices=[("true", "Paused"), ("false", "Running")], method="is_paused"
    )

    def is_paused(
        self, rows: QuerySet[PostQueue], name: str, value: str
    ) -> QuerySet[PostQueue]:
        """Those that are, or those that aren't."""
        return rows.filter(paused_at__isnull=value == "false")


@extend_schema_view(
    list=extend_schema(
        summary="List the queues", description="By name. `search` looks at names."
    ),
    retrieve=extend_schema(
        summary="Read one queue", description="With how many posts wait in it."
    ),
)
class QueuesViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """Queues of the workspace, by name."""

    queryset = shown_queues()
    serializer_class = QueueSerializer
    filterset_class = QueueFilter
    search_fields = ("name",)
    ordering_fields = ("name", "created_at")
    refusals = dict.fromkeys(
        ("create", "partial_update", "add_post", "remove_post", "resume"), ("409",)
    )
    needs = {
        "list": _READ,
        "retrieve": _READ,
        "posts": _READ,
        "next_slots": _READ,
        "create": _WRITE,
        "partial_update": _WRITE,
        "destroy": _WRITE,
        "add_post": _WRITE,
        "remove_post": _WRITE,
        "reorder": _WRITE,
        "shuffle": _WRITE,
        "pause": _WRITE,
        "resume": _WRITE,
    }

    @extend_schema(request=QueueOrderSerializer, responses={201: QueueSerializer})
    @idempotent()
    def create(self, request: Request) -> Response:
        """Make a queue of weekly slots, in a zone, for some accounts."""
        given = self._given(QueueOrderSerializer)
        queue = change.create_queue(self.caller.workspace, given=given, **self.by())
        return self._shown(queue, status=201)

    @extend_schema(
        request=QueueOrderSerializer(partial=True), responses=QueueSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a queue. Other slots, or another zone, move all that waits.

        Other accounts count for posts that are added from now on.
        """
        queue = self.bare()
        given = self._given(QueueOrderSerializer, partial=True)
        change.update_queue(queue, changes=given, **self.by())
        return self._shown(queue)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a queue. What waits in it becomes drafts.

        What is on its way goes out.
        """
        change.delete_queue(self.bare(), **self.by())
        return Response(status=204)

    @extend_schema(request=AddSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"], url_path="add-post")
    @idempotent()
    def add_post(self, request: Request, pk: str) -> Response:
        """Put a post in. It gets its slot at once, those behind it the next ones."""
        queue = self.bare()
        given = self._given(AddSerializer)
        return self._post(add.add_post(queue, **given, **self.by()))

    @extend_schema(request=RemoveSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"], url_path="remove-post")
    def remove_post(self, request: Request, pk: str) -> Response:
        """Take a post out. It becomes a draft; those behind it move up."""
        queue = self.bare()
        given = self._given(RemoveSerializer)
        return self._post(add.remove_post(queue, **given, **self.by()))

    @extend_schema(request=ReorderSerializer, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def reorder(self, request: Request, pk: str) -> Response:
        """All posts that wait, in their new order."""
        queue = self.bare()
        given = self._given(ReorderSerializer)
        order.reorder(queue, **given, **self.by())
        return self._shown(queue)

    @extend_schema(request=NothingSerializer, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def shuffle(self, request: Request, pk: str) -> Response:
        """The posts that wait, in any order."""
        return self._do(order.shuffle)

    @extend_schema(request=NothingSerializer, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """What waits loses its time and keeps its order."""
        return self._do(change.pause_queue)

    @extend_schema(request=NothingSerializer, responses=QueueSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """What waits gets the next free slots from now on."""
        return self._do(change.resume_queue)

    @extend_schema(parameters=[NextSlotsQuerySerializer], responses=SlotsSerializer)
    @action(
        detail=True,
        methods=["get"],
        url_path="next-slots",
        filter_backends=(),
        pagination_class=None,
    )
    def next_slots(self, request: Request, pk: str) -> Response:
        """The next free slots, in UTC and as clocks in the queue's zone show them."""
        queue = self.bare()
        refuse_unknown(request, known=("count",))
        asked = NextSlotsQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = next_slots(queue, **asked.validated_data)
        shown = {"timezone": queue.timezone, "slots": found}
        return Response(SlotsSerializer(shown, context={"queue": queue}).data)

    @extend_schema(responses=QueuedPostSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=PAGES_ONLY)
    def posts(self, request: Request, pk: str) -> Response:
        """Its posts: those whose slot has come, then those that wait, in order."""
        rows = self.filter_queryset(shown_entries(self.bare()))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(QueuedPostSerializer(page, many=True).data)

    def _given(self, serializer: type[Any], **options: Any) -> dict[str, Any]:
        given = serializer(data=self.request.data, **options)
        given.is_valid(raise_exception=True)
        checked: dict[str, Any] = given.validated_data
        return checked

    def _do(self, function: Callable[..., None]) -> Response:
        """One call without a body that changes the queue."""
        queue = self.bare()
        self._given(NothingSerializer)
        function(queue, **self.by())
        return self._shown(queue)

    def _post(self, post: Post) -> Response:
        row = shown_posts().get(pk=post.pk)
        context = self.get_serializer_context()
        return Response(WrittenPostSerializer(row, context=context).data)

    def _shown(self, queue: PostQueue, *, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=queue.pk)
        return Response(self.get_serializer(row).data, status=status)
