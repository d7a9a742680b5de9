"""API keys: issued once, found by their hash, revoked for good."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.caller import Caller
from accounts.events import happened
from accounts.models import ApiKey
from accounts.models.api_key import hash_key
from accounts.roles import KEY_SCOPES, Permission

#: `last_used_at` is that fresh: not every request pays for a write.
USE_NOTED_EVERY = timedelta(minutes=1)


def find_key(plain: str) -> ApiKey | None:
    """The usable key that `plain` is, with its workspace and maker.

    None for an unknown, expired or revoked one, and when its maker is switched off or
    no member any more.
    """
    return (
        ApiKey.objects.usable()
        .filter(
            key_hash=hash_key(plain),
            created_by__is_active=True,
            workspace__memberships__user=F("created_by"),
        )
        .select_related("workspace", "created_by")
        .first()
    )


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember that `key` was used, at most once a minute."""
    stale = now - USE_NOTED_EVERY
    if key.last_used_at is not None and key.last_used_at > stale:
        return
    ApiKey.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=key.pk
    ).update(last_used_at=now)


@transaction.atomic
def issue_key(
    caller: Caller,
    *,
    name: str,
    scopes: Collection[str],
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A stored key and its plain text, which is never shown again.

    Raises ValidationError for a scope that the caller can't give away and for an
    expiry that is not in the future.
    """
    _check_scopes(caller, scopes)
    if expires_at is not None and expires_at <= timezone.now():
        raise ValidationError(
            {"expires_at": ValidationError("This is in the past.", code="past")}
        )
    key, plain = ApiKey.objects.issue(
        workspace=caller.workspace,
        created_by=caller.user,
        name=name,
        scopes=set(scopes),
        expires_at=expires_at,
    )
    happened.send(ApiKey, action="api_key.created", thing=key, caller=caller)
    return key, plain


@transaction.atomic
def revoke_key(key: ApiKey, *, caller: Caller) -> None:
    """Make `key` useless from now on. Revoking it again changes nothing."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if revoked:
        happened.send(ApiKey, action="api_key.revoked", thing=key, caller=caller)


def _check_scopes(caller: Caller, scopes: Collection[str]) -> None:
    for scope in scopes:
        if scope not in KEY_SCOPES:
            raise _bad_scope(f"A key can't carry {scope}.", code="unknown_scope")
        if not caller.may(Permission(scope)):
            raise _bad_scope(
                f"You may not do {scope} yourself, so your key can't.",
                code="scope_beyond_role",
            )
    if not scopes:
        raise _bad_scope("Choose at least one scope.", code="empty")


def _bad_scope(message: str, *, code: str) -> ValidationError:
    return ValidationError({"scopes": ValidationError(message, code=code)})
