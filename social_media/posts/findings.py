"""What speaks against a scheduled target going out in time, as things stand now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Workspace
from social_media.enums import IN_FLIGHT, AccountStatus, TargetStatus
from social_media.models import ConnectedAccount, PostTarget
from social_media.models.encrypted import SecretUnreadable
from social_media.oauth.credentials import credentials_of
from social_media.platforms.factory import strategy_for
from social_media.posts.composition import composition_of
from social_media.posts.files import file_problems, files_for
from social_media.posts.renditions import missing_media
from social_media.posts.validate import network_problems

_DAY = timedelta(hours=24)
_SENT = IN_FLIGHT | {
    TargetStatus.SCHEDULED,
    TargetStatus.RECONCILING,
    TargetStatus.UNCONFIRMED,
    TargetStatus.POSTED,
}
_STANDING = {
    AccountStatus.NEEDS_REAUTH: "{account} has to be connected again before.",
    AccountStatus.PAUSED: "{account} is paused: resume it before.",
    AccountStatus.DISCONNECTED: "{account} is disconnected: connect it again before.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason, with words that say what to do."""

    code: str
    words: str


def findings_of(
    target: PostTarget, *, due_at: datetime, now: datetime
) -> list[Finding]:
    """All that is known here; no network is asked. Post, workspace and account are
    loaded, and the target is locked.
    """
    found = [
        *_of_workspace(target.post.workspace),
        *_of_account(target.account, due_at=due_at, now=now),
        *_of_content(target),
        *_of_quota(target, due_at=due_at),
    ]
    return list(dict.fromkeys(found))


def _of_workspace(workspace: Workspace) -> Iterator[Finding]:
    if workspace.paused_at is not None:
        words = "The workspace is paused: resume it before, or it waits until then."
        yield Finding("workspace_paused", words)


def _of_account(
    account: ConnectedAccount, *, due_at: datetime, now: datetime
) -> Iterator[Finding]:
    status = AccountStatus(account.status)
    if status in _STANDING:
        words = _STANDING[status].format(account=account)
        yield Finding(status.value, f"{words} {account.status_reason}".strip())
        return
    expires = account.token_expires_at
    if expires is not None and expires <= due_at and not _can_renew(account):
        verb = "ended" if expires <= now else "ends"
        words = f"The sign-in of {account} {verb} at {_shown(expires)}"
        yield Finding("token_expires", f"{words}: connect it again before.")
    blocked = account.blocked_until
    if blocked is not None and blocked > due_at:
        words = f"The network takes nothing of {account} before {_shown(blocked)}"
        yield Finding("rate_limited", f"{words}: it goes out after that.")


def _can_renew(account: ConnectedAccount) -> bool:
    try:
        return strategy_for(account.platform).can_refresh(credentials_of(account))
    except SecretUnreadable:
        return True  # the operator's mistake, which the log tells


def _of_content(target: PostTarget) -> Iterator[Finding]:
    composition = composition_of(target.post, [target])
    accounts = {target.account_id: target.account}
    files = files_for(target.post.workspace_id, composition)
    problems = file_problems(composition, files)
    problems += network_problems(composition, accounts, files)
    for problem in problems:
        yield Finding(problem.code, f"{problem.message} Change the post before.")
    if not problems:
        for words in missing_media(composition, target, files):
            yield Finding("media_not_ready", words)


def _of_quota(target: PostTarget, *, due_at: datetime) -> Iterator[Finding]:
    """Where the network's limit is known, and as far as it is used from here."""
    account = target.account
    limit = _posts_per_day(account)
    if not limit:
        return
    others = PostTarget.objects.filter(
        account=account,
        due_at__gt=due_at - _DAY,
        due_at__lte=due_at,
        status__in=_SENT,
    ).exclude(pk=target.pk)
    used = others.count()
    if used >= limit:
        words = (
            f"{account} may publish {limit} posts within 24 hours, and {used} others "
            "come within the 24 hours before this one: move some of them."
        )
        yield Finding("quota", words)


def _posts_per_day(account: ConnectedAccount) -> int:
    """What the network told of the account, else what is configured; 0: not known."""
    configured = settings.NETWORKS[account.platform].limits.get("posts_per_day", 0)
    own: Any = account.settings.get("posts_per_day")
    return own if isinstance(own, int) else int(configured)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
