"""What X's answers mean (`Problem` bodies of API v2 and the older error codes)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import requests

from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)

#: When X doesn't say: the length of its windows.
DEFAULT_WAIT = timedelta(minutes=15)
#: A reset further away than this is not believed.
LONGEST_WAIT = timedelta(hours=25)
#: Headers of X's windows, the longest first; the two of 24 hours aren't documented.
WINDOWS = ("x-app-limit-24hour", "x-user-limit-24hour", "x-rate-limit")

#: Kinds of a 403 that a person mends by connecting again.
PERMISSION = {
    "client-forbidden",
    "not-authorized-for-resource",
    "oauth1-permissions",
    "unsupported-authentication",
}
_CAPPED = {"usage-capped", "credits-depleted"}

# The older numeric codes: rate limit and daily limit, dead tokens, held-back accounts.
_DUPLICATE = 187
_WAIT = {88, 185}
_BAD_TOKEN = {32, 89}
_HELD_BACK = {63, 64, 326}
_HELD_BACK_WORDS = re.compile(r"\b(?:suspended|locked)\b")


#: By either library.
Response = requests.Response | httpx.Response


@dataclass(frozen=True, slots=True)
class Answer:
    """A problem that X reported.

    Args:
        status: the HTTP status, or the one inside an `errors` entry of a 200.
        kind: last segment of the problem's type, such as "client-forbidden".
        codes: the older numeric codes.
        detail: X's words; "" when the body isn't one of X's.
        headers: of the response.
    """

    status: int
    kind: str = ""
    codes: frozenset[int] = frozenset()
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """X's reason, to be shown."""
        return f"X says: {self.detail}" if self.detail else "X gave no reason."


def succeeded(response: Response) -> bool:
    """Whether X did what it was asked."""
    return 200 <= response.status_code < 300  # noqa: PLR2004


def body_of(response: Response) -> dict[str, Any]:
    """The JSON object of a response, {} when there is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def read(response: Response) -> Answer:
    """The problem that a response reports."""
    return read_problem(
        body_of(response), status=response.status_code, headers=response.headers
    )


def read_problem(
    body: Mapping[str, Any],
    *,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The problem in a body, or in one entry of its `errors`."""
    entries = [body, *dicts_in(body.get("errors"))]
    codes = (e.get("code") for e in entries)
    details = (e.get("detail") or e.get("message") for e in entries)
    kinds = (e.get("type") for e in entries)
    return Answer(
        status=status,
        kind=str(next(filter(None, kinds), "")).rstrip("/").rpartition("/")[2],
        codes=frozenset(code for code in codes if isinstance(code, int)),
        detail=str(next(filter(None, details), ""))[:500],
        headers=headers or {},
    )


def dicts_in(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON list; none if it isn't one."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]


def error_of(answer: Answer, *, visible: bool) -> PlatformError:
    """The error that `answer` means.

    Args:
        answer: what X reported.
        visible: whether the call, had it worked, would have made something visible.
    """
    status = answer.status
    if answer.kind in _CAPPED or status == HTTPStatus.PAYMENT_REQUIRED:
        return AccountBlocked(
            f"The plan of our app on X is used up. {answer.words}",
            code="usage_capped",
            http_status=status,
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS or answer.codes & _WAIT:
        return RateLimited(
            "X asks us to wait before the next post.",
            retry_at=retry_at(answer.headers, now=datetime.now(UTC)),
            http_status=status,
        )
    if status == HTTPStatus.UNAUTHORIZED or answer.codes & _BAD_TOKEN:
        return AuthenticationFailed("X refused the sign-in.", http_status=status)
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(answer)
    if 400 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:  # noqa: PLR2004
        return _refused(answer)
    return _broken(answer, visible=visible)


def _forbidden(answer: Answer) -> PlatformError:
    said = answer.detail.casefold()
    if _DUPLICATE in answer.codes or "duplicate content" in said:
        # It may be our own earlier try that X remembers.
        return OutcomeUnknown(
            "X says that this text was posted already.",
            code="duplicate",
            http_status=answer.status,
        )
    if answer.codes & _HELD_BACK or _HELD_BACK_WORDS.search(said):
        return AccountBlocked(
            f"X holds the account back. {answer.words}", http_status=answer.status
        )
    if answer.kind in PERMISSION:
        return AuthenticationFailed(
            f"The connection lacks a permission. {answer.words}",
            code="permission",
            http_status=answer.status,
        )
    return _refused(answer)


def _refused(answer: Answer) -> PlatformError:
    if not answer.detail:
        # Not X's own body: something in front of it turned the request away.
        return Unavailable(
            f"X could not be asked (HTTP {answer.status}).", http_status=answer.status
        )
    return ContentRejected(f"X refused this. {answer.words}", http_status=answer.status)


def _broken(answer: Answer, *, visible: bool) -> PlatformError:
    words = f"X answered with an error of its own (HTTP {answer.status})."
    if visible:
        return OutcomeUnknown(words, http_status=answer.status)
    return Unavailable(words, http_status=answer.status)


def retry_at(headers: Mapping[str, str], *, now: datetime) -> datetime:
    """When the window that is used up starts again; `DEFAULT_WAIT` if X won't say."""
    empty = [name for name in WINDOWS if headers.get(f"{name}-remaining") == "0"]
    for name in (*empty, "x-rate-limit"):
        reset = headers.get(f"{name}-reset", "")
        if reset.isascii() and reset.isdigit() and len(reset) <= 12:  # noqa: PLR2004
            moment = datetime.fromtimestamp(int(reset), UTC)
            if now < moment <= now + LONGEST_WAIT:
                return moment
    return now + DEFAULT_WAIT
