from __future__ import annotations

from django.apps import AppConfig


class SocialMediaConfig(AppConfig):
    """Accounts on networks, posts and the pipeline that publishes them."""

    name = "social_media"
    verbose_name = "Publishing"
    default_auto_field = "django.db.models.BigAutoField"
