"""`manage.py seed_demo`: fills the demo as soon as its servers answer."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError

from social_media.management.demo_posts import EMAIL, PASSWORD
from social_media.management.seed import RealNetworks, seed
from social_media.simulator.client import SimulatorClient

START_SECONDS = 60

WELCOME = """
  Stationmaster's demo is running. {posts} posts go out over the next minute.

    Simulator   {simulator}/
                the networks' stand-in: watch the posts arrive; below them stands
                how to make a network misbehave (more in docs/simulator.md)
    API         {web}/api/docs/
    Admin       {web}/admin/
                sign in as {email} with {password}

  Ctrl-C ends all of it.
"""


class Command(BaseCommand):
    """Makes the demo's person, accounts and posts, and says where to look."""

    help = "Fills an installation that runs on the simulator with demo posts."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the two servers are."""
        parser.add_argument("--web", required=True, help="base URL of the web process")
        parser.add_argument("--simulator", required=True, help="the simulator's page")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Wait for both servers, then fill. Raises CommandError."""
        web, simulator_url = options["web"], options["simulator"]
        wait_until_it_answers(f"{simulator_url}/healthz", "The simulator")
        wait_until_it_answers(f"{web}/healthz", "The web process")
        with SimulatorClient(simulator_url) as simulator:
            try:
                posts = seed(simulator)
            except RealNetworks as error:
                raise CommandError(str(error)) from None
        self.stdout.write(
            WELCOME.format(
                posts=posts,
                simulator=simulator_url,
                web=web,
                email=EMAIL,
                password=PASSWORD,
            )
        )


def wait_until_it_answers(
    url: str, who: str, *, clock: Callable[[], float] = time.monotonic
) -> None:
    """Return when `url` answers 200. Raises CommandError after START_SECONDS."""
    give_up = clock() + START_SECONDS
    while clock() < give_up:
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise CommandError(f"{who} did not answer within {START_SECONDS} s: {url}")
