"""The control API's part about media: uploads, their bytes, how they are treated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from social_media.simulator.board import upload_document
from social_media.simulator.control_body import BadRequest, json_body, network_of
from social_media.simulator.intake import Settings
from social_media.simulator.networks.base import Network
from social_media.simulator.world import World

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]

SETTINGS = ("upload_bytes_per_second", "processing_seconds")
#: Shown as what they are; all else is handed out as mere bytes.
SHOWN = ("image/", "video/")
UPLOAD_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'",
    "X-Content-Type-Options": "nosniff",
}


class MediaControl:
    """What was uploaded, read and forgotten over HTTP.

    Args:
        defaults: the settings that a reset goes back to.
    """

    def __init__(
        self, world: World, networks: Mapping[str, Network], defaults: Settings
    ) -> None:
        self._world = world
        self._networks = networks
        self._defaults = defaults

    def routes(self) -> list[tuple[str, str, Endpoint]]:
        return [
            ("GET", "/api/uploads", self.uploads),
            ("POST", "/api/uploads/forget", self.forget),
            ("GET", "/uploads/{id}", self.bytes),
            ("GET", "/api/settings", self.settings),
            ("POST", "/api/settings", self.change_settings),
        ]

    async def uploads(self, request: web.Request) -> web.Response:
        """Oldest first, of ?network= and ?account= if given."""
        name, handle = request.query.get("network", ""), request.query.get("account")
        network = network_of(self._networks, name) if name else None
        if handle and network is None:
            raise BadRequest("account needs a network.")
        wanted = network.canonical(handle) if network and handle else ""
        found = self._world.uploads.all(name, wanted)
        page = self._networks["x"].page_url
        return web.json_response({"uploads": [upload_document(u, page) for u in found]})

    async def bytes(self, request: web.Request) -> web.StreamResponse:
        """The file by its key or by the network's id; ranges of it too."""
        upload = self._world.uploads.find(request.match_info["id"])
        if upload is None:
            raise web.HTTPNotFound
        path = self._world.uploads.intake.path(upload.key)
        shown = upload.content_type.startswith(SHOWN)
        content_type = upload.content_type if shown else "application/octet-stream"
        headers = {**UPLOAD_HEADERS, "Content-Type": content_type}
        return web.FileResponse(path, headers=headers)

    async def forget(self, request: web.Request) -> web.Response:
        """All handles of a network are worth nothing from now on."""
        body = await json_body(request)
        network = network_of(self._networks, body.get("network"))
        return web.json_response(
            {"forgotten": self._world.uploads.forget(network.name)}
        )

    async def settings(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._settings))

    async def change_settings(self, request: web.Request) -> web.Response:
        """Those that are named; null takes a limit away."""
        body = await json_body(request)
        unknown = set(body) - set(SETTINGS)
        if unknown:
            raise BadRequest(f"Unknown fields: {', '.join(sorted(unknown))}.")
        for name, value in body.items():
            _check_setting(name, value)
        for name, value in body.items():
            setattr(self._settings, name, value)
        return await self.settings(request)

    def reset(self) -> None:
        for name in SETTINGS:
            setattr(self._settings, name, getattr(self._defaults, name))

    @property
    def _settings(self) -> Settings:
        return self._world.uploads.intake.settings


def _check_setting(name: str, value: Any) -> None:
    if value is None and name == "upload_bytes_per_second":
        return
    least = 1 if name == "upload_bytes_per_second" else 0
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not numeric or value < least:
        raise BadRequest(f"{name} must be a number of at least {least}.")
