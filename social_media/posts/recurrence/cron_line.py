"""Five-field cron lines: what is wrong with one, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cronsim import CronSim, CronSimError

from social_media.platforms.base import Problem

MAX_LENGTH = 200
_FIELDS = 5
_NAMES = "minute hour day-of-month month day-of-week"
#: Macros of other programs, as five fields.
_MACROS: Mapping[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_ANY_TIME = datetime(2026, 1, 1)  # noqa: DTZ001 - local times have no offset


def cron_problem(line: str) -> list[Problem]:
    """The first thing that is wrong with `line`, if anything."""
    words = _complaint(line)
    return [Problem("invalid_cron", "cron", words)] if words else []


def _complaint(line: str) -> str:
    fields = line.split()
    if len(line) > MAX_LENGTH:
        return f"A cron line has at most {MAX_LENGTH} characters."
    if line.startswith("@"):
        instead = _MACROS.get(line.lower(), "0 9 * * *")
        return f"Macros are not taken. Write the five fields: {instead}"
    if len(fields) != _FIELDS:
        more = " There are no seconds and no years." if len(fields) > _FIELDS else ""
        return f"A cron line has five fields: {_NAMES}.{more} Such as: 0 9 * * 1-5"
    try:
        CronSim(line, _ANY_TIME)
    except (CronSimError, AssertionError, ValueError) as error:
        about = str(error) or "It can't be read"
        return f"{about}. The fields are {_NAMES}, such as: 0 9 * * 1-5"
    return ""
