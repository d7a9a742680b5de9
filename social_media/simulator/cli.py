"""The command line of `python -m social_media.simulator`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from social_media.simulator.intake import Settings
from social_media.simulator.simulator import NETWORKS, Options, Simulator

DEFAULT_PORT = 8900


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until SIGTERM or SIGINT."""
    options = parse(arguments)
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.exit(f"simulator: {error}")


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m social_media.simulator",
        description="Stands in for X, Bluesky, Mastodon and a Mastodon look-alike.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="page and control API; the networks follow on the next ports "
        "(0: the system chooses all of them)",
    )
    for network in NETWORKS:
        parser.add_argument(
            f"--{network.name}-port", type=int, help=f"port of {network.title}"
        )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="remember everything in FILE"
    )
    parser.add_argument(
        "--latency-ms", type=float, default=0, help="least answer time of the networks"
    )
    _add_uploads(parser)
    given = parser.parse_args(arguments)
    return Options(
        host=given.host,
        port=given.port,
        network_ports=_network_ports(given),
        state=given.state,
        latency=given.latency_ms / 1000,
        uploads=Settings(given.upload_bytes_per_second, given.processing_seconds),
    )


def _add_uploads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--upload-bytes-per-second",
        type=float,
        help="how fast each connection may upload (no limit if left out)",
    )
    parser.add_argument(
        "--processing-seconds",
        type=float,
        default=0,
        help="how long the networks work on videos and animated GIFs",
    )


def _network_ports(given: argparse.Namespace) -> dict[str, int]:
    ports = {}
    for offset, network in enumerate(NETWORKS, start=1):
        chosen = getattr(given, f"{network.name}_port")
        following = given.port + offset if given.port else 0
        ports[network.name] = following if chosen is None else chosen
    return ports


async def serve(options: Options) -> None:
    """Run until told to stop; says where it listens in one line."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    simulator = Simulator(options)
    await simulator.start()
    where = " ".join(f"{name}={url}" for name, url in simulator.urls.items())
    print(f"simulator: {simulator.url} {where}", flush=True)  # noqa: T201
    await stopped.wait()
    await simulator.stop()
