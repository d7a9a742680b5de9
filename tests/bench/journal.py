"""What the simulator accepted and when, read from its state file.

Reading the file costs the simulator nothing while it is being measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Accepted:
    """A post that stands on a network; `at` is seconds since the epoch."""

    network: str
    account: str
    text: str
    at: float


class Journal:
    """The simulator's state file; each `read` goes on where the last one ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[Accepted]:
        """What was accepted since the last call, oldest first."""
        return [_accepted(event) for event in self._events() if _is_post(event)]

    def _events(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            written = file.read()
        whole = written[: written.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            yield json.loads(line)


def _is_post(event: dict[str, Any]) -> bool:
    return bool(event["event"] == "post")


def _accepted(event: dict[str, Any]) -> Accepted:
    return Accepted(
        network=event["network"],
        account=event["account_id"],
        text=event["text"],
        at=event["created_at"],
    )
