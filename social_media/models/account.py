"""A connected account: one account on one network."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.models import Workspace
from social_media.enums import AccountStatus, Platform
from social_media.models.encrypted import EncryptedJSONField


class ConnectedAccounts(models.QuerySet["ConnectedAccount"]):
    """Queries over connected accounts."""

    def ready(self) -> ConnectedAccounts:
        """Posts may leave through these now, by the database's clock."""
        unblocked = Q(blocked_until=None) | Q(blocked_until__lte=Now())
        return self.filter(
            unblocked, status=AccountStatus.ACTIVE, workspace_paused=False
        )

    def held_back(self) -> ConnectedAccounts:
        """All the others: paused, rate limited, to be connected again, gone."""
        blocked = Q(blocked_until__gt=Now())
        held = blocked | ~Q(status=AccountStatus.ACTIVE) | Q(workspace_paused=True)
        return self.filter(held)

    def connected(self) -> ConnectedAccounts:
        """All that a person would call theirs; the secrets stay in the database."""
        return self.exclude(status=AccountStatus.DISCONNECTED).defer("secrets")


class ConnectedAccount(models.Model):
    """One account on one network, with what is needed to act as it.

    `server` is the base URL on networks with many servers, else "". `settings` holds
    what the network told us (limits, plan) under the keys its strategy reads.
    `workspace_paused` repeats that its workspace is: the scan reads one row less.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="connected_accounts"
    )
    # No choices: a new network needs no migration.
    platform = models.CharField(max_length=20)
    server = models.CharField(max_length=255, blank=True, default="")
    remote_id = models.CharField(max_length=255)
    handle = models.CharField(max_length=255)
    display_name = models.CharField(max_length=255, blank=True, default="")
    avatar_url = models.URLField(max_length=1000, blank=True, default="")
    label = models.CharField(
        max_length=120, blank=True, default="", help_text="A name of your own."
    )

    secrets = EncryptedJSONField(null=True, editable=False)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    scopes = models.JSONField(default=list, blank=True)
    settings = models.JSONField(default=dict, blank=True)

    status = models.CharField(
        max_length=20, choices=AccountStatus.choices, default=AccountStatus.ACTIVE
    )
    status_reason = models.CharField(max_length=500, blank=True, default="")
    blocked_until = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    workspace_paused = models.BooleanField(
        default=False, db_default=False, editable=False
    )

    # Who refreshes the token now: no row lock spans the network call.
    refresh_token_holder = models.UUIDField(null=True, editable=False)
    refresh_lease_expires_at = models.DateTimeField(null=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConnectedAccounts.as_manager()

    class Meta:
        ordering = ("platform", "handle", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("workspace", "platform", "server", "remote_id"),
                name="one_row_per_remote_account",
            ),
            models.CheckConstraint(
                condition=Q(status__in=AccountStatus.values),
                name="account_status_known",
            ),
            # A disconnected account keeps its history and nothing secret.
            models.CheckConstraint(
                condition=~Q(status=AccountStatus.DISCONNECTED)
                | Q(secrets__isnull=True),
                name="disconnected_has_no_secrets",
            ),
        )
        indexes = (
            # Read by the expiring-token figure of /metrics.
            models.Index(
                fields=("token_expires_at",),
                name="account_token_expiry",
                condition=Q(token_expires_at__isnull=False),
            ),
            # The scan: whose posts can't leave now.
            models.Index(
                fields=("id",),
                name="account_held_back",
                condition=Q(blocked_until__isnull=False)
                | ~Q(status=AccountStatus.ACTIVE)
                | Q(workspace_paused=True),
            ),
            # Accounts by status and network, counted without reading their rows.
            models.Index(fields=("status", "platform"), name="account_standing"),
        )

    def __str__(self) -> str:
        return f"{self.platform_label} @{self.handle}"

    def ready_at(self, now: datetime) -> bool:
        """What `ConnectedAccounts.ready` asks, of this row as it was read."""
        return (
            self.status == AccountStatus.ACTIVE
            and not self.workspace_paused
            and (self.blocked_until is None or self.blocked_until <= now)
        )

    @property
    def platform_label(self) -> str:
        """The network's name as people write it."""
        return Platform(self.platform).label
