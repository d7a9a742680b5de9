"""A process of bare calls (see limit.py)."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from social_media.enums import StepKind  # noqa: E402
from social_media.oauth.credentials import credentials_of  # noqa: E402
from social_media.platforms.base import Draft, Part, Step  # noqa: E402
from social_media.platforms.errors import PlatformError  # noqa: E402
from social_media.platforms.factory import strategy_for  # noqa: E402
from tests.bench.child import obey  # noqa: E402
from tests.bench.plan import text_of  # noqa: E402
from tests.bench.rows import chosen_accounts  # noqa: E402

Call = Callable[[], bool]


class Caller:
    """Calls that are ready, and the threads to make them."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def prepare(self, *, slots: int, name: str, number: int, **given: Any) -> int:
        """Make all ready, and some calls with each thread; answers how many wait.

        As the posting workers, which have made some posts before they are measured.
        """
        self._threads = ThreadPoolExecutor(slots)
        self._calls = _calls(name=name, number=number, **given)
        warm_up = 2 * slots * given["shares"]
        first = _calls(name=f"warm {name}", number=warm_up, **given)
        connection.close()
        deque(self._threads.map(_made, first))
        return len(self._calls)

    def run(self, *, begin: float) -> dict[str, float]:
        """Make the calls from that moment on; how many failed, and the CPU seconds."""
        time.sleep(max(0.0, begin - time.time()))
        before = time.process_time()
        failed = sum(self._threads.map(_made, self._calls))
        return {"failed": failed, "cpu_seconds": time.process_time() - before}


def _calls(
    *, name: str, chosen: Mapping[str, Any], number: int, share: int, shares: int
) -> list[Call]:
    """Every `shares`-th of `number` calls, all prepared; each answers if it failed."""
    accounts = [
        (strategy_for(row.platform), credentials_of(row))
        for row in chosen_accounts(**chosen)
    ]
    now = datetime.now(UTC)
    made: list[Call] = []
    for n in range(share, number, shares):
        strategy, credentials = accounts[n % len(accounts)]
        part = Part(text_of(name, n))
        payload = strategy.freeze(part, Draft(parts=[part]), now)
        step = Step(key=strategy.make_key(), kind=StepKind.POST, payload=payload)
        made.append(partial(_failed, strategy.publish, step, credentials))
    return made


def _made(call: Call) -> bool:
    return call()


def _failed(publish: Callable[..., object], *given: object) -> bool:
    try:
        publish(*given, _keep_nothing)
    except PlatformError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return True
    return False


def _keep_nothing(learnt: Mapping[str, Any]) -> None:
    """The checkpoint of a call that has none to keep."""


if __name__ == "__main__":
    caller = Caller()
    obey(caller.prepare, caller.run)
