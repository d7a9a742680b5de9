"""Connected accounts: whether posts leave through them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from accounts.look_only import LookOnly, operator
from social_media.admin.filters import ByPlatform
from social_media.models import ConnectedAccount
from social_media.oauth.standing import WrongStanding, pause, resume


@admin.register(ConnectedAccount)
class ConnectedAccounts(LookOnly):
    """Never shows or reads the tokens."""

    list_display = (
        "__str__",
        "server",
        "workspace",
        "status",
        "status_reason",
        "blocked_until",
        "token_expires_at",
    )
    list_filter = ("status", ByPlatform, ("blocked_until", admin.EmptyFieldListFilter))
    list_select_related = ("workspace",)
    search_fields = ("handle", "display_name", "label", "remote_id", "server")
    date_hierarchy = "created_at"
    id_fields = ("pk", "workspace")
    unread = ("secrets",)
    fields = (
        "workspace",
        ("platform", "server"),
        ("handle", "display_name", "label"),
        "remote_id",
        "avatar_url",
        ("status", "status_reason", "blocked_until"),
        ("token_expires_at", "checked_at"),
        "scopes",
        "settings",
        ("created_at", "updated_at"),
    )
    actions = ("pause", "resume")

    @admin.action(description="Pause: let nothing more leave", permissions=["operate"])
    def pause(self, request: HttpRequest, accounts: Any) -> None:
        """Through the domain, one by one; what can't be paused is told."""
        self._change(request, accounts, pause, "Paused")

    @admin.action(
        description="Resume, and forget the network's rate limit",
        permissions=["operate"],
    )
    def resume(self, request: HttpRequest, accounts: Any) -> None:
        """Through the domain, one by one; what can't be resumed is told."""
        self._change(request, accounts, resume, "Resumed")

    def _change(
        self, request: HttpRequest, accounts: Any, change: Any, done: str
    ) -> None:
        for account in accounts:
            try:
                change(account, operator(request))
            except WrongStanding as error:
                self.message_user(request, str(error), messages.WARNING)
            else:
                self.message_user(request, f"{done} {account}.")
