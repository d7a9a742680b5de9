"""The way of a request through a network: fault, handler, headers, latency."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Middleware

from social_media.simulator.faults import (
    DEFAULT_DELAY,
    DEFAULT_RESET,
    Fault,
    FaultBoard,
)
from social_media.simulator.networks.base import Handler, Network, Refusal, failure_of
from social_media.simulator.records import Account
from social_media.simulator.world import now

#: How often a hanging answer looks whether its client is still there.
HANG_POLL = 0.05


class Gate:
    """Middleware of one network's application."""

    def __init__(self, network: Network, faults: FaultBoard, latency: float) -> None:
        self._network = network
        self._faults = faults
        self._latency = latency
        #: Connections with a request that has no answer yet.
        self.busy: set[asyncio.BaseProtocol] = set()
        self._operations = {
            route.handler: route.operation for route in network.routes()
        }

    def middleware(self) -> Middleware:
        @web.middleware
        async def pass_through(
            request: web.Request, handler: Handler
        ) -> web.StreamResponse:
            self.busy.add(request.protocol)
            try:
                return await self._answer(request, handler)
            finally:
                self.busy.discard(request.protocol)

        return cast("Middleware", pass_through)

    async def _answer(self, request: web.Request, handler: Handler) -> web.Response:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._latency
        operation = self._operations.get(handler, "other")
        account = await self._network.account_of(request)
        fault = self._faults.take(
            self._network.name, operation, account.handle if account else None
        )
        response = await self._carry_out(request, handler, operation, fault)
        self._add_headers(request, response, operation, account, fault)
        if ends > loop.time():
            await asyncio.sleep(ends - loop.time())
        return response

    async def _carry_out(
        self,
        request: web.Request,
        handler: Handler,
        operation: str,
        fault: Fault | None,
    ) -> web.Response:
        if fault is None:
            return await self._handle(request, handler)
        refusal = failure_of(self._network, fault, request, operation)
        if refusal is not None:
            return _refused(refusal)
        if fault.kind == "slow":
            return await self._dawdle(
                request, handler, operation, fault.seconds or DEFAULT_DELAY
            )
        await self._handle(request, handler)
        self._lose_handle(request)
        if fault.kind == "accept_then_hang":
            await self._hang(request)
        if fault.kind == "accept_then_reset":
            _reset(request)
        return _refused(self._network.error(500))

    async def _dawdle(
        self, request: web.Request, handler: Handler, operation: str, seconds: float
    ) -> web.Response:
        if operation != "upload":
            await self._wait(request, seconds)
            return await self._handle(request, handler)
        # Its bytes are too many to be kept until then, and gone with the client.
        response = await self._handle(request, handler)
        await asyncio.sleep(seconds)
        return response

    def _lose_handle(self, request: web.Request) -> None:
        """The client will never know what it could have used."""
        uploads, upload = self._network.world.uploads, request.get("upload")
        if upload is not None and (current := uploads.same(upload)):
            uploads.put(current, is_lost=True)

    async def _handle(self, request: web.Request, handler: Handler) -> web.Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return _refused(refusal)
        except web.HTTPFound:
            raise
        except web.HTTPException as error:
            return _refused(self._network.error(error.status))

    async def _wait(self, request: web.Request, seconds: float) -> None:
        """Work on it; the client may give up meanwhile, but a reset ends it."""
        generation = self._network.world.generation
        await request.read()  # it can't be read any more once the client is gone
        await asyncio.sleep(seconds)
        if generation != self._network.world.generation:
            _reset(request)
            raise asyncio.CancelledError

    async def _hang(self, request: web.Request) -> None:
        """Until the client goes, or everything is reset."""
        world = self._network.world
        generation = world.generation
        # aiohttp tells nobody that a client is gone: it must be looked for.
        while not _is_gone(request) and generation == world.generation:  # noqa: ASYNC110
            await asyncio.sleep(HANG_POLL)
        _reset(request)

    def _add_headers(
        self,
        request: web.Request,
        response: web.Response,
        operation: str,
        account: Account | None,
        fault: Fault | None,
    ) -> None:
        owner = account.id if account else request.remote or ""
        window = self._network.window(request, operation)
        standing = self._network.windows.spend(owner, window)
        left, reset = window.limit - standing.used, standing.reset
        if fault is not None and fault.kind == "rate_limited":
            left, reset = 0, now() + _seconds_left(fault)
        headers = self._network.rate_headers(window, left=left, reset=reset)
        for name, value in headers.items():
            response.headers.setdefault(name, value)


def _seconds_left(fault: Fault) -> float:
    left: float | None = fault.describe()["seconds_left"]
    return DEFAULT_RESET if left is None else left


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.body, status=refusal.status)


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _reset(request: web.Request) -> None:
    """End the connection with a TCP RST instead of an answer."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
