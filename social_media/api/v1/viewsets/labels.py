"""Labels: which there are, other names for them, none of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import CreatedRange
from social_media.api.v1.serializers.labels import (
    LabelChangeSerializer,
    LabelSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.models import Label, Post
from social_media.posts.labels import delete_label, rename_label


class LabelFilter(CreatedRange):
    """By the time they were first used."""


def counted_labels() -> QuerySet[Label]:
    """Labels with the `number` of posts that carry them."""
    carried: QuerySet[Any, Any] = Post.labels.through.objects.filter(
        label=OuterRef("pk"), post__is_template=False
    )
    number = carried.order_by().values("label").annotate(n=Count("pk")).values("n")
    return Label.objects.annotate(number=Coalesce(Subquery(number), 0))


@extend_schema_view(
    list=extend_schema(
        summary="List the labels",
        description="A label is made by the first post that carries it.",
    ),
    retrieve=extend_schema(summary="Read one label"),
)
class LabelsViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """The workspace's labels, by name."""

    queryset = counted_labels()
    serializer_class = LabelSerializer
    filterset_class = LabelFilter
    search_fields = ("name",)
    ordering_fields = ("name", "created_at", "posts")
    # `posts` is the relation's name; ordered by it, each label would come once a post.
    ordered_by = {"posts": "number"}
    refusals = {"partial_update": ("409",)}
    needs = {
        "list": Permission.POSTS_READ,
        "retrieve": Permission.POSTS_READ,
        "partial_update": Permission.POSTS_WRITE,
        "destroy": Permission.POSTS_WRITE,
    }

    @extend_schema(request=LabelChangeSerializer, responses=LabelSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename it, on all its posts."""
        label = self.bare()
        given = LabelChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rename_label(label, name=given.validated_data["name"], **self.by())
        row = self.get_queryset().get(pk=label.pk)
        return Response(self.get_serializer(row).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take it off all its posts. The posts stay."""
        delete_label(self.bare(), **self.by())
        return Response(status=204)
