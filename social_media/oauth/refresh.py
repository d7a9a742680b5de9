"""Keeping an account's token usable.

Refresh tokens may be single-use, so at most one process refreshes an account at a
time: it holds a lease in two columns of the row, and neither a lock nor a transaction
spans the network call. The new pair is stored before anybody uses it.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from social_media.models import ConnectedAccount
from social_media.models.clock import from_now
from social_media.models.connection import insist, release_connection
from social_media.models.encrypted import SecretUnreadable
from social_media.oauth.credentials import credentials_of
from social_media.platforms.base import Credentials, Session
from social_media.platforms.errors import (
    AuthenticationFailed,
    NotReady,
    PlatformError,
)
from social_media.platforms.factory import strategy_for
from social_media.platforms.surprise import answer_of

#: Longer than the refresh call (its deadline, twice where it logs in again) may take.
REFRESH_LEASE = timedelta(seconds=90)
WAIT_FOR_OTHER = timedelta(seconds=5)
WAIT_FOR_OPERATOR = timedelta(minutes=1)

log = structlog.get_logger(__name__)


def usable_credentials(account: ConnectedAccount) -> Credentials | PlatformError:
    """Credentials that will not expire during the next calls, or why there are none.

    Refreshes when less than REFRESH_BEFORE_EXPIRY is left. Makes a network call: no
    transaction may be open.
    """
    try:
        current = credentials_of(account)
    except SecretUnreadable as error:
        return _unreadable(error)
    expires = account.token_expires_at
    if expires is None or expires - datetime.now(UTC) > settings.REFRESH_BEFORE_EXPIRY:
        return current
    fresh = refreshed_credentials(account)
    if isinstance(fresh, PlatformError) and expires > datetime.now(UTC):
        return current  # still good; the network has the last word
    return fresh


def _unreadable(error: SecretUnreadable) -> NotReady:
    """A mistake in the settings, not the account's: its posts wait meanwhile."""
    log.error("secret_unreadable", hint=str(error))
    return NotReady(
        str(error),
        check_at=datetime.now(UTC) + WAIT_FOR_OPERATOR,
        code="secret_unreadable",
    )


def refreshed_credentials(account: ConnectedAccount) -> Credentials | PlatformError:
    """Credentials from a refresh made now; used after the network refused the old.

    NotReady when another process is at it; AuthenticationFailed when the account must
    be connected again.
    """
    used = account.secrets
    holder = uuid.uuid4()
    if not _take_lease(account, holder):
        return _others_result(account, used)
    # Read again under the lease: somebody may have refreshed just before.
    account.refresh_from_db(fields=("secrets", "token_expires_at"))
    if account.secrets != used:
        _give_lease_back(account, holder)
        return credentials_of(account)
    answer = _ask(account)
    if isinstance(answer, PlatformError):
        _give_lease_back(account, holder)
        # Refused, but of tokens that were replaced meanwhile: it was connected again.
        account.refresh_from_db(fields=("secrets", "token_expires_at", "checked_at"))
        return answer if account.secrets == used else credentials_of(account)
    return _store(account, holder, answer, used=used)


def _take_lease(account: ConnectedAccount, holder: uuid.UUID) -> bool:
    free = Q(refresh_lease_expires_at=None) | Q(refresh_lease_expires_at__lte=Now())
    rows = ConnectedAccount.objects.filter(free, pk=account.pk)
    return bool(
        rows.update(
            refresh_token_holder=holder,
            refresh_lease_expires_at=from_now(REFRESH_LEASE),
        )
    )


def _give_lease_back(account: ConnectedAccount, holder: uuid.UUID) -> None:
    rows = ConnectedAccount.objects.filter(pk=account.pk, refresh_token_holder=holder)
    rows.update(refresh_token_holder=None, refresh_lease_expires_at=None)


def _others_result(
    account: ConnectedAccount, used: object
) -> Credentials | PlatformError:
    account.refresh_from_db(fields=("secrets", "token_expires_at"))
    if account.secrets != used:
        return credentials_of(account)
    return NotReady(
        "The account's sign-in is being renewed; trying again in a moment.",
        check_at=datetime.now(UTC) + WAIT_FOR_OTHER,
        code="refreshing",
    )


def _ask(account: ConnectedAccount) -> Session | PlatformError:
    credentials = credentials_of(account)
    strategy = strategy_for(account.platform)
    release_connection()
    session = answer_of(lambda: strategy.refresh(credentials))
    if session is None:
        return AuthenticationFailed(
            f"{account.platform_label} no longer accepts this sign-in. "
            "Connect the account again."
        )
    return session


def _store(
    account: ConnectedAccount, holder: uuid.UUID, session: Session, *, used: object
) -> Credentials | PlatformError:
    """Store the new pair; a database error is retried, for the old one is spent."""
    rows = ConnectedAccount.objects.filter(pk=account.pk, refresh_token_holder=holder)
    columns = _columns(session)
    insist(
        lambda: rows.update(**columns) or _store_late(account.pk, columns, used=used),
        within=REFRESH_LEASE,
    )
    account.refresh_from_db(fields=("secrets", "token_expires_at"))
    if account.secrets is None:
        return AuthenticationFailed("The account was disconnected meanwhile.")
    return credentials_of(account)


def _columns(session: Session) -> dict[str, Any]:
    return {
        "secrets": dict(session.secrets),
        "token_expires_at": session.expires_at,
        "refresh_token_holder": None,
        "refresh_lease_expires_at": None,
    }


@transaction.atomic
def _store_late(account_id: uuid.UUID, columns: dict[str, Any], *, used: object) -> int:
    """Our lease ran out, and somebody else took it: store the pair all the same, as
    long as the one that it was made from is stored.
    """
    rows = ConnectedAccount.objects.filter(pk=account_id)
    stored = rows.select_for_update(no_key=True).first()
    return rows.update(**columns) if stored and stored.secrets == used else 0
