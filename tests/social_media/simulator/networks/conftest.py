"""The real client libraries, signed in to a simulated account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests
import tweepy
from atproto import Client, Request
from mastodon import Mastodon
from requests.adapters import HTTPAdapter

from social_media.simulator.client import SimulatorClient

#: tweepy has its host built in.
TWEEPY_HOST = "https://api.twitter.com"


class Detour(HTTPAdapter):
    """Leads what is meant for X to the simulator."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request, **options) -> requests.Response:
        request.url = request.url.replace(TWEEPY_HOST, self._url)
        return super().send(request, **options)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def x_client(
    simulator: SimulatorClient, stack: ExitStack
) -> Callable[..., tweepy.Client]:
    def sign_in(**tokens: str) -> tweepy.Client:
        client = tweepy.Client(**tokens)
        stack.callback(client.session.close)
        client.session.trust_env = False
        client.session.mount(TWEEPY_HOST, Detour(simulator.urls["x"]))
        return client

    return sign_in


@pytest.fixture
def tweets(simulator: SimulatorClient, x_client) -> tweepy.Client:
    """tweepy as @ann, by OAuth 2.0 (user_auth=False on every call)."""
    return x_client(bearer_token=simulator.account("x", "ann")["access_token"])


@pytest.fixture
def pds(simulator: SimulatorClient, stack: ExitStack) -> Client:
    """atproto, signed in as @ann.bsky.test."""
    given = simulator.account("bluesky", "ann")
    request = Request(trust_env=False)
    stack.callback(request.close)
    client = Client(given["server"], request=request)
    client.login(given["identifier"], given["app_password"])
    return client


@pytest.fixture
def server(simulator: SimulatorClient, stack: ExitStack) -> Callable[..., Mastodon]:
    """Mastodon.py, signed in on the server of that name."""

    def sign_in(network: str = "mastodon", **options) -> Mastodon:
        given = simulator.account(network, "ann")
        session = stack.enter_context(requests.Session())
        session.trust_env = False
        return Mastodon(
            access_token=given["access_token"],
            api_base_url=given["server"],
            ratelimit_method="throw",
            session=session,
            **options,
        )

    return sign_in
