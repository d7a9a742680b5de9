"""How the pipeline stands now, read from the database.

Each query stays within a partial index or the accounts: millions of targets that are
settled or lie in the future cost nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min

from social_media.enums import AccountStatus, Platform, TargetStatus
from social_media.models import ConnectedAccount, PostTarget
from social_media.models.account import ConnectedAccounts
from social_media.models.clock import database_now, from_now
from social_media.models.target_queries import PostTargets

#: What is counted: by network, 0 where there is none.
ByPlatform = dict[str, int]

_WAITING = (
    TargetStatus.QUEUED,
    TargetStatus.POSTING,
    TargetStatus.RECONCILING,
    TargetStatus.UNCONFIRMED,
)
_EXPIRY_WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}


def depth() -> dict[str, ByPlatform]:
    """Targets by what they wait for.

    "due": for a worker. "held": due, but their account is paused, rate limited or has
    to be connected again. The others are statuses.
    """
    due = PostTarget.objects.due_anywhere()
    all_due, free = _by_account(due), _by_account(due.account_not_held())
    return {
        "due": free,
        # Two statements: what became due between them is not held back.
        "held": {name: max(0, all_due[name] - free[name]) for name in all_due},
        **{
            status.value: _by_account(PostTarget.objects.filter(status=status))
            for status in _WAITING
        },
    }


def oldest_lateness() -> timedelta:
    """How late the latest of the targets is that a worker could take; zero if none.

    What its account holds back does not count: a person or the network decided that.
    Nor does what is still uploaded.
    """
    ready = PostTarget.objects.due_anywhere().account_not_held().unattended()
    waiting = ready.order_by("due_at", "account_id")
    queued = PostTarget.objects.filter(status=TargetStatus.QUEUED)
    times: list[datetime | None] = [
        waiting.values_list("due_at", flat=True).first(),
        queued.aggregate(oldest=Min("due_at"))["oldest"],
    ]
    now = database_now()
    return max((now - time for time in times if time), default=timedelta(0))


def posted_since(age: timedelta) -> ByPlatform:
    """Targets that were posted within `age`."""
    return _by_account(
        PostTarget.objects.filter(
            status=TargetStatus.POSTED, posted_at__gt=from_now(-age)
        )
    )


def failed_since(age: timedelta) -> ByPlatform:
    """Targets that failed within `age` and still stand so."""
    return _by_account(
        PostTarget.objects.filter(
            status=TargetStatus.FAILED, updated_at__gt=from_now(-age)
        )
    )


def accounts() -> dict[str, ByPlatform]:
    """Accounts by status."""
    counted = ConnectedAccount.objects.order_by().values_list("status", "platform")
    found: dict[str, dict[str, int]] = {status: {} for status in AccountStatus.values}
    for status, platform, number in counted.annotate(number=Count("*")):
        found[status][platform] = number
    return {status: _counts(numbers) for status, numbers in found.items()}


def expiring_tokens() -> dict[str, ByPlatform]:
    """Accounts whose token ends within a day and within a week, by that window."""
    connected = ConnectedAccount.objects.exclude(status=AccountStatus.DISCONNECTED)
    return {
        window: _by_platform(connected.filter(token_expires_at__lte=from_now(age)))
        for window, age in _EXPIRY_WINDOWS.items()
    }


def _by_account(targets: PostTargets) -> ByPlatform:
    counted = targets.order_by().values_list("account__platform")
    return _counts(dict(counted.annotate(number=Count("*"))))


def _by_platform(rows: ConnectedAccounts) -> ByPlatform:
    return _counts(
        dict(rows.order_by().values_list("platform").annotate(number=Count("*")))
    )


def _counts(found: dict[str, int]) -> ByPlatform:
    return {**dict.fromkeys(Platform.values, 0), **found}
