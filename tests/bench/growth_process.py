"""A process that measures one database: Django has one for each process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any, Self

#: Of each figure, before it is timed: caches are full and plans are made.
WARM_UP = 5


class Measured:
    """One migrated database, its figures taken on demand. A context manager."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._state = tempfile.TemporaryDirectory(prefix="stationmaster-")

    def __enter__(self) -> Self:
        environment = os.environ | {
            "TEST_DATABASE_URL": self._database,
            "TEST_REDIS_URL": "",
            "STATE_DIR": self._state.name,
            "ALLOWED_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.growth_process"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ask("migrate")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._state.cleanup()

    def figures(self) -> list[dict[str, Any]]:
        """Made anew for the database's present size; the same in each database."""
        return self._ask("figures")

    def begin(self, number: int) -> None:
        """Make ready to time this figure, and warm up."""
        self._ask("begin", number)

    def time(self, number: int) -> float:
        """Milliseconds of one repetition."""
        return self._ask("time", number)

    def end(self, number: int) -> None:
        """Put back what the figure changed."""
        self._ask("end", number)

    def cost(self, number: int) -> dict[str, float]:
        """How many queries one repetition makes, and what they take the database."""
        cost: dict[str, float] = self._ask("cost", number)
        return cost

    def plans(self) -> dict[str, Any]:
        """How the statements of a tick are run."""
        return self._ask("plans")

    def _ask(self, what: str, *given: int) -> Any:
        self._process.stdin.write(json.dumps([what, *given]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"The measuring process ended at {what}, see above.")
        return json.loads(answer)


def answer_until_closed() -> None:
    """The process's own side."""
    import django

    django.setup()
    from tests.bench.growth_figures import Figures

    figures = Figures()
    for line in sys.stdin:
        what, *given = json.loads(line)
        answer = getattr(figures, what)(*given)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    answer_until_closed()
