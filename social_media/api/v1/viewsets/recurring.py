"""Recurring posts: rules, previews, single occurrences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import FILTERED, AnyOf, CreatedRange, refuse_unknown
from social_media.api.v1.idempotency import idempotent
from social_media.api.v1.serializers.posts import (
    NothingSerializer,
    WrittenPostSerializer,
)
from social_media.api.v1.serializers.recurring import (
    MAX_PREVIEW,
    OccurrenceEditSerializer,
    OccurrenceSerializer,
    OccursAtSerializer,
    PreviewOrderSerializer,
    PreviewSerializer,
    RecurringOrderSerializer,
    RecurringSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.enums import OccurrenceStatus, RecurrenceStatus
from social_media.models import Occurrence, RecurringSchedule
from social_media.posts.read import shown_posts
from social_media.posts.recurrence import change, one
from social_media.posts.recurrence.fill import edit_filled
from social_media.posts.recurrence.parse import parse
from social_media.posts.recurrence.preview import preview_new, preview_stored
from social_media.posts.recurrence.shown import shown_schedules

_READ, _WRITE = Permission.POSTS_READ, Permission.POSTS_WRITE
_COUNT = OpenApiParameter(
    "count", OpenApiTypes.INT, description=f"1 to {MAX_PREVIEW}; 10 if left out."
)


class RecurringFilter(CreatedRange):
    """By whether it still makes posts."""

    status = AnyOf(choices=RecurrenceStatus.choices)


class OccurrenceFilter(filters.FilterSet):  # type: ignore[misc]
    """By what became of it."""

    status = AnyOf(choices=OccurrenceStatus.choices)


class CountSerializer(serializers.Serializer[Any]):
    """How many to show."""

    count = serializers.IntegerField(min_value=1, max_value=MAX_PREVIEW, default=10)


@extend_schema_view(
    list=extend_schema(
        summary="List the recurring posts",
        description="Newest first. `search` looks at names and texts.",
    ),
    retrieve=extend_schema(
        summary="Read one recurring post", description="Its rule and its pattern."
    ),
)
class RecurringViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """What comes again, newest first."""

    queryset = shown_schedules()
    serializer_class = RecurringSerializer
    filterset_class = RecurringFilter
    search_fields = ("name", "template__content", "rule", "cron")
    ordering_fields = ("created_at", "updated_at", "name", "status")
    refusals = dict.fromkeys(
        ("stop", "resume", "skip", "unskip", "edit_occurrence"), ("409",)
    )
    needs = {
        "list": _READ,
        "retrieve": _READ,
        "preview_new": _READ,
        "preview_stored": _READ,
        "occurrences": _READ,
        "create": _WRITE,
        "partial_update": _WRITE,
        "destroy": _WRITE,
        "stop": _WRITE,
        "resume": _WRITE,
        "skip": _WRITE,
        "unskip": _WRITE,
        "edit_occurrence": _WRITE,
    }

    @extend_schema(
        request=RecurringOrderSerializer, responses={201: RecurringSerializer}
    )
    @idempotent()
    def create(self, request: Request) -> Response:
        """Let a post come again. What comes within the horizon is made at once."""
        order = RecurringOrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        workspace = self.caller.workspace
        made = change.create_schedule(
            workspace,
            name=order.validated_data["name"],
            wish=order.wish(workspace),
            composition=order.composition(),
            **self.by(),
        )
        return self._shown(made, status=201)

    @extend_schema(
        request=RecurringOrderSerializer(partial=True), responses=RecurringSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the rule or the pattern. Posts made ahead are made anew.

        Those that a person edited, and what has begun, stay.
        """
        schedule = self.bare()
        order = RecurringOrderSerializer(data=request.data, partial=True)
        order.is_valid(raise_exception=True)
        change.update_schedule(
            schedule, changes=order.changes(), post=order.post_changes(), **self.by()
        )
        return self._shown(schedule)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete the schedule.

        Posts that were made ahead and that nobody edited go, too; all others stay.
        """
        change.delete_schedule(self.bare(), **self.by())
        return Response(status=204)

    @extend_schema(request=NothingSerializer, responses=RecurringSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Make no more posts, and take back those made ahead that nobody edited."""
        return self._do(change.stop)

    @extend_schema(request=NothingSerializer, responses=RecurringSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Make posts again. What passed meanwhile is not made up for."""
        return self._do(change.resume)

    @extend_schema(
        operation_id="recurring_preview_new",
        request=PreviewOrderSerializer,
        responses=PreviewSerializer,
    )
    @action(detail=False, methods=["post"], url_path="preview", url_name="preview")
    def preview_new(self, request: Request) -> Response:
        """What a rule would do next. Nothing is stored."""
        order = PreviewOrderSerializer(data=request.data)
        order.is_valid(raise_exception=True)
        rule = parse(order.wish(self.caller.workspace))
        composition, count = order.composition(), order.validated_data["show"]
        found = preview_new(rule, composition, count)
        return Response(PreviewSerializer({"occurrences": found}).data)

    @extend_schema(
        operation_id="recurring_preview",
        parameters=[_COUNT],
        responses=PreviewSerializer,
    )
    @action(detail=True, methods=["get"], url_path="preview", filter_backends=())
    def preview_stored(self, request: Request, pk: str) -> Response:
        """What this one does next, without what is skipped."""
        schedule = self.bare()
        refuse_unknown(request, known=("count",))
        asked = CountSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = preview_stored(schedule, asked.validated_data["count"])
        return Response(PreviewSerializer({"occurrences": found}).data)

    @extend_schema(responses=OccurrenceSerializer(many=True))
    @action(
        detail=True,
        methods=["get"],
        filterset_class=OccurrenceFilter,
        filter_backends=FILTERED,
    )
    def occurrences(self, request: Request, pk: str) -> Response:
        """What became of each so far, by their times: made, skipped, failed, missed."""
        rows = self.filter_queryset(_rows_of(self.bare()))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(OccurrenceSerializer(page, many=True).data)

    @extend_schema(request=OccursAtSerializer, responses=OccurrenceSerializer)
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, pk: str) -> Response:
        """Post nothing for one occurrence. Its post, if it is made already, goes."""
        schedule, at = self.bare(), self._at()
        row = one.skip(schedule, at=at, **self.by())
        return Response(OccurrenceSerializer(row).data)

    @extend_schema(request=OccursAtSerializer, responses=RecurringSerializer)
    @action(detail=True, methods=["post"])
    def unskip(self, request: Request, pk: str) -> Response:
        """Post for an occurrence after all that was skipped."""
        schedule, at = self.bare(), self._at()
        one.unskip(schedule, at=at, **self.by())
        return self._shown(schedule)

    @extend_schema(request=OccurrenceEditSerializer, responses=WrittenPostSerializer)
    @action(detail=True, methods=["post"], url_path="edit-occurrence")
    def edit_occurrence(self, request: Request, pk: str) -> Response:
        """Change the post of one occurrence and no other; it is made if it wasn't.

        Variables in its texts are filled in.
        """
        schedule = self.bare()
        given = OccurrenceEditSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        at = given.validated_data["occurs_at"]
        changes = given.post_changes()
        post = edit_filled(schedule, at=at, changes=changes, **self.by())
        row = shown_posts().get(pk=post.pk)
        context = self.get_serializer_context()
        return Response(WrittenPostSerializer(row, context=context).data)

    def _at(self) -> Any:
        given = OccursAtSerializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data["occurs_at"]

    def _do(self, function: Callable[..., None]) -> Response:
        """One call without a body."""
        schedule = self.bare()
        NothingSerializer(data=self.request.data).is_valid(raise_exception=True)
        function(schedule, **self.by())
        return self._shown(schedule)

    def _shown(self, schedule: RecurringSchedule, *, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=schedule.pk)
        return Response(self.get_serializer(row).data, status=status)


def _rows_of(schedule: RecurringSchedule) -> QuerySet[Occurrence]:
    rows = Occurrence.objects.filter(schedule=schedule)
    return rows.select_related("schedule", "post")
