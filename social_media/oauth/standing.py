"""Whether posts leave through an account: paused and resumed by a person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApiKey, User
from social_media.enums import AccountStatus, ActivityAction, TargetStatus
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.models.account import ConnectedAccounts

_WORDS = {
    AccountStatus.ACTIVE: "{account} is active already.",
    AccountStatus.PAUSED: "{account} is paused already.",
    AccountStatus.NEEDS_REAUTH: "{account} has to be connected again first.",
    AccountStatus.DISCONNECTED: "{account} is disconnected.",
}


class WrongStanding(Exception):
    """Pausing or resuming makes no sense now. The message tells a person why."""


def pause(
    account: ConnectedAccount,
    user: User | None = None,
    *,
    api_key: ApiKey | None = None,
) -> None:
    """Let nothing more leave through `account`; what is being posted is finished.

    Writes the activity row, brings `account` up to date. Raises WrongStanding unless
    the account is active.
    """
    with transaction.atomic():
        active = ConnectedAccount.objects.filter(status=AccountStatus.ACTIVE)
        _change(account, active, status=AccountStatus.PAUSED, status_reason="")
        ActivityLog.objects.record(
            ActivityAction.ACCOUNT_PAUSED,
            account,
            workspace_id=account.workspace_id,
            user=user,
            api_key=api_key,
            message=f"Paused {account}.",
        )


def resume(
    account: ConnectedAccount,
    user: User | None = None,
    *,
    api_key: ApiKey | None = None,
) -> None:
    """Let posts leave through `account` again, a network's rate limit forgotten.

    Writes the activity row, brings `account` up to date. Raises WrongStanding unless
    the account is paused or waits for a rate limit.
    """
    held = Q(status=AccountStatus.PAUSED) | Q(
        status=AccountStatus.ACTIVE, blocked_until__isnull=False
    )
    with transaction.atomic():
        _change(
            account,
            ConnectedAccount.objects.filter(held),
            status=AccountStatus.ACTIVE,
            status_reason="",
            blocked_until=None,
        )
        look_again(account)
        ActivityLog.objects.record(
            ActivityAction.ACCOUNT_RESUMED,
            account,
            workspace_id=account.workspace_id,
            user=user,
            api_key=api_key,
            message=f"Resumed {account}.",
        )


def look_again(account: ConnectedAccount) -> None:
    """The account can be asked again: what is in doubt there is looked for at once.

    Else it would wait out the pause that is right while a person has yet to act. Only
    after the commit: a lock of a target is never waited for with the account's held.
    """
    doubtful = PostTarget.objects.filter(
        account=account, status=TargetStatus.RECONCILING, due_at__gt=Now()
    )
    transaction.on_commit(lambda: doubtful.update(due_at=Now()))


def _change(
    account: ConnectedAccount, among: ConnectedAccounts, **changes: Any
) -> None:
    """One conditional update: of two people at once, one is told that it is done."""
    changed = among.filter(pk=account.pk).update(updated_at=Now(), **changes)
    account.refresh_from_db(fields=[*changes, "updated_at"])
    if not changed:
        raise WrongStanding(
            _WORDS[AccountStatus(account.status)].format(account=account)
        )
