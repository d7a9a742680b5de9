"""A server that speaks Mastodon's API: its description, its accounts, its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from aiohttp import web

from social_media.simulator.limits import Window
from social_media.simulator.networks.base import (
    Addresses,
    Network,
    Refusal,
    Route,
    is_dead,
)
from social_media.simulator.networks.mastodon_documents import (
    VERSION,
    account_document,
    instance_v1,
    instance_v2,
)
from social_media.simulator.networks.snowflake import Snowflakes
from social_media.simulator.records import Account, Token, iso
from social_media.simulator.world import World

MAX_LENGTH = 500


def refusal(status: int, message: str) -> Refusal:
    return Refusal(status, {"error": message})


class MastodonServer(Network):
    """All but the statuses."""

    limit: ClassVar[Window] = Window("requests", 300, 300)
    version: ClassVar[str] = VERSION

    def __init__(self, world: World, addresses: Addresses) -> None:
        super().__init__(world, addresses)
        self.ids = Snowflakes(epoch_ms=0, shift=16)

    def instance_routes(self) -> list[Route]:
        return [
            Route("GET", "/api/v2/instance{slash:/?}", self.instance_v2),
            Route("GET", "/api/v1/instance{slash:/?}", self.instance_v1),
        ]

    def remote_id(self, handle: str) -> str:
        return self.ids.next()

    def canonical(self, handle: str) -> str:
        return super().canonical(handle).partition("@")[0]

    def credentials(self, account: Account, asked: Mapping[str, Any]) -> dict[str, str]:
        token = self.issue(account, "access")
        return {"server": self.url, "access_token": token.value}

    # Failures

    def error(self, status: int) -> Refusal:
        words = {
            403: "This action is not allowed",
            404: "Record not found",
            500: "This page is not correct",
            503: "Service temporarily unavailable",
        }
        return refusal(status, words.get(status, "Error"))

    def rate_limited(self) -> Refusal:
        return refusal(429, "Too many requests")

    def expired(self, operation: str) -> Refusal:
        return refusal(401, "The access token was revoked")

    def rate_headers(
        self, window: Window, *, left: int, reset: float
    ) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": iso(reset),
        }

    def presented(self, request: web.Request) -> Token | None:
        value = request.query.get("access_token")
        if value:
            return self.world.token(self.name, value)
        return super().presented(request)

    def signed_in(self, request: web.Request) -> Account:
        """Whose request it is. Raises Refusal (401)."""
        token = self.presented(request)
        if token is None:
            raise refusal(401, "The access token is invalid")
        if is_dead(token):
            raise refusal(401, "The access token was revoked")
        return self.world.owner(token)

    # The instance and accounts

    async def instance_v2(self, request: web.Request) -> web.Response:
        return web.json_response(instance_v2(self.url, self.title, MAX_LENGTH))

    async def instance_v1(self, request: web.Request) -> web.Response:
        document = instance_v1(self.url, self.title, self.version, MAX_LENGTH)
        return web.json_response(document)

    async def verify(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "note": "",
            "fields": [],
            "follow_requests_count": 0,
        }
        return web.json_response({**self._account(account), "source": source})

    async def find_account(self, request: web.Request) -> web.Response:
        name = self.canonical(request.query.get("acct", ""))
        account = self.world.account_by_handle(self.name, name)
        if account is None:
            raise self.error(404)
        return web.json_response(self._account(account))

    async def revoke(self, request: web.Request) -> web.Response:
        form = await request.post()
        token = self.world.token(self.name, str(form.get("token", "")))
        if token is not None:
            self.world.revoke_chain(token)
        return web.json_response({})

    def _account(self, account: Account) -> dict[str, Any]:
        count = len(self.world.posts_of(account))
        return account_document(account, self.url, count)
