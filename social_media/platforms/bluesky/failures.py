"""What an answer of a Bluesky server means, by its XRPC error name, then its status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
from atproto_client.exceptions import RateLimitExceededError, RequestErrorBase
from atproto_core.exceptions import AtProtocolError

from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.transport import BodyTooLong, Redirected, classify

#: Everything that the library or its transport raises for one call. ValueError: an
#: answer that says it is JSON and isn't. TypeError: JSON of a shape nobody expects.
CALL_ERRORS = (
    AtProtocolError,
    httpx.HTTPError,
    httpx.InvalidURL,
    Redirected,
    BodyTooLong,
    OSError,
    ValueError,
    TypeError,
)

#: Codes that callers tell apart.
NOT_A_SERVER = "not_a_server"
NO_SUCH_RECORD = "no_such_record"
SECOND_FACTOR = "second_factor"

BLOB_GONE = "blob_gone"
_CODES = {"RecordNotFound": NO_SUCH_RECORD, "BlobNotFound": BLOB_GONE}

_DEAD_TOKEN = {"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"}
_BLOCKED = {
    "AccountTakedown",
    "AccountDeactivated",
    "AccountSuspended",
    "RepoTakendown",
    "RepoDeactivated",
    "RepoSuspended",
}

#: Limits reset after five minutes, most of them.
_DEFAULT_WAIT = timedelta(minutes=5)
#: Resets outside of this are a wrong clock, ours or theirs.
_BELIEVED = (timedelta(minutes=-1), timedelta(days=1, minutes=5))

_EPOCH = re.compile(r"[0-9]{1,12}")

#: JSON web tokens and app passwords, should a server ever echo one.
_SECRET = re.compile(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|\b\w{4}(-\w{4}){3}\b")
_LONGEST_WORDS = 300


def failure(error: Exception, *, visible: bool, now: datetime) -> PlatformError:
    """What one failed call means.

    Args:
        error: one of CALL_ERRORS, as the call raised it.
        visible: whether the call makes a post visible when it succeeds.
        now: aware; a rate limit without a usable reset ends five minutes later.
    """
    # NetworkError stands for a broken connection and for 409, 413, 502: ask the answer.
    if isinstance(error, RequestErrorBase) and error.response is not None:
        return _answered(error, visible=visible, now=now)
    if isinstance(error, (RequestErrorBase, httpx.HTTPError, httpx.InvalidURL)):
        return classify(error, visible=visible)
    if isinstance(error, (Redirected, BodyTooLong, OSError)):
        return classify(error, visible=visible)
    return _unreadable(visible=visible)


def _unreadable(*, visible: bool) -> PlatformError:
    if visible:
        return OutcomeUnknown(
            "Bluesky was asked to publish this; its answer is garbled."
        )
    return Unavailable("The server's answer is not Bluesky's.", code=NOT_A_SERVER)


def answered_with(answer: httpx.Response, *, now: datetime) -> PlatformError:
    """What a refused upload means; the library had no part in it."""
    name, words = _xrpc_error(_Body.of(answer))
    if _is_rate_limit(answer.status_code, name):
        return _slow_down(answer.status_code, _retry_at(answer.headers, now))
    return _refusal(answer.status_code, name, words, visible=False)


@dataclass(frozen=True, slots=True)
class _Body:
    """An error body as the library would read it."""

    error: Any = None
    message: Any = None

    @classmethod
    def of(cls, answer: httpx.Response) -> _Body:
        try:
            found = answer.json()
        except ValueError:
            return cls()
        if not isinstance(found, dict):
            return cls()
        return cls(found.get("error"), found.get("message"))


def _answered(error: Any, *, visible: bool, now: datetime) -> PlatformError:
    status: int = error.response.status_code
    name, words = _xrpc_error(error.response.content)
    if _is_rate_limit(status, name):
        limited = isinstance(error, RateLimitExceededError)
        after = error.retry_after if limited else None
        headers = error.response.headers
        return _slow_down(status, _retry_at(headers, now, after=after))
    return _refusal(status, name, words, visible=visible)


def _is_rate_limit(status: int, name: str) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or name == "RateLimitExceeded"


def _slow_down(status: int, retry_at: datetime) -> RateLimited:
    return RateLimited(
        "Bluesky asks us to slow down.", retry_at=retry_at, http_status=status
    )


def _refusal(status: int, name: str, words: str, *, visible: bool) -> PlatformError:
    return (
        _about_account(status, name, words)
        or _about_server(status, name, visible=visible)
        or ContentRejected(
            f"Bluesky refused it: {words or name or status}",
            code=_CODES.get(name, ""),
            http_status=status,
        )
    )


def _about_account(status: int, name: str, words: str) -> PlatformError | None:
    if name == "AuthFactorTokenRequired":
        return AuthenticationFailed(
            "This account asks for a code by e-mail. Make an app password in Bluesky's "
            "settings (Privacy and security) and use it here.",
            code=SECOND_FACTOR,
            http_status=status,
        )
    if name in _DEAD_TOKEN or (
        status == HTTPStatus.UNAUTHORIZED and name not in _BLOCKED
    ):
        return AuthenticationFailed(
            "Bluesky no longer accepts this sign-in.", http_status=status
        )
    if name in _BLOCKED or (name and status == HTTPStatus.FORBIDDEN):
        return AccountBlocked(
            f"Bluesky holds this account back: {words or name}", http_status=status
        )
    return None


def _about_server(status: int, name: str, *, visible: bool) -> PlatformError | None:
    """The request may have been fine; the server, or the way to it, was not."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AMBIGUOUS:
        if visible:
            return OutcomeUnknown(
                f"Bluesky answered with an error ({status}) that leaves open whether "
                "it was published.",
                http_status=status,
            )
        return Unavailable(f"Bluesky has a problem ({status}).", http_status=status)
    if status not in _REFUSALS and not name:
        return Unavailable(
            f"The server's answer ({status}) is not Bluesky's.",
            code=NOT_A_SERVER,
            http_status=status,
        )
    return None


_AMBIGUOUS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT}
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}


def _xrpc_error(content: Any) -> tuple[str, str]:
    """Name and words of an error body, whose type depends on the keys it has."""
    name, words = getattr(content, "error", None), getattr(content, "message", None)
    return (
        name if isinstance(name, str) else "",
        _safe(words) if isinstance(words, str) else "",
    )


def _safe(words: str) -> str:
    # Cut before the search too, whose time grows with the square of the length.
    return _SECRET.sub("[hidden]", words[: 4 * _LONGEST_WORDS])[:_LONGEST_WORDS]


def _retry_at(
    headers: Mapping[str, str], now: datetime, *, after: float | None = None
) -> datetime:
    """When a rate limit ends, by the server's headers as far as they make sense.

    `after`: the seconds that the library read out of them.
    """
    reset = headers.get("ratelimit-reset", "")
    wait = int(reset) - now.timestamp() if _EPOCH.fullmatch(reset) else after
    if wait is None or not (
        _BELIEVED[0].total_seconds() < wait < _BELIEVED[1].total_seconds()
    ):
        return now + _DEFAULT_WAIT
    return now.astimezone(UTC) + timedelta(seconds=max(wait, 1.0))
