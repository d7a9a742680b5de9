"""Stationmaster's API as a program uses it that doesn't give up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

#: The same call again may work; nothing else may.
AGAIN = frozenset({409, 429, 500, 502, 503, 504})
PAUSE_SECONDS = 0.25
GIVE_UP_SECONDS = 120.0


class Refused(Exception):
    """The API said no, in words, to a call that was right."""


class Api:
    """One key's way in. Every call is repeated until the web process answers."""

    def __init__(self, url: str, key: str, stop: threading.Event) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/v1",
            headers={"Authorization": f"Api-Key {key}"},
            timeout=10,
            trust_env=False,
        )
        self._stop = stop

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def call(
        self, method: str, path: str, body: Any = None, *, key: str = ""
    ) -> dict[str, Any]:
        """The answer's body. `key`: the Idempotency-Key of a creating call.

        Raises Refused, also when nothing answers for minutes or all is to stop.
        """
        headers = {"Idempotency-Key": key} if key else {}
        return self._insist(
            f"{method} {path}",
            lambda: self._http.request(method, path, json=body, headers=headers),
        )

    def upload(self, name: str, data: bytes, alt_text: str) -> dict[str, Any]:
        """The file's row. Sent again, the same bytes give the same row."""
        described = {"alt_text": alt_text}
        return self._insist(
            f"POST /media {name}",
            lambda: self._http.post(
                "/media", data=described, files={"file": (name, data)}
            ),
        )

    def _insist(self, what: str, ask: Callable[[], httpx.Response]) -> dict[str, Any]:
        give_up, last = time.monotonic() + GIVE_UP_SECONDS, "nobody answers"
        while time.monotonic() < give_up and not self._stop.is_set():
            try:
                answer = ask()
            except httpx.TransportError as error:
                last = f"{type(error).__name__}: {error}"
            else:
                if answer.is_success:
                    found: dict[str, Any] = answer.json()
                    return found
                last = f"HTTP {answer.status_code} {answer.text[:300]}"
                if answer.status_code not in AGAIN:
                    break
            time.sleep(PAUSE_SECONDS)
        raise Refused(f"{what}: {last}")


def sign_up(url: str) -> str:
    """A fresh person's API key, which may do all that this run needs."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30, trust_env=False) as http:
        person = {"email": "chaos@example.org", "password": "a long pass phrase"}
        joined = http.post("/auth/register", json=person).raise_for_status().json()
        scopes = ["posts.read", "posts.write", "accounts.read", "accounts.manage"]
        made = http.post(
            "/api-keys",
            json={"name": "chaos", "scopes": scopes},
            headers={"Authorization": f"Bearer {joined['access']}"},
        )
        key: str = made.raise_for_status().json()["key"]
    return key
