"""The limit of the design: the same calls by the same libraries, and nothing else.

As many processes as there are posting workers, each with as many threads as a worker
has slots, call the strategies' own `publish` with steps and credentials that were made
before: no database, no queue, no bookkeeping.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from tests.bench.installation import SLOTS, Installation

START_SECONDS = 0.2


def bare_calls(
    on: Installation, name: str, number: int, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """Call the networks `number` times; calls per second and CPU by process.

    The time runs from when all may begin until the simulator accepted the last one.
    """
    shares = len(on.workers)
    given = {"name": name, "number": number, "chosen": chosen, "shares": shares}
    with ExitStack() as stack:
        children = [stack.enter_context(on.child("bare")) for _ in range(shares)]
        for share, child in enumerate(children):
            child.tell("prepare", slots=SLOTS, share=share, **given)
        for child in children:
            child.answer()
        on.accepted()
        meter, begin = on.meter(), time.time() + START_SECONDS
        for child in children:
            child.tell("run", begin=begin)
        done = [child.answer() for child in children]
        spent = meter.spent() | {"client": sum(each["cpu_seconds"] for each in done)}
    accepted = on.accepted()
    seconds = max(one.at for one in accepted) - begin
    return {
        "calls": len(accepted),
        "failed": sum(each["failed"] for each in done),
        "seconds": round(seconds, 2),
        "per_s": round(len(accepted) / seconds, 1),
        "cpu_ms": {
            name: round(1000 * spent[name] / number, 2)
            for name in ("client", "simulator")
        },
    }
