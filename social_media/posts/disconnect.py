"""Disconnecting an account: what it still has to send is called off with it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import structlog
from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import (
    AccountStatus,
    ActivityAction,
    PostStatus,
    TargetStatus,
)
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostTarget,
    QueuedPost,
)
from social_media.models.connection import release_connection
from social_media.models.encrypted import SecretUnreadable
from social_media.models.target_queries import PostTargets
from social_media.oauth.credentials import credentials_of
from social_media.oauth.errors import AccountBusy
from social_media.platforms.base import Credentials
from social_media.platforms.factory import strategy_for
from social_media.platforms.surprise import answer_of
from social_media.posts.call_off import GONE, call_off
from social_media.posts.derive import store_statuses
from social_media.posts.due import SCHEDULED

log = structlog.get_logger(__name__)

_OPEN = SCHEDULED | {TargetStatus.POSTING, TargetStatus.RECONCILING}
_OVER = (PostStatus.CANCELLED, PostStatus.FAILED)
CALLED_OFF = "The account was disconnected before this post was due."
UNSETTLED = (
    "The account was disconnected before it was known whether this post is live. Look "
    "at the account: if it is there, mark it as live with its link."
)


def disconnect(
    account: ConnectedAccount, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Forget the account's secrets, cancel what is scheduled, tell the network.

    Its posts and their history stay; a post in doubt becomes `unconfirmed`. The
    network is told best-effort, after the commit: no transaction may be open; not where
    no key can read the secrets any more. Brings `account` up to date. Raises
    AccountBusy while a post is being sent.
    """
    forgotten = _forget(account.pk, user=user, api_key=api_key)
    if forgotten is not None:
        _revoke(account, forgotten)
    account.refresh_from_db()


@transaction.atomic
def _forget(
    account_id: uuid.UUID, *, user: User | None, api_key: ApiKey | None
) -> Credentials | None:
    """The credentials that were wiped; None if that was done before, or they can't be
    read.
    """
    held = _lock_open(account_id)
    rows = ConnectedAccount.objects.defer("secrets").select_for_update()
    account = rows.get(pk=account_id)
    if account.status == AccountStatus.DISCONNECTED:
        return None
    _require_still(account, held)
    credentials = _readable(account)
    account.status, account.status_reason = AccountStatus.DISCONNECTED, ""
    account.secrets, account.token_expires_at = None, None
    account.refresh_token_holder = account.refresh_lease_expires_at = None
    account.save()
    cancelled = _call_off(held)
    ActivityLog.objects.record(
        ActivityAction.ACCOUNT_DISCONNECTED,
        account,
        workspace_id=account.workspace_id,
        user=user,
        api_key=api_key,
        message=f"Disconnected {account}.",
        details={"cancelled_targets": cancelled},
    )
    return credentials


def _readable(account: ConnectedAccount) -> Credentials | None:
    try:
        return credentials_of(account)
    except SecretUnreadable:
        log.warning("revoke_failed", account=str(account.pk), code="secret_unreadable")
        return None


@dataclass(frozen=True, slots=True)
class _Held:
    """The account's open targets and their posts, all locked."""

    targets: frozenset[uuid.UUID]
    posts: frozenset[uuid.UUID]
    posting: bool


def _lock_open(account_id: uuid.UUID) -> _Held:
    """Posts first, then targets: the order of everybody who changes targets."""
    open_targets = _open_targets(account_id)
    posts = Post.objects.select_for_update(no_key=True).order_by("pk")
    posts = posts.filter(pk__in=open_targets.values("post_id"))
    held = set(posts.values_list("pk", flat=True))
    rows = open_targets.select_for_update(no_key=True).filter(post_id__in=held)
    found = list(rows.order_by("pk").values_list("pk", "status"))
    return _Held(
        targets=frozenset(pk for pk, _ in found),
        posts=frozenset(held),
        posting=any(status == TargetStatus.POSTING for _, status in found),
    )


def _open_targets(account_id: uuid.UUID) -> PostTargets:
    return PostTarget.objects.filter(account_id=account_id, status__in=_OPEN)


def _require_still(account: ConnectedAccount, held: _Held) -> None:
    """Nothing is being sent, and nothing was added before the account was locked."""
    found = set(_open_targets(account.pk).values_list("pk", flat=True))
    if held.posting or not found <= held.targets:
        raise AccountBusy(
            f"A post is on its way to {account} right now. Try again in a minute."
        )


def _call_off(held: _Held) -> int:
    called_off = call_off(held.targets, code=GONE, words=CALLED_OFF)
    rows = PostTarget.objects.filter(pk__in=held.targets)
    rows.move(
        TargetStatus.UNCONFIRMED,
        of={TargetStatus.RECONCILING},
        attempt_token=None,
        lease_expires_at=None,
        queued_at=None,
        due_at=None,
        late_after=None,
        error_code=GONE,
        error_message=UNSETTLED,
    )
    store_statuses(held.posts)
    # What nothing is left of gives its slot back; its queue lets it go (upkeep.py).
    over = Post.objects.filter(pk__in=held.posts, status__in=_OVER)
    waiting = QueuedPost.objects.waiting().filter(post__in=over)
    waiting.update(slot_at=None)
    return called_off


def _revoke(account: ConnectedAccount, credentials: Credentials) -> None:
    strategy = strategy_for(account.platform)
    release_connection()
    error = answer_of(lambda: strategy.revoke(credentials))
    if error is not None:
        # The tokens are wiped here; at the network they end when they expire.
        log.warning("revoke_failed", account=str(account.pk), code=error.code)
