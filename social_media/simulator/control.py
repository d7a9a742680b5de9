"""The page and the control API on the base port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from social_media.simulator.board import board, fault_list, post_document, summary
from social_media.simulator.control_body import BadRequest, json_body, network_of
from social_media.simulator.faults import BadFault, FaultBoard
from social_media.simulator.listener import Listener
from social_media.simulator.media_control import MediaControl
from social_media.simulator.networks.base import Network
from social_media.simulator.world import World

PAGE = Path(__file__).parent / "page"
FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/avatar.svg": ("avatar.svg", "image/svg+xml"),
}
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
#: What one account may have more of than others.
ACCOUNT_SETTINGS = ("max_length", "max_video_bytes")


class Control:
    """Accounts, posts, faults: read and changed over HTTP."""

    def __init__(
        self,
        world: World,
        faults: FaultBoard,
        networks: Mapping[str, Network],
        listeners: Mapping[str, Listener],
    ) -> None:
        self._world = world
        self._faults = faults
        self._networks = networks
        self._listeners = listeners

    def application(self, media: MediaControl) -> web.Application:
        application = web.Application(middlewares=[_refuse_in_words()])
        add = application.router.add_route
        for path in FILES:
            add("GET", path, _file)
        add("GET", "/healthz", self.health)
        add("GET", "/api/board", self.board)
        add("GET", "/api/summary", self.summary)
        add("GET", "/api/accounts", self.accounts)
        add("POST", "/api/accounts", self.add_accounts)
        add("GET", "/api/posts", self.posts)
        add("GET", "/api/faults", self.faults)
        add("POST", "/api/faults", self.add_fault)
        add("DELETE", "/api/faults", self.clear_faults)
        add("POST", "/api/reset", self.reset)
        for method, path, handler in media.routes():
            add(method, path, handler)
        self._media = media
        return application

    async def health(self, request: web.Request) -> web.Response:
        urls = {name: network.url for name, network in self._networks.items()}
        return web.json_response({"status": "ok", "urls": urls})

    async def board(self, request: web.Request) -> web.Response:
        """What the page shows; 304 when nothing has changed since."""
        self._faults.active()
        tag = f'"{self._world.generation}.{self._world.version}.{self._faults.version}"'
        if request.headers.get("If-None-Match") == tag and not self._faults.active():
            return web.Response(status=304, headers={"ETag": tag})
        body = board(self._world, self._faults, self._networks)
        return web.json_response(body, headers={"ETag": tag})

    async def summary(self, request: web.Request) -> web.Response:
        return web.json_response(summary(self._world, self._networks))

    # Accounts

    async def accounts(self, request: web.Request) -> web.Response:
        accounts = [
            {"network": each.network, "handle": each.handle, "remote_id": each.id}
            for each in self._world.accounts.values()
        ]
        return web.json_response({"accounts": accounts})

    async def add_accounts(self, request: web.Request) -> web.Response:
        """Create one account, or those listed under "accounts"."""
        body = await json_body(request)
        asked = body.get("accounts", [body])
        if not isinstance(asked, list):
            raise BadRequest("accounts must be a list.")
        for each in asked:
            self._check_account(each)
        made = [self._add_account(each) for each in asked]
        answer = {"accounts": made} if "accounts" in body else made[0]
        return web.json_response(answer, status=201)

    def _check_account(self, asked: Any) -> None:
        if not isinstance(asked, dict):
            raise BadRequest("An account is an object.")
        self._network(asked.get("network"))
        handle = asked.get("handle")
        if not isinstance(handle, str) or not handle.strip(" @"):
            raise BadRequest("handle must be a name.")
        unknown = set(asked) - {"network", "handle", "oauth1", *ACCOUNT_SETTINGS}
        if unknown:
            raise BadRequest(f"Unknown fields: {', '.join(sorted(unknown))}.")

    def _add_account(self, asked: dict[str, Any]) -> dict[str, Any]:
        network = self._networks[asked["network"]]
        settings = {key: asked[key] for key in ACCOUNT_SETTINGS if key in asked}
        account = network.add_account(asked["handle"], settings)
        return {
            "network": account.network,
            "handle": account.handle,
            "remote_id": account.id,
            "credentials": network.credentials(account, asked),
        }

    # Posts

    async def posts(self, request: web.Request) -> web.Response:
        """Posts, oldest first, of ?network= and ?account= if given."""
        name, handle = request.query.get("network", ""), request.query.get("account")
        network = self._network(name) if name else None
        if handle and network is None:
            raise BadRequest("account needs a network.")
        wanted = network.canonical(handle) if network and handle else ""
        found = self._world.posts(name, wanted)
        page = self._networks["x"].page_url
        posts = [post_document(self._world, post, page) for post in found]
        return web.json_response({"posts": posts})

    # Faults

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": fault_list(self._faults)})

    async def add_fault(self, request: web.Request) -> web.Response:
        asked = {k: v for k, v in (await json_body(request)).items() if v is not None}
        account = self._account_of_fault(asked)
        fault = self._faults.add(self._faults.parse(asked, account=account))
        if fault.kind == "refuse_connection":
            await self._listeners[fault.network].close(seconds=fault.seconds)
        return web.json_response(fault.describe(), status=201)

    def _account_of_fault(self, asked: Mapping[str, Any]) -> str | None:
        handle = asked.get("account")
        if handle is None:
            return None
        network = self._network(asked.get("network"))
        name = network.canonical(str(handle))
        account = self._world.account_by_handle(network.name, name)
        if account is None:
            raise BadRequest(f"No account {handle!r} on {network.name}.")
        return account.handle

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        for listener in self._listeners.values():
            await listener.open()
        return web.Response(status=204)

    async def reset(self, request: web.Request) -> web.Response:
        """Forget accounts, posts, tokens, uploads, settings and faults."""
        self._world.reset()
        self._media.reset()
        for network in self._networks.values():
            network.windows.clear()
        return await self.clear_faults(request)

    def _network(self, name: Any) -> Network:
        return network_of(self._networks, name)


async def _file(request: web.Request) -> web.Response:
    name, content_type = FILES[request.path]
    return web.Response(
        body=(PAGE / name).read_bytes(),
        content_type=content_type,
        charset="utf-8",
        headers=SECURITY,
    )


def _refuse_in_words() -> Middleware:
    @web.middleware
    async def refuse(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except (BadRequest, BadFault) as error:
            return web.json_response({"error": str(error)}, status=400)

    return cast("Middleware", refuse)
