"""What a person sets about a connected account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import AccountStatus, ActivityAction
from social_media.models import ActivityLog, ConnectedAccount
from social_media.oauth.credentials import without_secrets
from social_media.oauth.errors import InvalidConnection
from social_media.oauth.standing import pause, resume
from social_media.platforms.base import Problem
from social_media.platforms.factory import strategy_for

_CHANGE_STATUS = {AccountStatus.PAUSED: pause, AccountStatus.ACTIVE: resume}


@transaction.atomic
def update_account(
    account: ConnectedAccount,
    *,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Change `label`, `settings` (a single one that is None is removed) and `status`.

    Of statuses a person sets `paused` and `active`. Brings `account` up to date.
    Raises InvalidConnection, WrongStanding.
    """
    row = ConnectedAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    label = changes.get("label", row.label)
    settings = _merged(row.settings, changes.get("settings", {}))
    _require_honoured(row, settings, changes.get("settings", {}))
    if (label, settings) != (row.label, row.settings):
        row.label, row.settings = label, settings
        row.save(update_fields=("label", "settings", "updated_at"))
        _record(row, user, api_key)
    wanted = changes.get("status", row.status)
    if wanted != row.status:
        _CHANGE_STATUS[AccountStatus(wanted)](row, user, api_key=api_key)
    account.refresh_from_db()


def _merged(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**stored, **given}
    return {name: value for name, value in merged.items() if value is not None}


def _require_honoured(
    account: ConnectedAccount, settings: Mapping[str, Any], given: Mapping[str, Any]
) -> None:
    """Refuse a limit that the account's network doesn't leave to a person."""
    limit = given.get("max_length")
    if limit is None:
        return
    seen = replace(without_secrets(account), settings=settings)
    honoured = strategy_for(account.platform).capabilities(seen).max_length
    if honoured != limit:
        words = f"{account.platform_label} itself says how long a post may be."
        raise InvalidConnection([Problem("invalid", "settings.max_length", words)])


def _record(
    account: ConnectedAccount, user: User | None, api_key: ApiKey | None
) -> None:
    ActivityLog.objects.record(
        ActivityAction.ACCOUNT_UPDATED,
        account,
        workspace_id=account.workspace_id,
        user=user,
        api_key=api_key,
        message=f"Changed {account}.",
    )
