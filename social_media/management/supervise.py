"""Runs processes of config/Procfile together: all of them start, all of them end."""

from __future__ import annotations

import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

ROOT = Path(__file__).resolve().parents[2]

#: Seconds for processes to end: a worker finishes its network calls, 20 s at most.
PATIENCE = 25
#: What honcho answers after Ctrl-C and after SIGTERM: the ends that were asked for.
ASKED_TO_END = {130, 143}


class PortError(Exception):
    """One of our processes can't listen where it is to; the message tells a person."""


class NoPort(PortError):
    """What was given is not the number of a port."""

    def __init__(self, given: str, option: str, last: int) -> None:
        super().__init__(f"{option}={given} is no port: choose one from 1 to {last}.")


class PortTaken(PortError):
    """Another program listens where one of ours wants to."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"Port {port} is in use by another program. Stop that program, or choose "
            f"another port: {option}={port + 100}"
        )


class Terminal(Printer):  # type: ignore[misc]
    """Prints what the processes say; when nobody can read it any more, all end."""

    def write(self, message: object) -> None:
        try:
            super().write(message)
        except OSError:
            self.output = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            os.kill(os.getpid(), signal.SIGTERM)


class Together(Manager):  # type: ignore[misc]
    """honcho's manager, with time to end, which may also end while it is starting."""

    _kill_after = math.inf

    def terminate(self, *_: object) -> None:
        """Ask every process to end, as soon as all have started."""
        if self._all_started():
            self._kill_after = min(self._kill_after, time.monotonic() + PATIENCE)
            super().terminate()
        else:
            signal.signal(signal.SIGALRM, self.terminate)
            signal.setitimer(signal.ITIMER_REAL, 0.1)

    def kill(self) -> None:
        """Kill what did not end when asked; honcho alone would wait 5 s only."""
        if time.monotonic() > self._kill_after:
            super().kill()


def port_of(given: str, option: str, *, used: int = 1) -> int:
    """The port that `given` names, the first of `used` in a row. Raises NoPort."""
    last = 65536 - used
    if given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= last:
        return int(given)
    raise NoPort(given, option, last)


def require_free(port: int, option: str) -> None:
    """Raise PortTaken, naming the make option that moves it, unless `port` is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(port, option) from None


def process_environment(values: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with `values`, and this Python first on the path."""
    here, elsewhere = str(Path(sys.executable).parent), os.environ.get("PATH", "")
    return {
        **os.environ,
        "PATH": f"{here}{os.pathsep}{elsewhere}",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **values,
    }


def prepare(environment: Mapping[str, str]) -> None:
    """Migrate the database and collect the static files.

    Raises subprocess.CalledProcessError; what went wrong is on the terminal then.
    """
    for command in (
        ["migrate", "--verbosity", "0"],
        ["collectstatic", "--no-input", "--verbosity", "0"],
    ):
        manage = [sys.executable, str(ROOT / "manage.py"), *command]
        subprocess.run(manage, env=dict(environment), check=True)


def supervise(names: Iterable[str], environment: Mapping[str, str]) -> int:
    """Run the named processes until one ends or somebody ends this one.

    The others are then asked to end and, after PATIENCE, killed. Answers the exit
    status: 0 after Ctrl-C and SIGTERM.
    """
    text = (ROOT / "config" / "Procfile").read_text(encoding="utf-8")
    processes = parse_procfile(text).processes
    manager = Together(Terminal(sys.stdout))
    for name in names:
        manager.add_process(name, processes[name], env=dict(environment), cwd=str(ROOT))
    # A closed terminal: honcho knows SIGTERM only, and would leave all of them behind.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    status: int = manager.returncode
    return 0 if status in ASKED_TO_END else status or 1
