"""Writes the posts over the API while all around it dies."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.api import Api, Refused
from tests.chaos.evidence import Accepted
from tests.chaos.evidence import Shown as Wanted
from tests.chaos.orders import Order, Shown

WRITERS = 8
SHORTEST_LEAD = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account: its id here, and where it is on the networks."""

    id: str
    network: str
    handle: str


class Load:
    """Threads that write each order when its time comes, until it is answered for."""

    def __init__(
        self,
        orders: Sequence[Order],
        accounts: Sequence[Account],
        *,
        url: str,
        key: str,
        stop: threading.Event,
    ) -> None:
        self._waiting = list(reversed(orders))
        self._accounts = accounts
        self._url, self._key, self._stop = url, key, stop
        self._lock = threading.Lock()
        #: Ids of uploaded files, by number. Two writers may upload the same one.
        self._files: dict[int, str] = {}
        self._threads = [threading.Thread(target=self._work) for _ in range(WRITERS)]
        self._began, self._began_at = 0.0, datetime.now(UTC)
        self.accepted: list[Accepted] = []
        self.refusals: list[str] = []
        #: Orders that could not be written in time.
        self.skipped: list[str] = []

    def begin(self) -> None:
        """Start writing: the first second of the load is now."""
        self._began, self._began_at = time.monotonic(), datetime.now(UTC)
        for thread in self._threads:
            thread.start()

    def finish(self, *, seconds: float) -> bool:
        """Wait until all is written; whether it was within `seconds`."""
        give_up = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, give_up - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        api = Api(self._url, self._key, self._stop)
        try:
            while (order := self._next()) is not None:
                self._wait_until(order.written_at)
                if self._stop.is_set():
                    return
                if self._is_too_late(order):
                    self.skipped.append(order.marker)
                else:
                    self._write(api, order)
        except Refused as refused:
            self.refusals.append(str(refused))
        finally:
            api.close()

    def _next(self) -> Order | None:
        with self._lock:
            return self._waiting.pop() if self._waiting else None

    def _wait_until(self, moment: float) -> None:
        self._stop.wait(max(0.0, self._began + moment - time.monotonic()))

    def _is_too_late(self, order: Order) -> bool:
        """The writers fell behind; more work would only make all of it later."""
        left = order.due_at - (time.monotonic() - self._began)
        return left < SHORTEST_LEAD.total_seconds()

    def _write(self, api: Api, order: Order) -> None:
        self._upload(api, order)
        planned = self._began_at + timedelta(seconds=order.due_at)
        while True:
            due = max(planned, datetime.now(UTC) + SHORTEST_LEAD)
            body = self._body(order, due)
            try:
                answer = api.call("POST", "/posts", body, key=order.marker)
            except Refused as refused:
                if "in_the_past" not in str(refused):
                    raise
                # Nobody answered until its time was over, and nothing was written.
            else:
                break
        self.accepted.append(self._accepted(order, answer, due))

    def _upload(self, api: Api, order: Order) -> None:
        for one in (one for part in order.media for one in part):
            file = one.file
            if file.number not in self._files:
                answer = api.upload(file.name, file.data, file.alt_text)
                self._files[file.number] = answer["id"]

    def _body(self, order: Order, due: datetime) -> dict[str, Any]:
        return {
            "content": order.texts[0],
            "thread": list(order.texts[1:]),
            "media": self._places(order.media[0]),
            "thread_media": [self._places(part) for part in order.media[1:]],
            "first_comment": order.comment,
            "scheduled_time": due.isoformat(),
            "targets": [{"account": self._accounts[at].id} for at in order.accounts],
        }

    def _places(self, part: Sequence[Shown]) -> list[dict[str, Any]]:
        return [
            {"file": self._files[one.file.number], "alt_text": one.alt_text}
            for one in part
        ]

    def _accepted(
        self, order: Order, answer: Mapping[str, Any], due: datetime
    ) -> Accepted:
        chosen = [self._accounts[at] for at in order.accounts]
        return Accepted(
            marker=order.marker,
            post=answer["id"],
            texts=order.texts,
            comment=order.comment,
            accounts={each.id: (each.network, each.handle) for each in chosen},
            due=due,
            media=tuple(tuple(map(_wanted, part)) for part in order.media),
        )


def _wanted(one: Shown) -> Wanted:
    digest = hashlib.sha256(one.file.data).hexdigest()
    own = one.file.alt_text if one.alt_text is None else one.alt_text
    return Wanted(digest, one.file.kind, own)
