"""Calling a Bluesky server through the atproto library, without a session of its own.

`ClientRaw` has all the methods of the library's `Client` and nothing that signs in or
refreshes: `Client` rotates the tokens in the middle of any call when they are about to
expire, and a session that nobody saves is lost. Tokens come with each call instead.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from atproto_client.client.raw import ClientRaw
from atproto_client.request import Request

from social_media.platforms.base import Credentials
from social_media.platforms.bluesky.failures import CALL_ERRORS, failure
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import AuthenticationFailed
from social_media.platforms.transport import deadline, httpx_transport


class Xrpc:
    """Calls to any server of the network, each within the network's total deadline."""

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config
        # One per thread: a connection pool shared by many threads is slower, and the
        # library keeps the server's address in the client.
        self._local = threading.local()

    @contextmanager
    def calling(self, server: str, *, visible: bool = False) -> Iterator[Any]:
        """The library's methods (`.com.atproto...`) at `server`, for one deadline.

        Args:
            server: base URL; "" is the network's default server.
            visible: whether the call makes a post visible when it succeeds.

        Raises the errors of `platforms.errors`, nothing else.
        """
        client = self._client()
        client.update_base_url(server or self.config.api_url)
        try:
            with deadline(self.config.deadline):
                yield client
        except CALL_ERRORS as error:
            raise failure(error, visible=visible, now=datetime.now(UTC)) from error

    def _client(self) -> Any:
        client = getattr(self._local, "client", None)
        if client is None:
            request = Request(transport=httpx_transport(self.config), trust_env=False)
            client = self._local.client = ClientRaw(request=request)
        return client


def bearer(token: str) -> Mapping[str, str]:
    """The header that signs a call with `token`."""
    return {"Authorization": f"Bearer {token}"}


def signed(credentials: Credentials) -> Mapping[str, str]:
    """The header that signs a call as the account. Raises AuthenticationFailed."""
    token = credentials.secrets.get("access_jwt")
    if not token:
        raise AuthenticationFailed("This account has to be connected again.")
    return bearer(token)
