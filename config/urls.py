"""Every address of the web process."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from social_media.api import calendar_feed, health, media_file
from social_media.api.v1 import errors

handler400 = errors.bad_request
handler500 = errors.server_error

_READ = ["get", "head"]

# Own template: no inline style, so that a strict content policy can hold.
docs = SpectacularSwaggerSplitView.as_view(
    template_name="api/docs.html", http_method_names=_READ
)
schema = SpectacularAPIView.as_view(http_method_names=_READ)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("", include(health.urlpatterns)),
    path("", include(media_file.urlpatterns)),
    path("", include(calendar_feed.urlpatterns)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("social_media.api.v1.urls")),
    re_path(r"^api/schema/?$", schema, name="schema"),
    re_path(r"^api/docs/?$", docs, name="docs"),
    re_path(r"^api(/|$)", errors.not_found),
]
