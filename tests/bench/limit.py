"""The limit of the design: the same calls by the same libraries, and nothing else.

As many processes as there are posting workers, each with as many threads as a worker
has slots, call the strategies' own `publish` with steps and credentials that were made
before: no database, no queue, no bookkeeping.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from social_media.management.supervise import ROOT
from tests.bench.installation import SLOTS, Installation

Process = subprocess.Popen[str]
START_SECONDS = 0.2


def bare_calls(
    on: Installation, name: str, number: int, chosen: Mapping[str, Any]
) -> dict[str, Any]:
    """Call the networks `number` times; calls per second and CPU by process.

    The time runs from when all may begin until the simulator accepted the last one.
    """
    given = {"name": name, "number": number, "chosen": chosen, "slots": SLOTS}
    shares = len(on.workers)
    processes = [
        _start(on, given | {"share": n, "shares": shares}) for n in range(shares)
    ]
    for process in processes:
        _wait_until_ready(process)
    on.accepted()
    meter, begin = on.meter(), time.time() + START_SECONDS
    for process in processes:
        _begin(process, begin)
    done = [_result(process) for process in processes]
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


def _start(on: Installation, given: Mapping[str, Any]) -> Process:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", json.dumps(given)],
        cwd=ROOT,
        env=dict(on.stack.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _wait_until_ready(process: Process) -> None:
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said == "ready\n", said


def _begin(process: Process, at: float) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{at}\n")
    process.stdin.flush()


def _result(process: Process) -> dict[str, float]:
    said, _ = process.communicate()
    assert process.returncode == 0
    result: dict[str, float] = json.loads(said)
    return result
