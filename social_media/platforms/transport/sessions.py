"""requests sessions for the libraries that are built on requests."""

from __future__ import annotations

import socket
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.poolmanager import PoolManager

from social_media.platforms.config import NetworkConfig
from social_media.platforms.transport.addresses import check_scheme
from social_media.platforms.transport.deadlines import (
    DeadlineExceeded,
    clock,
    deadline,
    remaining,
)
from social_media.platforms.transport.limits import (
    MAX_IDLE,
    collect,
    refuse_redirect,
)
from social_media.platforms.transport.per_thread import PerThread
from social_media.platforms.transport.sockets import connect, tls_context


class _Guarded(HTTPConnection):
    """Connects through `sockets.connect` and never sends after the deadline.

    Whatever goes wrong before the first byte of a request is a connect error of
    urllib3: the one family that surely means "not sent".
    """

    network: NetworkConfig
    _sent = False
    _last_used = 0.0

    def _new_conn(self) -> socket.socket:
        try:
            return connect(self._dns_host, self.port, self.network)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error

    def connect(self) -> None:
        try:
            with deadline(self.network.connect_timeout):
                super().connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "connecting took too long") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    @property
    def is_connected(self) -> bool:
        return super().is_connected and clock() - self._last_used < MAX_IDLE

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        self._sent = False
        super().putrequest(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._sent:
            self._check_deadline()
        self._sent = True
        super().send(data)

    def getresponse(self) -> Any:
        response = super().getresponse()
        self._last_used = clock()
        return response

    def _check_deadline(self) -> None:
        try:
            remaining()
        except DeadlineExceeded as error:
            raise ConnectTimeoutError(self, "no time left to send") from error


class _GuardedTLS(_Guarded, HTTPSConnection):
    """The same over TLS: `connect` includes the handshake."""


class _Adapter(HTTPAdapter):
    """Pools of guarded connections for one network. Retries nothing."""

    def __init__(self, config: NetworkConfig) -> None:
        self._plain = _pool(HTTPConnectionPool, _Guarded, config)
        self._tls = _pool(HTTPSConnectionPool, _GuardedTLS, config)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=10, maxsize=2)
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._plain,
            "https": self._tls,
        }
        self.poolmanager.connection_pool_kw["ssl_context"] = tls_context()

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The context has its certificates; requests would load them anew each time.
        return


def _pool(
    pool: type[HTTPConnectionPool], connection: type[_Guarded], config: NetworkConfig
) -> type[HTTPConnectionPool]:
    made = type(connection.__name__, (connection,), {"network": config})
    return cast(
        "type[HTTPConnectionPool]",
        type(pool.__name__, (pool,), {"ConnectionCls": made}),
    )


class NetworkSession(requests.Session):
    """A session that ends with the deadline and takes nothing from its surroundings.

    No proxies or netrc of the environment, no cookies, no redirects, no retries.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("https://", _Adapter(config))
        self.mount("http://", _Adapter(config))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the whole body to prepare the next request."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> Any:
        """Send `request` and read the answer within the network's total deadline.

        Raises what requests raises, Redirected for a 3xx, BodyTooLong, AddressRefused,
        UnknownHost.
        """
        check_scheme((request.url or "").partition(":")[0].lower(), self.config)
        kwargs |= {"allow_redirects": False, "stream": True, "verify": True}
        kwargs["timeout"] = (self.config.connect_timeout, self.config.deadline)
        with deadline(self.config.deadline):
            response = super().send(request, **kwargs)
            try:
                response._content = collect(response.iter_content(65536))
            finally:
                response.close()
        refuse_redirect(response.status_code)
        return response


_sessions = PerThread(NetworkSession)


def requests_session(config: NetworkConfig) -> requests.Session:
    """This thread's session for `config`. Not to be closed: the next call uses it."""
    return _sessions.get(config)
