from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, workspaces and keys. Never imports social_media."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
