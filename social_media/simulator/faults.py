"""Faults that can be asked for, and which request each one hits."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Every kind, with what it does. Those that store carry the request out first.
KINDS: dict[str, str] = {
    "accept_then_hang": "carried out, never answered",
    "accept_then_reset": "carried out, then the connection is reset",
    "accept_then_500": "carried out, answered with a 500",
    "refuse_connection": "nothing listens at the network's address",
    "rate_limited": "not carried out, answered with a 429",
    "error_before": "not carried out, answered with a 503",
    "forbidden": "not carried out, answered with a 403",
    "expired_token": "not carried out, the token counts as expired",
    "slow": "carried out and answered late, even when the client is gone by then",
    "processing": "not carried out, an upload is still being processed",
}
#: What a request is for. "other" (who am I, limits) is hit by faults on "any" only.
#: "upload" brings the bytes of a picture or a video, or its description;
#: "media_status" asks how far the network is with it.
OPERATIONS = ("publish", "lookup", "refresh", "upload", "media_status", "any")
NETWORKS = ("x", "bluesky", "mastodon", "fediverse")
#: How long the network asks to wait where the fault doesn't say.
DEFAULT_RESET = 60.0
DEFAULT_DELAY = 3.0

_FIELDS = {"network", "kind", "account", "calls", "seconds", "on", "after"}
_COUNTED = {"account", "calls", "on", "after"}


class BadFault(ValueError):
    """A fault that can't be injected, in words."""


@dataclass(slots=True)
class Fault:
    """One fault on one network.

    Args:
        account: handle it is limited to, None for all.
        calls: how many more requests it hits, None for no limit.
        seconds: how long it lasts; of `slow`, how long each answer takes; of
            `rate_limited`, also the time that the network asks to wait.
        until: by time.monotonic(), None for "until cleared".
        after: how many matching requests it lets pass first.
        hits: how many requests it has hit.
    """

    id: int
    network: str
    kind: str
    on: str
    account: str | None
    calls: int | None
    seconds: float | None
    until: float | None
    after: int = 0
    hits: int = 0

    def matches(self, operation: str, account: str | None) -> bool:
        return (
            self.kind != "refuse_connection"  # the listener's business
            and self.on in ("any", operation)
            and self.account in (None, account)
        )

    def describe(self) -> dict[str, Any]:
        left = None if self.until is None else max(0, self.until - time.monotonic())
        return {
            "id": self.id,
            "network": self.network,
            "kind": self.kind,
            "on": self.on,
            "account": self.account,
            "calls": self.calls,
            "seconds": self.seconds,
            "seconds_left": None if left is None else round(left, 1),
            "after": self.after,
            "hits": self.hits,
            "does": KINDS[self.kind],
        }


class FaultBoard:
    """The faults in force, oldest first. No method awaits: counting is atomic."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)
        self.version = 0

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        self.version += 1
        return fault

    def parse(self, asked: Mapping[str, Any], *, account: str | None) -> Fault:
        """A fault from what the control API was sent. Raises BadFault.

        `account` is the handle as the network writes it.
        """
        _check_names(asked)
        kind, calls, seconds = asked["kind"], asked.get("calls"), asked.get("seconds")
        _check_number("calls", calls, whole=True)
        _check_number("seconds", seconds)
        _check_number("after", asked.get("after"), whole=True)
        lasting = None if kind == "slow" else seconds
        return Fault(
            id=next(self._ids),
            network=asked["network"],
            kind=kind,
            on="any" if kind == "refuse_connection" else asked.get("on", "publish"),
            account=account,
            calls=calls,
            seconds=seconds,
            after=asked.get("after") or 0,
            until=None if lasting is None else time.monotonic() + lasting,
        )

    def take(self, network: str, operation: str, account: str | None) -> Fault | None:
        """The fault that hits this request, counted as used."""
        self._drop_expired()
        for fault in self._faults:
            if fault.network == network and fault.matches(operation, account):
                if not fault.after:
                    return self._use(fault)
                fault.after -= 1
        return None

    def active(self) -> list[Fault]:
        self._drop_expired()
        return list(self._faults)

    def remove(self, fault: Fault) -> None:
        if fault in self._faults:
            self._faults.remove(fault)
            self.version += 1

    def clear(self) -> None:
        self._faults.clear()
        self.version += 1

    def _use(self, fault: Fault) -> Fault:
        fault.hits += 1
        self.version += 1
        if fault.calls is not None:
            fault.calls -= 1
            if fault.calls == 0:
                self._faults.remove(fault)
        return fault

    def _drop_expired(self) -> None:
        moment = time.monotonic()
        left = [f for f in self._faults if f.until is None or f.until > moment]
        if len(left) != len(self._faults):
            self._faults = left
            self.version += 1


def _check_names(asked: Mapping[str, Any]) -> None:
    unknown = set(asked) - _FIELDS
    if unknown:
        raise BadFault(f"Unknown fields: {', '.join(sorted(unknown))}.")
    _check_choice("network", asked.get("network"), NETWORKS)
    _check_choice("kind", asked.get("kind"), tuple(KINDS))
    _check_choice("on", asked.get("on", "publish"), OPERATIONS)
    if asked["kind"] == "refuse_connection" and _COUNTED & set(asked):
        raise BadFault(
            "refuse_connection closes the whole network: it takes no account, calls, "
            "after or on, only seconds."
        )
    if asked["kind"] == "processing":
        _check_processing(asked["network"], asked.get("on", "publish"))


def _check_processing(network: str, on: str) -> None:
    """Only some requests have an answer that means it."""
    if on == "upload":
        raise BadFault("No answer to an upload means 'processing': on media_status.")
    if network in ("x", "bluesky") and on != "media_status":
        raise BadFault(
            f"{network} has no answer that means 'still processing' to a post, only "
            "on media_status; mastodon and fediverse have."
        )


def _check_choice(name: str, given: Any, known: tuple[str, ...]) -> None:
    if given not in known:
        raise BadFault(f"Unknown {name} {given!r}; known: {', '.join(known)}.")


def _check_number(name: str, given: Any, *, whole: bool = False) -> None:
    if given is None:
        return
    numeric = isinstance(given, int if whole else (int, float))
    if not numeric or isinstance(given, bool) or given <= 0:
        raise BadFault(f"{name} must be a number above 0.")
