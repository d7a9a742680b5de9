"""What a network's answer means for us, named by what to do next.

A strategy raises nothing else. Messages are words for the post's owner: they say
what happened and what to do, and never carry a secret.
"""

from __future__ import annotations

from datetime import datetime


class PlatformError(Exception):
    """Base of every error a strategy raises.

    Args:
        message: words for the owner of the post.
        code: short machine-readable reason, stable across releases.
        http_status: the network's status code, None when there was no answer.
    """

    default_code = "platform_error"

    def __init__(
        self, message: str, *, code: str = "", http_status: int | None = None
    ) -> None:
        super().__init__(_storable(message))
        self.message = _storable(message)
        self.code = _storable(code) or self.default_code
        self.http_status = http_status


def _storable(words: str) -> str:
    """Without what no text column takes: NUL, and the halves of surrogate pairs."""
    return words.encode(errors="ignore").decode().replace("\x00", "")


class RateLimited(PlatformError):
    """Not published: the network asks us to wait until `retry_at` (aware, UTC)."""

    default_code = "rate_limited"

    def __init__(
        self,
        message: str,
        *,
        retry_at: datetime,
        code: str = "",
        http_status: int | None = 429,
    ) -> None:
        super().__init__(message, code=code, http_status=http_status)
        self.retry_at = retry_at


class NotReady(PlatformError):
    """The network still processes what we uploaded: ask again at `check_at` (UTC)."""

    default_code = "not_ready"

    def __init__(
        self,
        message: str,
        *,
        check_at: datetime,
        code: str = "",
        http_status: int | None = None,
    ) -> None:
        super().__init__(message, code=code, http_status=http_status)
        self.check_at = check_at


class Unavailable(PlatformError):
    """Surely nothing became visible; trying again later may work."""

    default_code = "unavailable"


class AuthenticationFailed(PlatformError):
    """The token is dead. Refresh it once, else the account must be connected again."""

    default_code = "authentication_failed"


class AccountBlocked(PlatformError):
    """The network holds the account or the app back until a person acts there."""

    default_code = "account_blocked"


class ContentRejected(PlatformError):
    """This content will never be accepted as it is."""

    default_code = "content_rejected"


class OutcomeUnknown(PlatformError):
    """It may have been published. Never sent again before a look-up."""

    default_code = "outcome_unknown"


class CannotTell(PlatformError):
    """`find_published` has no way to know; only a person can decide."""

    default_code = "cannot_tell"
