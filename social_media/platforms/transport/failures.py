"""What a broken connection means: surely not sent, or nobody knows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from traceback import walk_tb

import httpcore
import httpx
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from social_media.platforms.errors import OutcomeUnknown, PlatformError, Unavailable
from social_media.platforms.transport.deadlines import DeadlineExceeded
from social_media.platforms.transport.limits import BodyTooLong, Redirected

#: Errors of the transport, whichever library raised them.
_TRANSPORT = (
    requests.RequestException,
    httpx.TransportError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    Redirected,
    BodyTooLong,
    DeadlineExceeded,
)

#: Nothing had left this machine when one of these was raised.
_NOT_SENT = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    ConnectTimeoutError,
    NewConnectionError,  # NameResolutionError is one
)

# By definition the request was not acted on; 302 and 303 may follow a success.
_MOVED = {301, 307, 308}


def classify(exc: BaseException, *, visible: bool) -> PlatformError:
    """What a failed call means for the post.

    Args:
        exc: as the library raised it; wrapped transport errors are found.
        visible: whether the call makes something visible when it succeeds.

    Returns:
        Unavailable if surely nothing was sent or nothing could become visible, else
        OutcomeUnknown. A PlatformError inside comes back as it is.
    """
    cause = _transport_error(exc)
    if isinstance(cause, PlatformError):
        return cause
    if isinstance(cause, Redirected) and cause.status in _MOVED:
        return Unavailable(
            "The server says that it has moved to another address.",
            code="redirected",
            http_status=cause.status,
        )
    if _not_sent(cause):
        return _unreachable(cause)
    if visible:
        return OutcomeUnknown(
            "The network was asked to publish this, but its answer was lost."
        )
    return Unavailable("The network did not answer. Trying again later may help.")


def _transport_error(exc: BaseException) -> BaseException:
    """The nearest error of the transport that `exc` was raised from, else `exc`.

    Nearest, not deepest: further back may stand the error of an earlier call.
    """
    current: BaseException | None = exc
    while current is not None:
        if isinstance(current, (PlatformError, *_TRANSPORT)):
            return current
        current = current.__cause__ or _context(current)
    return exc


def _context(exc: BaseException) -> BaseException | None:
    """What was being handled when `exc` was raised, if it belongs to the same call.

    A caller may itself be handling an earlier failure: that one was caught in a frame
    outside of the call, and means nothing for its outcome.
    """
    context = exc.__context__
    if context is None or context.__traceback__ is None:
        return None
    frames = {frame for frame, _ in walk_tb(exc.__traceback__)}
    return context if context.__traceback__.tb_frame in frames else None


def _not_sent(cause: BaseException) -> bool:
    return any(isinstance(inner, _NOT_SENT) for inner in _inside(cause))


def _inside(exc: BaseException) -> Iterator[BaseException]:
    """`exc` and the errors it carries as arguments, the way urllib3 nests them."""
    queue: deque[BaseException] = deque([exc])
    while queue:
        current = queue.popleft()
        yield current
        inner = (*current.args, getattr(current, "reason", None))
        queue.extend(item for item in inner if isinstance(item, BaseException))


def _unreachable(cause: BaseException) -> Unavailable:
    if any("CERTIFICATE_VERIFY_FAILED" in str(inner) for inner in _inside(cause)):
        return Unavailable(
            "The server's certificate is not valid, so it was sent nothing.",
            code="certificate",
        )
    return Unavailable(
        "The server could not be reached. Nothing was sent.", code="unreachable"
    )
