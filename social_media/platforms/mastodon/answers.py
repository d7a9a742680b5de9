"""What a server's refusal means for us.

Every server has its own idea of which status says what, so the words count too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.mastodon.client import Refusal

_DEFAULT_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(days=1)
_PROCESSING_WAIT = timedelta(seconds=10)

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, GONE, UNPROCESSABLE = 401, 403, 404, 410, 422
TOO_MANY = 429
#: Any of these may be said about the content, or about a dead token.
AMBIGUOUS = frozenset({400, 403, 422})
_REDIRECTS, _CLIENT_ERROR, _SERVER_ERROR = 300, 400, 500
#: Not server errors, and yet they don't say what became of the request.
_LOST = frozenset({408, 409})

_SCOPE = re.compile(r"\bscopes?\b", re.IGNORECASE)
_BLOCKED = re.compile(
    r"disabled|suspended|frozen|pending|confirm|deactivated", re.IGNORECASE
)
_DEAD_TOKEN = re.compile(
    r"\btoken\b|unauthori[sz]ed|invalid credentials|authenticated|not logged in|"
    r"log ?in required|must be logged in",
    re.IGNORECASE,
)
_PROCESSING = re.compile(r"not finished processing", re.IGNORECASE)
_GONE_MEDIA = re.compile(
    r"\bmedia\b.*\b(?:not found|already|another|unknown|expired|exist)", re.IGNORECASE
)
_VALIDATION = re.compile(r"validation failed", re.IGNORECASE)


def error_of(refusal: Refusal, *, visible: bool) -> PlatformError | None:
    """The error behind `refusal`, None when it depends on what was asked for."""
    status = refusal.status
    if status == TOO_MANY:
        return _rate_limited(refusal)
    if _REDIRECTS <= status < _CLIENT_ERROR:
        return Unavailable(
            "The server sends us on to another address. Enter that one instead.",
            code="redirected",
            http_status=status,
        )
    if status < _REDIRECTS or status >= _SERVER_ERROR or status in _LOST:
        return _lost(refusal, visible=visible)
    if status == GONE:
        return _blocked(refusal)
    if status == UNAUTHORIZED:
        return signed_out(refusal)
    return _by_words(refusal) if status in AMBIGUOUS else None


def signed_out(refusal: Refusal) -> AuthenticationFailed:
    """The server doesn't know the token (any more)."""
    return AuthenticationFailed(
        "The server does not accept the access token. Connect the account again.",
        http_status=refusal.status,
    )


def rejected(refusal: Refusal) -> ContentRejected:
    """The server won't have this content, and says why if it can."""
    reason = refusal.words or "it gave no reason"
    return ContentRejected(
        f"The server refused the post: {reason}", http_status=refusal.status
    )


def is_about_gone_media(refusal: Refusal) -> bool:
    """Whether the server doesn't know an attached id, or shows it in another post."""
    return (
        refusal.status in AMBIGUOUS or refusal.status == NOT_FOUND
    ) and _GONE_MEDIA.search(refusal.words) is not None


def is_about_content(refusal: Refusal) -> bool:
    """Whether the server certainly complains about the content, not about us."""
    return _VALIDATION.search(refusal.words) is not None


def _by_words(refusal: Refusal) -> PlatformError | None:
    words, status = refusal.words, refusal.status
    if is_about_content(refusal):
        return None
    if _PROCESSING.search(words):
        return NotReady(
            "The server is still processing the media.",
            check_at=datetime.now(UTC) + _PROCESSING_WAIT,
            http_status=status,
        )
    if status == FORBIDDEN and _SCOPE.search(words):
        return AuthenticationFailed(
            "The access token lacks a permission. Make one with the scopes read, "
            "write:statuses and write:media, and connect the account again.",
            code="scope",
            http_status=status,
        )
    if status == FORBIDDEN and _BLOCKED.search(words):
        return _blocked(refusal)
    return signed_out(refusal) if _DEAD_TOKEN.search(words) else None


def _blocked(refusal: Refusal) -> AccountBlocked:
    reason = refusal.words or "the account is gone"
    return AccountBlocked(
        f"The server holds the account back: {reason}", http_status=refusal.status
    )


def _lost(refusal: Refusal, *, visible: bool) -> PlatformError:
    if visible:
        return OutcomeUnknown(
            "The server was asked to publish this, but failed before it said what "
            "became of it.",
            http_status=refusal.status,
        )
    return Unavailable(
        "The server has a problem. Trying again later may help.",
        http_status=refusal.status,
    )


def _rate_limited(refusal: Refusal) -> RateLimited:
    return RateLimited(
        "The server asks us to wait before the next post.",
        retry_at=retry_at(refusal.headers, datetime.now(UTC)),
    )


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime:
    """When the server takes calls again: within a day, in five minutes if unsaid.

    `X-RateLimit-Reset` is an ISO time on Mastodon, seconds since 1970 on GoToSocial.
    """
    found = _parse(headers.get("X-RateLimit-Reset", ""), now) or _parse(
        headers.get("Retry-After", ""), now
    )
    if found is None or found <= now:
        return now + _DEFAULT_WAIT
    return min(found, now + _LONGEST_WAIT)


def _parse(value: str, now: datetime) -> datetime | None:
    """A point in time, an epoch, or seconds from now; None for anything else."""
    try:
        if not value.isdecimal():
            return _aware(datetime.fromisoformat(value))
        seconds = int(value)
        from_now = now + timedelta(seconds=min(seconds, _LONGEST_WAIT.total_seconds()))
        return from_now if seconds < _EPOCHS else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


#: No wait is this many seconds long, and no epoch we will meet is smaller.
_EPOCHS = 1_000_000_000


def _aware(when: datetime) -> datetime:
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
