"""Somebody who uploads files and schedules posts over the API."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.bench.installation import Installation

#: The server looks at the whole file before it answers.
ANSWER_SECONDS = 300
POLL_SECONDS = 0.2


class MediaOwner:
    """The owner of the first workspace, with an API key."""

    def __init__(self, on: Installation) -> None:
        [key] = on.writer.ask("keys", number=1)
        self._on = on
        self._http = httpx.Client(
            base_url=f"{on.stack.demo.url}/api/v1",
            headers={"Authorization": f"Api-Key {key}"},
            timeout=ANSWER_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def upload(self, path: Path) -> str:
        """The file's id; the bytes are read as they are sent."""
        with path.open("rb") as file:
            answer = self._http.post("/media", files={"file": (path.name, file)})
        return str(self._in(answer)["id"])

    def schedule(self, text: str, file: str, accounts: Sequence[str], at: float) -> str:
        """The id of a post that shows the file."""
        body = {
            "content": text,
            "media": [{"file": file}],
            "scheduled_time": datetime.fromtimestamp(at, UTC).isoformat(),
            "targets": [{"account": account} for account in accounts],
        }
        return str(self._in(self._http.post("/posts", json=body))["id"])

    def bring_forward(self, post: str, at: float) -> None:
        """Another time for a post that is scheduled."""
        body = {"scheduled_time": datetime.fromtimestamp(at, UTC).isoformat()}
        self._in(self._http.post(f"/posts/{post}/schedule", json=body))

    def wait_for_file(self, file: str) -> dict[str, Any]:
        """The file, once it and all that is made of it are ready."""
        return self._wait(
            f"/media/{file}",
            lambda found: all(
                one["status"] == "ready" for one in (found, *found["renditions"])
            ),
        )

    def wait_for_post(self, post: str) -> dict[str, Any]:
        """The post, once it is out everywhere."""
        return self._wait(f"/posts/{post}", lambda found: found["status"] == "posted")

    def _wait(
        self, path: str, is_done: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        give_up = time.monotonic() + 4 * ANSWER_SECONDS
        while True:
            found = self._in(self._http.get(path))
            if is_done(found):
                return found
            gone_wrong = found["status"] == "failed" or time.monotonic() > give_up
            if gone_wrong:
                raise RuntimeError(f"{found}\n{self._on.stack.logs()}")
            time.sleep(POLL_SECONDS)

    def _in(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            raise RuntimeError(f"{answer.request.url}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found
