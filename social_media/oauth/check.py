"""Asking a network whether an account still works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import AccountStatus, ActivityAction
from social_media.models import ActivityLog, ConnectedAccount
from social_media.models.clock import database_now
from social_media.models.connection import release_connection
from social_media.oauth.errors import AccountDisconnected
from social_media.oauth.profile import profile_of
from social_media.oauth.refresh import refreshed_credentials, usable_credentials
from social_media.oauth.standing import look_again
from social_media.platforms.base import Credentials, Identity
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    PlatformError,
)
from social_media.platforms.factory import strategy_for
from social_media.platforms.surprise import answer_of


def check(
    account: ConnectedAccount, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Bring handle, limits, scopes and status in line with what the network says.

    A dead sign-in makes the account `needs_reauth`, one that works again `active`; a
    paused account stays paused. Makes network calls: no transaction may be open.
    Raises RateLimited or Unavailable when the network could not be asked, NotReady
    while its sign-in is being renewed, AccountDisconnected.
    """
    if account.status == AccountStatus.DISCONNECTED:
        raise AccountDisconnected(f"{account} is disconnected. Connect it again first.")
    answer = _asked(account)
    learnt: Mapping[str, Any] = {}
    if isinstance(answer, Identity):
        changes, learnt = _working(account, answer), answer.settings
    elif isinstance(answer, AuthenticationFailed):
        changes = _held(account, AccountStatus.NEEDS_REAUTH, answer)
    elif isinstance(answer, AccountBlocked):
        changes = _held(account, AccountStatus.PAUSED, answer)
    else:
        raise answer
    _store(account, changes, learnt=learnt, user=user, api_key=api_key)


def look(account: ConnectedAccount) -> PlatformError | None:
    """`check` on nobody's behalf, ahead of a post; answers what speaks against it.

    A network that holds the account back pauses nothing: by the time of the post it
    may have let go. A dead sign-in makes an active account `needs_reauth`, and its
    owner is told. Makes network calls: no transaction may be open.
    """
    answer = _asked(account)
    if isinstance(answer, Identity):
        changes = _working(account, answer)
        _store(account, changes, learnt=answer.settings, user=None, api_key=None)
        return None
    if isinstance(answer, AuthenticationFailed):
        _end_sign_in(account, answer)
    return answer


def _asked(account: ConnectedAccount) -> Identity | PlatformError:
    """Who the network says it is; an expired token is renewed once."""
    answer = _ask(account, usable_credentials(account))
    if isinstance(answer, AuthenticationFailed):
        answer = _ask(account, refreshed_credentials(account))
    return answer


def _ask(
    account: ConnectedAccount, credentials: Credentials | PlatformError
) -> Identity | PlatformError:
    if isinstance(credentials, PlatformError):
        return credentials
    strategy = strategy_for(account.platform)
    release_connection()
    return answer_of(lambda: strategy.check(credentials))


def _working(account: ConnectedAccount, identity: Identity) -> dict[str, Any]:
    changes = profile_of(identity)
    if account.status == AccountStatus.NEEDS_REAUTH:
        changes |= {"status": AccountStatus.ACTIVE, "status_reason": ""}
    return changes


def _held(
    account: ConnectedAccount, status: AccountStatus, error: PlatformError
) -> dict[str, Any]:
    if account.status != AccountStatus.ACTIVE:
        return {}
    return {"status": status, "status_reason": error.message[:500]}


@transaction.atomic
def _store(
    account: ConnectedAccount,
    changes: dict[str, Any],
    *,
    learnt: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None,
) -> None:
    """`learnt` is added to the settings as they are now: others write there, too."""
    rows = ConnectedAccount.objects.filter(pk=account.pk)
    if learnt:
        locked = rows.select_for_update(no_key=True).values_list("settings", flat=True)
        changes["settings"] = {**(locked.first() or {}), **learnt}
    # Paused, reconnected or disconnected meanwhile: that decision stands.
    if "status" in changes:
        rows = rows.filter(status=account.status, checked_at=account.checked_at)
    rows.exclude(status=AccountStatus.DISCONNECTED).update(
        **changes, checked_at=database_now()
    )
    account.refresh_from_db()
    if changes.get("status") == AccountStatus.ACTIVE:
        look_again(account)
    ActivityLog.objects.record(
        ActivityAction.ACCOUNT_CHECKED,
        account,
        workspace_id=account.workspace_id,
        user=user,
        api_key=api_key,
        message=f"Checked {account}: {account.status}.",
        details={"status": account.status},
    )


@transaction.atomic
def _end_sign_in(account: ConnectedAccount, refusal: AuthenticationFailed) -> None:
    """Not if it was connected again meanwhile: the refusal was of the old tokens."""
    same = ConnectedAccount.objects.filter(
        pk=account.pk, status=AccountStatus.ACTIVE, checked_at=account.checked_at
    )
    changes = _held(account, AccountStatus.NEEDS_REAUTH, refusal)
    if changes and same.update(**changes, checked_at=database_now()):
        ActivityLog.objects.record(
            ActivityAction.ACCOUNT_NEEDS_REAUTH,
            account,
            workspace_id=account.workspace_id,
            message=refusal.message,
            details={"code": refusal.code},
        )
