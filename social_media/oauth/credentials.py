"""From an account's row to what its strategy reads."""

from __future__ import annotations

from social_media.models import ConnectedAccount
from social_media.platforms.base import Credentials


def credentials_of(account: ConnectedAccount) -> Credentials:
    """The account as its strategy sees it. Raises SecretUnreadable for a lost key."""
    return Credentials(
        remote_id=account.remote_id,
        handle=account.handle,
        server=account.server,
        secrets=account.secrets or {},
        settings=account.settings,
    )


def without_secrets(account: ConnectedAccount) -> Credentials:
    """The same for what needs no sign-in: rules, limits, lengths."""
    return Credentials(
        remote_id=account.remote_id,
        handle=account.handle,
        server=account.server,
        settings=account.settings,
    )
