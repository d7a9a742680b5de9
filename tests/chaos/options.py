"""What a run is asked for: CHAOS_* of the environment and --keep."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFAULT_MINUTES, DEFAULT_RATE = 2.0, 9.0
LEAST_MINUTES, MOST_MINUTES = 0.5, 24 * 60.0
LEAST_RATE, MOST_RATE = 0.1, 1000.0


class BadOption(Exception):
    """A setting that makes no sense; the message says which and what would."""


@dataclass(frozen=True, slots=True)
class Options:
    """Length of the load, posts a second, the plan's seed, whether logs are kept."""

    minutes: float
    rate: float
    seed: int
    keep: bool

    @property
    def seconds(self) -> float:
        """Length of the load."""
        return self.minutes * 60


def read_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """The options of one run. Raises BadOption."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Kills processes while posts go out, and counts what stands.",
        epilog="CHAOS_MINUTES, CHAOS_SEED, CHAOS_RATE and CHAOS_KEEP: docs/chaos.md",
    )
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    given = parser.parse_args(arguments)
    return Options(
        minutes=_number(
            environment, "CHAOS_MINUTES", DEFAULT_MINUTES, LEAST_MINUTES, MOST_MINUTES
        ),
        rate=_number(environment, "CHAOS_RATE", DEFAULT_RATE, LEAST_RATE, MOST_RATE),
        seed=_seed(environment.get("CHAOS_SEED", "")),
        keep=given.keep or environment.get("CHAOS_KEEP", "") not in {"", "0", "false"},
    )


def from_environment(arguments: Sequence[str]) -> Options:
    """The options of this process. Raises BadOption."""
    return read_options(arguments, os.environ)


def _number(
    environment: Mapping[str, str], name: str, default: float, least: float, most: float
) -> float:
    given = environment.get(name, "")
    try:
        value = float(given) if given else default
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise BadOption(f"{name}={given} is no number from {least:g} to {most:g}.")
    return value


def _seed(given: str) -> int:
    if not given:
        return secrets.randbelow(1_000_000)
    if not (given.isascii() and given.isdigit()):
        raise BadOption(f"CHAOS_SEED={given} is no whole number.")
    return int(given)
