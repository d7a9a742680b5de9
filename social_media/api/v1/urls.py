"""Every address under /api/v1/. Each works with and without a slash at the end."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from social_media.api.v1 import (  # noqa: F401 (they register themselves)
    bulk_refusals,
    media_refusals,
    refusals,
)
from social_media.api.v1.viewsets import auth
from social_media.api.v1.viewsets.accounts import AccountsViewSet
from social_media.api.v1.viewsets.activity import ActivityViewSet
from social_media.api.v1.viewsets.api_keys import ApiKeysViewSet
from social_media.api.v1.viewsets.bulk import BulkViewSet
from social_media.api.v1.viewsets.calendar import CalendarViewSet
from social_media.api.v1.viewsets.calendar_feeds import CalendarFeedsViewSet
from social_media.api.v1.viewsets.labels import LabelsViewSet
from social_media.api.v1.viewsets.media import MediaViewSet
from social_media.api.v1.viewsets.members import MembersViewSet
from social_media.api.v1.viewsets.platforms import PlatformsViewSet
from social_media.api.v1.viewsets.posts import PostsViewSet
from social_media.api.v1.viewsets.queues import QueuesViewSet
from social_media.api.v1.viewsets.recurring import RecurringViewSet
from social_media.api.v1.viewsets.scoped import UUID_REGEX
from social_media.api.v1.viewsets.targets import TargetsViewSet
from social_media.api.v1.viewsets.workspaces import WorkspacesViewSet

app_name = "v1"


class Router(SimpleRouter):
    """Routes that don't insist on a slash at the end, nor on none."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


def _auth(name: str, view: type[APIView]) -> URLPattern:
    return re_path(rf"^auth/{name}/?$", view.as_view(), name=f"auth-{name}")


def _bulk(name: str, actions: dict[str, Any]) -> URLPattern:
    view = BulkViewSet.as_view(actions)
    return re_path(rf"^posts/{name}/?$", view, name=f"posts-{name}")


router = Router()
router.register("workspaces", WorkspacesViewSet, basename="workspace")
router.register(
    f"workspaces/(?P<workspace>{UUID_REGEX})/members", MembersViewSet, basename="member"
)
router.register("api-keys", ApiKeysViewSet, basename="api-key")
router.register("accounts", AccountsViewSet, basename="account")
router.register("media", MediaViewSet, basename="media")
router.register("labels", LabelsViewSet, basename="label")
router.register("posts", PostsViewSet, basename="post")
router.register("recurring", RecurringViewSet, basename="recurring")
router.register("calendar", CalendarViewSet, basename="calendar")
router.register("calendar/feeds", CalendarFeedsViewSet, basename="calendar-feed")
router.register("queues", QueuesViewSet, basename="queue")
router.register("targets", TargetsViewSet, basename="target")
router.register("activity", ActivityViewSet, basename="activity")
router.register("platforms", PlatformsViewSet, basename="platform")

urlpatterns: list[URLPattern | URLResolver] = [
    _auth("register", auth.RegisterView),
    _auth("login", auth.LoginView),
    _auth("logout", auth.LogoutView),
    _auth("refresh", auth.RefreshView),
    _auth("me", auth.MeView),
    _bulk("import", {"post": "import_posts"}),
    _bulk("export", {"get": "export_posts", "head": "export_posts"}),
    *router.urls,
]
