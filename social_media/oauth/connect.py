"""Connecting an account with what a person typed, verified before it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User, Workspace
from social_media.enums import AccountStatus, ActivityAction, Platform
from social_media.models import ActivityLog, ConnectedAccount
from social_media.models.clock import database_now
from social_media.models.connection import release_connection
from social_media.oauth.errors import InvalidConnection
from social_media.oauth.profile import profile_of
from social_media.oauth.standing import look_again
from social_media.platforms.base import Identity, Problem, Strategy
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
)
from social_media.platforms.factory import strategy_for

MAX_FIELD = 4000


def connect(
    workspace: Workspace,
    *,
    platform: str,
    given: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> ConnectedAccount:
    """The stored account that `given`, the network's connect fields, signs in to.

    One that was connected before is the same row again, with its posts; it is active
    unless it was paused, which only resuming ends. Makes network calls: no transaction
    may be open. Raises InvalidConnection, or RateLimited or Unavailable when the
    network could not be asked.
    """
    strategy = _strategy(platform)
    typed = _checked(strategy, given)
    release_connection()
    identity = _verified(strategy, typed)
    return _store(workspace, platform, identity, user=user, api_key=api_key)


def _strategy(platform: str) -> Strategy:
    if platform not in Platform.values:
        words = f"There is no such network. Choose one of {', '.join(Platform.values)}."
        raise InvalidConnection([Problem("unknown_platform", "platform", words)])
    return strategy_for(platform)


def _checked(strategy: Strategy, given: Mapping[str, Any]) -> dict[str, str]:
    """The fields that were filled in. Raises InvalidConnection naming all others."""
    fields = {
        str(field["name"]): bool(field["required"])
        for field in strategy.capabilities().connect_fields
    }
    problems = [
        Problem("unknown_field", name, "There is no such field.")
        for name in given
        if name not in fields
    ]
    for name, required in fields.items():
        if words := _wrong(given.get(name), required=required):
            problems.append(Problem("invalid", name, words))
    if problems:
        raise InvalidConnection(problems)
    return {name: given[name] for name in fields if given.get(name)}


def _wrong(value: Any, *, required: bool) -> str:
    if value is None or value == "":
        return "Fill this in." if required else ""
    if not isinstance(value, str):
        return "Must be a text."
    if len(value) > MAX_FIELD:
        return f"Must be no longer than {MAX_FIELD} characters."
    return "" if value.strip() or not required else "Fill this in."


def _verified(strategy: Strategy, typed: Mapping[str, str]) -> Identity:
    """Who it is, by the network itself; its refusal as a problem of a field."""
    try:
        return strategy.verify(typed)
    except ContentRejected as error:
        problem = Problem("invalid", error.code, error.message)
    except (AuthenticationFailed, AccountBlocked) as error:
        problem = Problem(error.code, _secret_field(strategy), error.message)
    raise InvalidConnection([problem])


def _secret_field(strategy: Strategy) -> str:
    """Where a person corrects what the network refused."""
    fields = strategy.capabilities().connect_fields
    return next(str(field["name"]) for field in fields if field["secret"])


@transaction.atomic
def _store(
    workspace: Workspace,
    platform: str,
    identity: Identity,
    *,
    user: User | None,
    api_key: ApiKey | None,
) -> ConnectedAccount:
    columns = _columns(identity)
    # Before the account, like whoever pauses it: neither overlooks the other.
    place = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    columns["workspace_paused"] = place.paused_at is not None
    # The old secrets stay unread: the key that they were written with may be lost.
    rows = ConnectedAccount.objects.defer("secrets").select_for_update()
    account, _ = rows.get_or_create(
        workspace=workspace,
        platform=platform,
        server=identity.server,
        remote_id=identity.remote_id,
        defaults=columns,
    )
    # What a person set stays unless the network says otherwise now.
    columns["settings"] = {**account.settings, **identity.settings}
    if account.status != AccountStatus.PAUSED:
        columns |= {"status": AccountStatus.ACTIVE, "status_reason": ""}
    for name, value in columns.items():
        setattr(account, name, value)
    account.save(update_fields=(*columns, "updated_at"))
    look_again(account)
    ActivityLog.objects.record(
        ActivityAction.ACCOUNT_CONNECTED,
        account,
        workspace_id=workspace.pk,
        user=user,
        api_key=api_key,
        message=f"Connected {account}.",
    )
    return account


def _columns(identity: Identity) -> dict[str, Any]:
    return {
        **profile_of(identity),
        "secrets": dict(identity.session.secrets),
        "token_expires_at": identity.session.expires_at,
        "blocked_until": None,
        "checked_at": database_now(),
        # A refresh that is under way is of the old sign-in: nobody waits for it.
        "refresh_token_holder": None,
        "refresh_lease_expires_at": None,
    }
