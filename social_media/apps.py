from __future__ import annotations

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from social_media import failpoints


class SocialMediaConfig(AppConfig):
    """Accounts on networks, posts and the pipeline that publishes them."""

    name = "social_media"
    verbose_name = "Publishing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Arm the failpoints, where a test asks for them."""
        if settings.FAILPOINTS:
            failpoints.arm(failpoints.killer(Path(settings.FAILPOINTS)))
