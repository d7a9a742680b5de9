"""Pictures and videos: uploading, looking, describing."""

from __future__ import annotations

from contextlib import closing

from django.db.models import Exists, OuterRef, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import AnyOf, CreatedRange
from social_media.api.v1.multipart import ToDisk, UploadParser
from social_media.api.v1.serializers.media import (
    UPLOAD_BODY,
    DirectUploadSerializer,
    MediaChangeSerializer,
    MediaSerializer,
    TicketSerializer,
    UploadSerializer,
)
from social_media.api.v1.serializers.posts import NothingSerializer
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.enums import MediaKind, MediaStatus
from social_media.media import change, direct
from social_media.media.intake import room_for
from social_media.media.read import shown_media
from social_media.media.scratch import work_folder
from social_media.media.upload import add
from social_media.models import MediaFile, PostMedia
from social_media.posts.describe import describe_file

_READ, _WRITE = Permission.POSTS_READ, Permission.POSTS_WRITE


class MediaFilter(CreatedRange):
    """By kind, status and use."""

    kind = AnyOf(choices=MediaKind.choices)
    status = AnyOf(choices=MediaStatus.choices)
    used = filters.ChoiceFilter(
        choices=[("true", "By a post"), ("false", "By none")], method="is_used"
    )

    def is_used(
        self, rows: QuerySet[MediaFile], name: str, value: str
    ) -> QuerySet[MediaFile]:
        """With a place in a post, or without any."""
        uses = Exists(PostMedia.objects.filter(file_id=OuterRef("pk")))
        return rows.filter(uses if value == "true" else ~uses)


@extend_schema_view(
    list=extend_schema(
        summary="List the files",
        description="Newest first. `search` looks at names and alternative texts.",
    ),
    retrieve=extend_schema(
        summary="Read one file",
        description="With how far it is, and what is made of it for networks.",
    ),
)
class MediaViewSet(ListModelMixin, RetrieveModelMixin, WorkspaceScoped):
    """Files of the workspace, newest first."""

    queryset = shown_media()
    serializer_class = MediaSerializer
    filterset_class = MediaFilter
    search_fields = ("name", "alt_text")
    ordering_fields = ("created_at", "size", "name")
    refusals = {
        "create": ("503", "507"),
        "destroy": ("409",),
        "uploads": ("409", "503"),
        "complete": ("409", "503"),
    }
    needs = {
        "list": _READ,
        "retrieve": _READ,
        "create": _WRITE,
        "partial_update": _WRITE,
        "destroy": _WRITE,
        "uploads": _WRITE,
        "complete": _WRITE,
    }

    def get_parsers(self) -> list[BaseParser]:
        """Only a file itself comes as multipart; `action` is not known yet."""
        method = str(getattr(self.request, "method", "")).lower()
        if getattr(self, "action_map", {}).get(method) == "create":
            return [UploadParser()]
        return super().get_parsers()

    @extend_schema(
        request=UPLOAD_BODY, responses={200: MediaSerializer, 201: MediaSerializer}
    )
    def create(self, request: Request) -> Response:
        """Upload a file. It can be put into posts at once, while it is made ready.

        200 and the file as it is, where the workspace has the same bytes already: to
        send them again is safe.
        """
        workspace = self.caller.workspace
        room = room_for(workspace.pk)
        with work_folder("upload") as folder, closing(ToDisk(folder, room)) as handler:
            request._request.upload_handlers = [handler]
            given = UploadSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            file, added = add(
                workspace,
                given.validated_data["file"].received,
                described=given.described(),
                **self.by(),
            )
        return self._shown(file, status=201 if added else 200)

    @extend_schema(request=MediaChangeSerializer, responses=MediaSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name, the alternative text or the focus.

        Posts that are not out yet go out with the new ones.
        """
        file = self.bare()
        given = MediaChangeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        describe_file(file, changes=given.validated_data, **self.by())
        return self._shown(file)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete it. Refused while a post uses it that is not out everywhere."""
        change.delete_file(self.bare(), **self.by())
        return Response(status=204)

    @extend_schema(request=DirectUploadSerializer, responses={201: TicketSerializer})
    @action(detail=False, methods=["post"], filter_backends=())
    def uploads(self, request: Request) -> Response:
        """Begin a direct upload: an address of the storage that takes the bytes.

        Only where the server keeps media on S3.
        """
        given = DirectUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        ticket = direct.begin(
            self.caller.workspace, **given.validated_data, user=self.caller.user
        )
        return Response(TicketSerializer(ticket).data, status=201)

    @extend_schema(request=NothingSerializer, responses=MediaSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """End a direct upload: the bytes are there, and are made ready."""
        file = self.bare()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        direct.complete(file, **self.by())
        return self._shown(file)

    def _shown(self, file: MediaFile, *, status: int = 200) -> Response:
        row = self.get_queryset().get(pk=file.pk)
        return Response(self.get_serializer(row).data, status=status)
