"""The person behind the accounts: connects them, and looks after them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any

import httpx

from social_media.simulator.client import SimulatorClient
from social_media.simulator.faults import NETWORKS
from tests.chaos.api import Api, Refused
from tests.chaos.load import Account

#: Of accounts, per network.
ACCOUNTS = 30
CONNECTING_AT_ONCE = 4
LOOK_SECONDS = 1.0
#: The networks that are spoken to as another one.
SPOKEN_TO_AS = {"fediverse": "mastodon"}


def connect_all(api: Api, simulator: SimulatorClient) -> list[Account]:
    """ACCOUNTS on each network, connected over the API."""
    asked = [
        {"network": network, "handle": f"chaos{number:02d}"}
        for number in range(ACCOUNTS)
        for network in NETWORKS
    ]
    with ThreadPoolExecutor(CONNECTING_AT_ONCE) as threads:
        return list(threads.map(partial(_connected, api), simulator.accounts(asked)))


def _connected(api: Api, made: Mapping[str, Any]) -> Account:
    return Account(
        id=_connect(api, made["network"], made["credentials"]),
        network=made["network"],
        handle=made["handle"],
    )


def _connect(api: Api, network: str, credentials: dict[str, str]) -> str:
    platform = SPOKEN_TO_AS.get(network, network)
    answer = api.call("POST", f"/accounts/connect/{platform}", credentials)
    account: str = answer["id"]
    return account


class Owner:
    """A thread that connects again what lost its sign-in and resumes what is paused."""

    def __init__(
        self,
        accounts: Sequence[Account],
        *,
        url: str,
        key: str,
        simulator_url: str,
        stop: threading.Event,
    ) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._url, self._key, self._stop = url, key, stop
        self._simulator_url = simulator_url
        self._thread = threading.Thread(target=self._watch)
        self.reconnected = 0
        self.resumed = 0
        self.refusals: list[str] = []

    def begin(self) -> None:
        """Start looking."""
        self._thread.start()

    def finish(self) -> None:
        """Return when it has stopped, after `stop` was set."""
        if self._thread.ident is not None:
            self._thread.join()

    def _watch(self) -> None:
        with (
            closing(Api(self._url, self._key, self._stop)) as api,
            SimulatorClient(self._simulator_url) as simulator,
        ):
            while not self._stop.wait(LOOK_SECONDS):
                try:
                    self._look(api, simulator)
                except (Refused, httpx.TransportError) as refused:
                    self.refusals.append(str(refused))

    def _look(self, api: Api, simulator: SimulatorClient) -> None:
        asked = "status=needs_reauth&status=paused&page_size=100"
        for row in api.call("GET", f"/accounts?{asked}")["results"]:
            account = self._accounts[row["id"]]
            if row["status"] == "paused":
                api.call("PATCH", f"/accounts/{account.id}", {"status": "active"})
                self.resumed += 1
            else:
                made = simulator.account(account.network, account.handle)
                _connect(api, account.network, made)
                self.reconnected += 1
