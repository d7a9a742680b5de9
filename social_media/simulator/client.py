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
        timeout: seconds to wait for an answer; many thousand posts take a while.
    """

    def __init__(self, base_url: str, *, timeout: float = 10) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.base_url, timeout=timeout, trust_env=False
        )

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
        credentials), `max_length=25000` and `max_video_bytes=8_000_000_000` (X: an
        account with longer posts, with larger videos).
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

    def uploads(self, network: str = "", handle: str = "") -> list[dict[str, Any]]:
        """What was uploaded, oldest first. `handle` needs its `network`.

        `state` is one of receiving, processing, ready, failed, expired; `attached` the
        id of the first post that has it; `requests` how many brought its bytes.
        """
        given = {"network": network, "account": handle}
        query = {name: value for name, value in given.items() if value}
        answer = self._call("GET", "/api/uploads", query)
        uploads: list[dict[str, Any]] = answer["uploads"]
        return uploads

    def upload_bytes(self, upload_id: str) -> bytes:
        """What came in, by the id that the network gave it. Raises LookupError."""
        response = self._http.get(f"/uploads/{upload_id}")
        if response.status_code == httpx.codes.NOT_FOUND:
            raise LookupError(upload_id)
        response.raise_for_status()
        return response.content

    def forget_uploads(self, network: str) -> int:
        """Let every handle expire that no post holds; how many those were."""
        answer = self._call("POST", "/api/uploads/forget", {"network": network})
        forgotten: int = answer["forgotten"]
        return forgotten

    def configure(self, **settings: float | None) -> dict[str, float | None]:
        """Change how uploads are treated, until the next reset; all settings.

        `upload_bytes_per_second`: how fast each connection is read (None: no limit).
        `processing_seconds`: how long videos and animated GIFs are worked on.
        """
        answer: dict[str, float | None] = self._call("POST", "/api/settings", settings)
        return answer

    def summary(self) -> dict[str, Any]:
        """How many posts stand there, and what was uploaded.

        {"posts", "doubled", "duplicates_refused", "uploads", "bytes_uploaded",
        "uploaded_again", "by_network"}. Uploaded again: the same bytes by the same
        account, while the network held them and the account had been told the id.
        """
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
        """Forget accounts, posts, tokens, uploads, settings and faults."""
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
