"""A port that can be closed and opened again while the process runs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Container

from aiohttp import web

BACKLOG = 1024


class Listener:
    """One application on one port.

    While closed the port stays bound, but nobody listens: connecting is refused, and
    no other process can take the port meanwhile.
    """

    def __init__(self, host: str, port: int) -> None:
        self._socket = _bind(host, port)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None
        self._reopening: asyncio.TimerHandle | None = None
        self._busy: Container[asyncio.BaseProtocol] = ()

    async def start(
        self,
        application: web.Application,
        busy: Container[asyncio.BaseProtocol] = (),
    ) -> None:
        """Serve `application`; `busy` tells which connections have a request open."""
        self._busy = busy
        self._runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=0.1, keepalive_timeout=75
        )
        await self._runner.setup()
        await self.open()

    async def open(self) -> None:
        """Listen, unless it does already."""
        self._cancel_reopening()
        if self._site is None and self._runner is not None:
            self._site = web.SockSite(self._runner, self._socket, backlog=BACKLOG)
            await self._site.start()

    async def close(self, *, seconds: float | None = None) -> None:
        """Refuse connections for so many seconds, or until `open`.

        Connections at rest are closed; a request on its way gets its answer. Closing
        what is closed already only ever makes it last longer.
        """
        if self._site is None:
            self._prolong(seconds)
            return
        await self._site.stop()
        self._site = None
        self._socket = _bind(self.host, self.port)
        self._reopen_in(seconds)
        self._end_connections()
        # They are gone by the next turn of the loop: before anyone is told.
        await asyncio.sleep(0)

    async def stop(self) -> None:
        self._cancel_reopening()
        if self._runner is not None:
            await self._runner.cleanup()
        self._socket.close()

    def _prolong(self, seconds: float | None) -> None:
        if self._reopening is None:
            return
        until = asyncio.get_running_loop().time() + (seconds or 0)
        if seconds is None or until > self._reopening.when():
            self._cancel_reopening()
            self._reopen_in(seconds)

    def _reopen_in(self, seconds: float | None) -> None:
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._reopening = loop.call_later(
                seconds, lambda: loop.create_task(self.open())
            )

    def _end_connections(self) -> None:
        server = self._runner.server if self._runner else None
        for connection in list(server.connections) if server else ():
            if connection in self._busy:
                connection.close()
            else:
                connection.force_close()

    def _cancel_reopening(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
            self._reopening = None


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound
