"""Processes with an installation's settings that run functions when they are asked.

They are told one function at a time, its arguments as JSON in a line, and answer in a
line. What they print is the answers; their errors go to the terminal.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from social_media.management.supervise import ROOT


class ChildFailed(Exception):
    """The process ended instead of answering; the terminal says why."""


class Child:
    """The other process: `python -m tests.bench.<module>`, which calls `obey`."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{module}"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it: at once if something went wrong here."""
        if kind is not None:
            self._process.kill()
        self._process.communicate()

    def ask(self, function: str, **given: Any) -> Any:
        """What the function answers. Raises ChildFailed."""
        self.tell(function, **given)
        return self.answer()

    def tell(self, function: str, **given: Any) -> None:
        """Have it begin; `answer` waits for the end."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([function, given]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """What it was told last. Raises ChildFailed."""
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            raise ChildFailed(self._module)
        return json.loads(said)


def obey(*functions: Callable[..., object]) -> None:
    """The process's own side: call what is asked for until there is nobody to ask."""
    known = {function.__name__: function for function in functions}
    for line in sys.stdin:
        name, given = json.loads(line)
        sys.stdout.write(json.dumps(known[name](**given)) + "\n")
        sys.stdout.flush()
