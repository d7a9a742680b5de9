"""Keys for programs: shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.ids import new_id
from accounts.models.user import User
from accounts.models.workspace import Workspace

PREFIX = "sm_"
SHOWN = 11  # characters kept readable: the prefix and eight of the key


def hash_key(plain: str) -> str:
    """SHA-256, hex. A key has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(plain.encode()).hexdigest()


class ApiKeys(models.QuerySet["ApiKey"]):
    """Queries over API keys."""

    def usable(self) -> ApiKeys:
        """Neither revoked nor expired, by the database's clock."""
        alive = models.Q(expires_at=None) | models.Q(expires_at__gt=Now())
        return self.filter(alive, revoked_at=None)

    def issue(
        self,
        *,
        workspace: Workspace,
        created_by: User,
        name: str,
        scopes: Iterable[str],
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A stored key and its plain text, which nobody can read again."""
        plain = PREFIX + secrets.token_urlsafe(32)
        key = self.create(
            workspace=workspace,
            created_by=created_by,
            name=name,
            scopes=sorted(scopes),
            expires_at=expires_at,
            prefix=plain[:SHOWN],
            key_hash=hash_key(plain),
        )
        return key, plain


class ApiKey(models.Model):
    """A program's way in: bound to one workspace, limited to its scopes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="api_keys"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=16, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiKeys.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
