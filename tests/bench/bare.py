"""A process of bare calls: `python -m tests.bench.bare '{...}'` (see limit.py).

Says "ready", reads a line with the time to begin at (seconds since the epoch), calls,
prints its result as JSON.
"""

from __future__ import annotations

import json
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
from tests.bench.plan import text_of  # noqa: E402
from tests.bench.rows import chosen_accounts  # noqa: E402


def calls(
    *, name: str, chosen: Mapping[str, Any], number: int, share: int, shares: int
) -> list[Callable[[], bool]]:
    """Every `shares`-th of `number` calls, all prepared; each answers if it failed."""
    accounts = [
        (strategy_for(row.platform), credentials_of(row))
        for row in chosen_accounts(**chosen)
    ]
    now = datetime.now(UTC)
    made = []
    for n in range(share, number, shares):
        strategy, credentials = accounts[n % len(accounts)]
        part = Part(text_of(name, n))
        payload = strategy.freeze(part, Draft(parts=[part]), now)
        step = Step(key=strategy.make_key(), kind=StepKind.POST, payload=payload)
        made.append(partial(_failed, strategy.publish, step, credentials))
    return made


def _failed(publish: Callable[..., object], *given: object) -> bool:
    try:
        publish(*given, _keep_nothing)
    except PlatformError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return True
    return False


def _keep_nothing(learnt: Mapping[str, Any]) -> None:
    """The checkpoint of a call that has none to keep."""


def main() -> None:
    """One run."""
    given = json.loads(sys.argv[1])
    slots = given.pop("slots")
    made = calls(**given)
    warm = {"name": f"warm {given['name']}", "number": 2 * slots * given["shares"]}
    first = calls(**given | warm)
    connection.close()
    with ThreadPoolExecutor(slots) as threads:
        deque(threads.map(_made, first))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        time.sleep(max(0.0, float(sys.stdin.readline()) - time.time()))
        before = time.process_time()
        failed = sum(threads.map(_made, made))
    spent = time.process_time() - before
    sys.stdout.write(json.dumps({"failed": failed, "cpu_seconds": spent}))


def _made(call: Callable[[], bool]) -> bool:
    return call()


if __name__ == "__main__":
    main()
