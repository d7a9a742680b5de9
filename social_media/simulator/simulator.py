"""The process: five listeners over one world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import web

from social_media.simulator.control import Control
from social_media.simulator.faults import FaultBoard
from social_media.simulator.injection import Gate
from social_media.simulator.intake import Intake, Settings
from social_media.simulator.journal import Journal
from social_media.simulator.listener import Listener
from social_media.simulator.media_control import MediaControl
from social_media.simulator.networks.base import Addresses, Network
from social_media.simulator.networks.bluesky import Bluesky
from social_media.simulator.networks.fediverse import Fediverse
from social_media.simulator.networks.mastodon import Mastodon
from social_media.simulator.networks.x import X
from social_media.simulator.world import World

NETWORKS: tuple[type[Network], ...] = (X, Bluesky, Mastodon, Fediverse)
#: Larger than any text post; what is uploaded is streamed, to limits of its own.
MAX_BODY = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Options:
    """How to start. Port 0 lets the system choose; `latency` is in seconds.

    Uploads are kept beside `state`, else in a temporary folder until the end.
    """

    host: str
    port: int
    network_ports: Mapping[str, int]
    state: Path | None
    latency: float
    uploads: Settings = field(default_factory=Settings)


class Simulator:
    """All networks, their page and their control API."""

    def __init__(self, options: Options) -> None:
        self._journal = Journal(options.state) if options.state else None
        self._page = Listener(options.host, options.port)
        self._listeners = {
            network.name: Listener(options.host, options.network_ports[network.name])
            for network in NETWORKS
        }
        self.url = _url(self._page)
        self.urls = {name: _url(each) for name, each in self._listeners.items()}
        self._latency = options.latency
        self._intake = Intake(_beside(options.state), replace(options.uploads))
        self._world = World(self._journal, self._intake)
        self._uploads = options.uploads
        self._faults = FaultBoard()

    async def start(self) -> None:
        networks: dict[str, Network] = {}
        for kind in NETWORKS:
            network = kind(self._world, Addresses(self.urls[kind.name], self.url))
            networks[kind.name] = network
            gate = Gate(network, self._faults, self._latency)
            application = _application(network, gate)
            await self._listeners[kind.name].start(application, gate.busy)
        control = Control(self._world, self._faults, networks, self._listeners)
        media = MediaControl(self._world, networks, self._uploads)
        await self._page.start(control.application(media))

    async def stop(self) -> None:
        for listener in (*self._listeners.values(), self._page):
            await listener.stop()
        if self._journal:
            self._journal.close()
        self._intake.close()


def _application(network: Network, gate: Gate) -> web.Application:
    application = web.Application(
        middlewares=[gate.middleware()], client_max_size=MAX_BODY
    )
    for route in network.routes():
        application.router.add_route(route.method, route.path, route.handler)
    return application


def _beside(state: Path | None) -> Path | None:
    return state and state.with_name(f"{state.name}.media")


def _url(listener: Listener) -> str:
    host = "127.0.0.1" if listener.host == "0.0.0.0" else listener.host
    return f"http://{host}:{listener.port}"
