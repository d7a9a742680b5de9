"""What was done in the workspace."""

from __future__ import annotations

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin

from accounts.models import ApiKey, Membership, User, Workspace
from accounts.roles import Permission
from social_media.api.v1.filters import AnyOf, CreatedRange
from social_media.api.v1.serializers.activity import ActivitySerializer
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.enums import ActivityAction
from social_media.models import (
    ActivityLog,
    CalendarFeed,
    ConnectedAccount,
    Label,
    MediaFile,
    Post,
    PostQueue,
    PostTarget,
    RecurringSchedule,
)

#: What an activity can be about.
THINGS = sorted(
    model._meta.model_name or ""
    for model in (
        ApiKey,
        CalendarFeed,
        ConnectedAccount,
        Label,
        MediaFile,
        Membership,
        Post,
        PostQueue,
        PostTarget,
        RecurringSchedule,
        User,
        Workspace,
    )
)


class ActivityFilter(CreatedRange):
    """By what was done, to what, by whom and when."""

    action = AnyOf(choices=ActivityAction.choices)
    thing_type = filters.ChoiceFilter(choices=[(name, name) for name in THINGS])
    thing_id = filters.UUIDFilter()
    user = filters.UUIDFilter("user_id")
    api_key = filters.UUIDFilter("api_key_id")


@extend_schema_view(
    list=extend_schema(
        summary="List what was done",
        description="The audit trail of the workspace, newest first.",
    ),
)
class ActivityViewSet(ListModelMixin, WorkspaceScoped):
    """The audit trail, newest first."""

    queryset = ActivityLog.objects.select_related("user", "api_key")
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter
    search_fields = ("message", "action")
    ordering_fields = ("created_at", "action")
    grouped_by = ("action",)
    http_method_names = ("get", "head")
    needs = {"list": Permission.ACTIVITY_READ}
