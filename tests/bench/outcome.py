"""What became of posts that a benchmark scheduled."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.installation import Installation, Wanted
from tests.bench.journal import Accepted
from tests.bench.plan import seconds_to_write

#: For what is still waiting when all ought to be out.
GIVE_UP_SECONDS = 400


@dataclass(frozen=True, slots=True)
class Outcome:
    """Targets as they ended, what the simulator accepted, CPU seconds by process."""

    due: float
    wanted: Sequence[Wanted]
    accepted: Sequence[Accepted]
    spent: Mapping[str, float]

    @property
    def lost(self) -> int:
        """Targets that don't stand on their network, or are not called posted."""
        stands = {_key(one) for one in self.accepted}
        return sum(
            one.status != "posted" or _key(one) not in stands for one in self.wanted
        )

    @property
    def doubled(self) -> int:
        """Posts that stand there once more than they ought to."""
        return len(self.accepted) - len({_key(one) for one in self.accepted})

    @property
    def seconds(self) -> float:
        """From when the first was due until the last was accepted."""
        return max(one.at for one in self.accepted) - self.due

    @property
    def seconds_from_first(self) -> float:
        """From the first accepted until the last."""
        moments = [one.at for one in self.accepted]
        return max(moments) - min(moments)

    def lateness(self) -> list[float]:
        """Seconds from due until accepted, of each target that was."""
        at = {_key(one): one.at for one in self.accepted}
        keys = [(_key(one), one.due) for one in self.wanted]
        return [at[key] - due for key, due in keys if key in at]

    def cpu_ms(self) -> dict[str, float]:
        """CPU milliseconds per post by kind of process, and of all together."""
        each = 1000 / len(self.wanted)
        spent = {**self.spent, "all": sum(self.spent.values())}
        return {name: round(each * seconds, 2) for name, seconds in spent.items()}

    def of(self, name: str) -> Outcome:
        """The same for the posts of one name only."""
        return Outcome(
            self.due,
            [one for one in self.wanted if one.text.startswith(f"{name} ")],
            [one for one in self.accepted if one.text.startswith(f"{name} ")],
            self.spent,
        )


def publish(
    on: Installation, *batches: Mapping[str, Any], lasting: float = 0
) -> Outcome:
    """Schedule batches that begin at the same moment, and wait until all are out.

    Each batch: `name`, `number`, `chosen` and, if not all are due at once, `every` (see
    tests/bench/rows.py). `lasting`: seconds over which they are due.
    """
    due = _schedule(on, batches)
    on.accepted()
    time.sleep(max(0, due - time.time()))
    meter = on.meter()
    time.sleep(lasting)
    on.wait_until_settled(GIVE_UP_SECONDS)
    spent = meter.spent()
    wanted = [one for batch in batches for one in on.wanted(batch["name"])]
    return Outcome(due, wanted, on.accepted(), spent)


def _schedule(on: Installation, batches: Sequence[Mapping[str, Any]]) -> float:
    """Write the rows, further ahead if this machine needs it; when they are due."""
    ahead = seconds_to_write(sum(batch["number"] for batch in batches))
    while True:
        due = time.time() + ahead
        if on.writer.ask("posts", batches=batches, due=due):
            return due
        ahead *= 2


def _key(one: Wanted | Accepted) -> tuple[str, str, str]:
    return one.network, one.account, one.text
