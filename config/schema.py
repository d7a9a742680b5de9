"""How the API describes itself: drf-spectacular's settings."""

from __future__ import annotations

from typing import Any

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Stationmaster",
    "DESCRIPTION": "Schedules posts and publishes each of them exactly once.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["social_media.api.v1.schema.without_trailing_slash"],
    "ENUM_NAME_OVERRIDES": {
        "PostStatus": "social_media.enums.PostStatus",
        "TargetStatus": "social_media.enums.TargetStatus",
        "AccountStatus": "social_media.enums.AccountStatus",
        "SettableStatus": "social_media.api.v1.serializers.accounts.SETTABLE",
        "StepKind": "social_media.enums.StepKind",
        "MediaKind": "social_media.enums.MediaKind",
        "MediaStatus": "social_media.enums.MediaStatus",
        "RenditionStatus": "social_media.enums.RenditionStatus",
    },
}
