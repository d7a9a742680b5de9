"""Talks to a running simulator: for the demo, the tests and the benchmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import httpx


class SimulatorClient:
    """The control API. Raises ValueError with the simulator's words when refused.

    Args:
        base_url: where the page is, such as http://127.0.0.1:8900.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(base_url=self.base_url, timeout=10, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    @cached_property
    def urls(self) -> dict[str, str]:
        """Base URL of each network by its name."""
        urls: dict[str, str] = self._call("GET", "/healthz")["urls"]
        return urls

    def account(self, network: str, handle: str, **options: Any) -> dict[str, str]:
        """Credentials of that account, named as the fields of connecting one.

        The account is created if there is none. Options: `oauth1=True` (X: OAuth 1.0a
        credentials), `max_length=25000` (X: an account with longer posts).
        """
        asked = {"network": network, "handle": handle, **options}
        answer = self._call("POST", "/api/accounts", asked)
        credentials: dict[str, str] = answer["credentials"]
        return credentials

    def accounts(self, asked: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Many accounts at once; each answer has network, handle and credentials."""
        answer = self._call("POST", "/api/accounts", {"accounts": list(asked)})
        made: list[dict[str, Any]] = answer["accounts"]
        return made

    def posts(
        self, network: str | None = None, account: str | None = None
    ) -> list[dict[str, Any]]:
        """What stands there, oldest first. `account` needs its `network`."""
        given = {"network": network, "account": account}
        query = {name: value for name, value in given.items() if value}
        posts: list[dict[str, Any]] = self._call("GET", "/api/posts", query)["posts"]
        return posts

    def summary(self) -> dict[str, Any]:
        """{"posts", "doubled", "duplicates_refused", "by_network"}."""
        answer: dict[str, Any] = self._call("GET", "/api/summary")
        return answer

    def fault(
        self,
        network: str,
        kind: str,
        *,
        account: str | None = None,
        calls: int | None = None,
        seconds: float | None = None,
        on: str | None = None,
        after: int | None = None,
    ) -> dict[str, Any]:
        """Inject a fault (faults.py says what each kind and limit means)."""
        limits = {
            "account": account,
            "calls": calls,
            "seconds": seconds,
            "on": on,
            "after": after,
        }
        asked = {"network": network, "kind": kind, **limits}
        answer: dict[str, Any] = self._call("POST", "/api/faults", asked)
        return answer

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, each with how often it has hit."""
        faults: list[dict[str, Any]] = self._call("GET", "/api/faults")["faults"]
        return faults

    def clear_faults(self) -> None:
        self._call("DELETE", "/api/faults")

    def reset(self) -> None:
        """Forget accounts, posts, tokens and faults."""
        self._call("POST", "/api/reset")

    def _call(
        self, method: str, path: str, given: Mapping[str, Any] | None = None
    ) -> Any:
        sent: dict[str, Any] = {"params" if method == "GET" else "json": given}
        response = self._http.request(method, path, **sent)
        if response.status_code == httpx.codes.BAD_REQUEST:
            raise ValueError(response.json()["error"])
        response.raise_for_status()
        return response.json() if response.content else None
