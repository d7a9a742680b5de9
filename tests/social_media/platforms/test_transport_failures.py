"""What a broken connection means for a post."""

from __future__ import annotations

import httpcore
import httpx
import pytest
import requests
from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from social_media.platforms.errors import (
    AuthenticationFailed,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.transport import (
    BodyTooLong,
    DeadlineExceeded,
    Redirected,
    classify,
)

POOL = HTTPSConnectionPool("example.com")


def in_requests(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(POOL, "/?token=secret", reason))


NOT_SENT = [
    requests.ConnectTimeout(),
    requests.exceptions.InvalidURL(),
    requests.exceptions.MissingSchema(),
    requests.exceptions.InvalidSchema(),
    in_requests(NewConnectionError(POOL, "refused")),  # type: ignore[arg-type]
    in_requests(ConnectTimeoutError(POOL, "slow")),
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("busy"),
    httpx.UnsupportedProtocol("ftp"),
    httpx.InvalidURL("no host"),
]

UNKNOWN = [
    requests.ReadTimeout(ReadTimeoutError(POOL, "/", "slow")),
    requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())),
    requests.exceptions.ChunkedEncodingError(),
    requests.exceptions.SSLError(),
    requests.exceptions.InvalidHeader(),
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.CloseError("reset"),
    httpx.RemoteProtocolError("gone"),
    httpx.LocalProtocolError("odd"),
    httpx.ProxyError("odd"),
    httpcore.RemoteProtocolError("gone"),
    BodyTooLong(),
    DeadlineExceeded(),
    ValueError("not JSON"),
    Redirected(302),
]


def kind(error: Exception) -> str:
    """A name that is the same in every process, unlike the repr of a pool."""
    return type(error).__name__


@pytest.mark.parametrize("error", NOT_SENT, ids=kind)
def test_surely_not_sent(error: Exception) -> None:
    for visible in (True, False):
        assert type(classify(error, visible=visible)) is Unavailable


@pytest.mark.parametrize("error", UNKNOWN, ids=kind)
def test_nobody_knows(error: Exception) -> None:
    assert type(classify(error, visible=True)) is OutcomeUnknown
    assert type(classify(error, visible=False)) is Unavailable


@pytest.mark.parametrize("error", [*NOT_SENT, *UNKNOWN], ids=kind)
def test_the_words_hold_no_address(error: Exception) -> None:
    found = classify(error, visible=True)
    assert found.message.endswith(".")
    assert "secret" not in repr(found)
    assert "http" not in found.message


def wraps(inner: Exception) -> None:
    """Raises another error while handling `inner`, as Mastodon.py does."""
    try:
        raise_it(inner)
    except type(inner):
        raise_it(RuntimeError("could not complete"))


def raise_it(error: Exception) -> None:
    raise error


def test_the_error_inside_decides_when_a_library_wraps_it_without_from() -> None:
    with pytest.raises(RuntimeError) as caught:
        wraps(requests.ConnectTimeout())
    assert type(classify(caught.value, visible=True)) is Unavailable


def test_the_error_inside_decides_when_a_library_wraps_it() -> None:
    outer = RuntimeError("could not complete")
    outer.__cause__ = httpx.ConnectError("refused")
    assert type(classify(outer, visible=True)) is Unavailable


def test_an_answer_that_was_understood_comes_back_as_it_is() -> None:
    inner = RateLimited.__new__(RateLimited)
    PlatformError.__init__(inner, "wait")
    outer = RuntimeError("could not complete")
    outer.__cause__ = inner
    assert classify(outer, visible=True) is inner


@pytest.mark.parametrize(
    "earlier", [requests.ConnectTimeout(), AuthenticationFailed("expired")]
)
def test_the_failure_of_an_earlier_call_decides_nothing(earlier: Exception) -> None:
    """The caller refreshes the token and tries again: the second try is judged."""
    try:
        raise_it(earlier)
    except type(earlier):
        found = second_try()
    assert type(found) is OutcomeUnknown


def second_try() -> PlatformError:
    try:
        raise_it(ValueError("the answer is no JSON"))
    except ValueError as error:
        return classify(error, visible=True)
    raise AssertionError


def test_the_nearest_error_of_the_transport_decides() -> None:
    nearest = requests.ReadTimeout()
    nearest.__context__ = requests.ConnectTimeout()
    assert type(classify(nearest, visible=True)) is OutcomeUnknown
