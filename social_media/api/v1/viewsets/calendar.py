"""The calendar."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import refuse_unknown
from social_media.api.v1.serializers.calendar import (
    CalendarSerializer,
    RangeSerializer,
)
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.models import Post
from social_media.posts.calendar import read_calendar


class CalendarViewSet(WorkspaceScoped):
    """A range of time in the workspace."""

    queryset = Post.objects.none()
    serializer_class = CalendarSerializer
    filter_backends = ()
    pagination_class = None
    http_method_names = ("get", "head")
    needs = {"list": Permission.POSTS_READ}

    @extend_schema(parameters=[RangeSerializer], responses=CalendarSerializer)
    def list(self, request: Request) -> Response:
        """Read the calendar from one time to another.

        Posts with a time, slots of queues that are free, and occurrences of recurring
        schedules whose post isn't made yet, each in order of time.
        """
        given = RangeSerializer(data=request.query_params)
        refuse_unknown(request, known=given.fields)
        given.is_valid(raise_exception=True)
        workspace = self.caller.workspace
        found = read_calendar(
            workspace, **given.moments(workspace.timezone), only=given.only()
        )
        return Response(CalendarSerializer(found, context={"accounts": {}}).data)
