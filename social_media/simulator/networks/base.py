"""What every simulated network has: routes, sign-in, its own words for failures."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from aiohttp import web

from social_media.simulator.faults import Fault
from social_media.simulator.limits import Window, Windows
from social_media.simulator.records import Account, Post, Token
from social_media.simulator.world import World, now

#: Kinds of faults that have a status of their own.
PLAIN_FAILURES = {"error_before": 503, "forbidden": 403}

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Route(NamedTuple):
    """One endpoint. `operation` is what faults call it (faults.OPERATIONS)."""

    method: str
    path: str
    handler: Handler
    operation: str = "other"


class Refusal(Exception):
    """The network says no: status and body as it words them."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where this network and the simulator's page answer."""

    network: str
    page: str


class Network(ABC):
    """One network's HTTP API over the shared world."""

    name: ClassVar[str]
    title: ClassVar[str]
    #: Requests that one account may make per window, and the window in seconds.
    limit: ClassVar[Window]

    def __init__(self, world: World, addresses: Addresses) -> None:
        self.world = world
        self.url = addresses.network
        self.page_url = addresses.page
        self.windows = Windows()

    @abstractmethod
    def routes(self) -> list[Route]:
        """Every endpoint, the more specific path first."""

    @abstractmethod
    def error(self, status: int) -> Refusal:
        """This network's body for a plain `status`."""

    @abstractmethod
    def rate_limited(self) -> Refusal:
        """This network's 429."""

    @abstractmethod
    def expired(self, operation: str) -> Refusal:
        """This network's answer to a token whose time is over."""

    @abstractmethod
    def processing(self, request: web.Request, operation: str) -> Refusal:
        """This network's "your upload is not ready" (faults.py: to what)."""

    @abstractmethod
    def rate_headers(
        self, window: Window, *, left: int, reset: float
    ) -> dict[str, str]:
        """Headers that tell where the account stands in `window`."""

    def window(self, request: web.Request, operation: str) -> Window:
        """The limit that `request` counts against."""
        return self.limit

    # Accounts

    @abstractmethod
    def remote_id(self, handle: str) -> str:
        """A fresh id for an account of this name."""

    @abstractmethod
    def credentials(self, account: Account, asked: Mapping[str, Any]) -> dict[str, str]:
        """Fresh credentials, by the names that connecting an account asks for."""

    def canonical(self, handle: str) -> str:
        """`handle` as this network writes it."""
        return handle.strip().lstrip("@")

    def add_account(self, handle: str, settings: dict[str, Any]) -> Account:
        """The account of that name, created if there is none."""
        name = self.canonical(handle)
        found = self.world.account_by_handle(self.name, name)
        return found or self.world.add_account(
            Account(
                network=self.name,
                id=self.remote_id(name),
                handle=name,
                created_at=now(),
                password="-".join(secrets.token_hex(2) for _ in range(4)),
                settings=settings,
            )
        )

    def issue(
        self,
        account: Account,
        kind: str,
        *,
        value: str = "",
        lifetime: float | None = None,
        chain: str = "",
    ) -> Token:
        """Hand out a new token; `chain` ties it to an earlier sign-in."""
        return self.world.add_token(
            self.new_token(account, kind, value=value, lifetime=lifetime, chain=chain)
        )

    def new_token(
        self,
        account: Account,
        kind: str,
        *,
        value: str = "",
        lifetime: float | None = None,
        chain: str = "",
    ) -> Token:
        """A token that nobody has been given yet."""
        return Token(
            network=self.name,
            value=value or secrets.token_urlsafe(33),
            account_id=account.id,
            kind=kind,
            expires_at=None if lifetime is None else now() + lifetime,
            chain=chain or secrets.token_hex(8),
        )

    async def account_of(self, request: web.Request) -> Account | None:
        """Whose request this is, as far as it says so; dead tokens count too."""
        token = self.presented(request)
        return self.world.owner(token) if token else None

    def presented(self, request: web.Request) -> Token | None:
        """The bearer token of `request`, if it was ever handed out."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return self.world.token(self.name, value.strip())

    # Pages for people: the link of a post leads to it on the simulator's page.

    def show(self, post: Post | None) -> web.Response:
        if post is None:
            raise self.error(404)
        raise web.HTTPFound(f"{self.page_url}/#{anchor(post)}")


def anchor(post: Post) -> str:
    """The post's place on the simulator's page."""
    digest = hashlib.sha256(f"{post.network} {post.id}".encode()).hexdigest()
    return f"post-{digest[:16]}"


def is_dead(token: Token) -> bool:
    return token.revoked or (token.expires_at is not None and token.expires_at <= now())


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def json_object(request: web.Request) -> dict[str, Any] | None:
    """The request's body as a JSON object of real text, None when it isn't one."""
    raw = await request.read()
    try:
        body = json.loads(raw)
        if b"\\ud" in raw.lower():
            # An escaped half of a character is no text: UnicodeEncodeError.
            json.dumps(body, ensure_ascii=False).encode()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def failure_of(
    network: Network, fault: Fault, request: web.Request, operation: str
) -> Refusal | None:
    """What `fault` answers instead of carrying the request out, if it does so."""
    if fault.kind == "rate_limited":
        return network.rate_limited()
    if fault.kind in PLAIN_FAILURES:
        return network.error(PLAIN_FAILURES[fault.kind])
    if fault.kind == "expired_token":
        return network.expired(operation)
    return _processing(network, request, operation, fault)


def _processing(
    network: Network, request: web.Request, operation: str, fault: Fault
) -> Refusal | None:
    if fault.kind != "processing":
        return None
    try:
        return network.processing(request, operation)
    except Refusal as refusal:  # there is nothing that could be worked on
        return refusal
