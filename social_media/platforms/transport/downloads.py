"""Fetching a file of any size, piece by piece: it is never held in memory."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import Unavailable
from social_media.platforms.transport.addresses import check_scheme
from social_media.platforms.transport.deadlines import (
    DeadlineExceeded,
    moved,
    moving,
)
from social_media.platforms.transport.failures import classify
from social_media.platforms.transport.httpx_transport import NetworkTransport
from social_media.platforms.transport.limits import Redirected, refuse_redirect
from social_media.platforms.transport.per_thread import PerThread

PIECE = 64 * 1024

_TRANSPORT = (
    httpx.TransportError,
    httpx.InvalidURL,
    httpx.DecodingError,
    Redirected,
    DeadlineExceeded,
)


def download(config: NetworkConfig, url: str, take: Callable[[bytes], None]) -> None:
    """GET `url` and hand each piece to `take`, whose errors pass through.

    The guard, and no redirects, as for every other call. Nothing may stand still for
    `config.deadline` seconds, and all of it ends after `config.upload_deadline`. Raises
    AddressRefused, UnknownHost, Unavailable.
    """
    try:
        _transports.get(config).fetch(url, take)
    except _TRANSPORT as error:
        raise classify(error, visible=False) from error


class _Downloads(NetworkTransport):
    """The transport that reads an answer as it comes."""

    def fetch(self, url: str, take: Callable[[bytes], None]) -> None:
        if not is_address(url):
            raise httpx.InvalidURL("not a host's name")
        request = httpx.Request(
            "GET",
            url,
            # As it is stored: nobody unpacks gigabytes out of kilobytes here.
            headers={"User-Agent": "Stationmaster", "Accept-Encoding": "identity"},
        )
        check_scheme(request.url.scheme, self.config)
        with moving(self.config.deadline, total=self.config.upload_deadline):
            answer = httpx.HTTPTransport.handle_request(self, request)
            try:
                refuse_redirect(answer.status_code)
                _require_found(answer.status_code)
                for piece in answer.iter_raw(PIECE):
                    moved()
                    take(piece)
            finally:
                answer.close()


def is_address(url: str) -> bool:
    """Whether anything can be asked for at `url`: some names of hosts are none."""
    try:
        return bool(httpx.URL(url).host)
    except (httpx.InvalidURL, UnicodeError):  # xn-- and what no letters stand behind
        return False


def _require_found(status: int) -> None:
    if status != httpx.codes.OK:
        words = f"The server answers {status} instead of a file."
        raise Unavailable(words, code="not_found", http_status=status)


_transports = PerThread(_Downloads)
