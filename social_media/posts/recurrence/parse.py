"""What a person says about a rule, as a Rule; all that is wrong is told. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from accounts.zones import zone_names
from social_media.platforms.base import Problem
from social_media.posts.errors import InvalidDraft
from social_media.posts.local_time import moment_of
from social_media.posts.recurrence.cron_line import cron_problem
from social_media.posts.recurrence.rrule_text import InvalidText, split_rrule
from social_media.posts.recurrence.rules import FIRST_YEAR, LAST_YEAR, Rule
from social_media.posts.recurrence.soundness import rule_problems

MAX_COUNT = 100_000
MAX_EXCLUDED = 1000
_LOCAL = "Write a local time without an offset, such as 2026-05-01T09:00:00."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for, as text: one of `rule` and `cron`, or both by mistake.

    `until` has an offset, or is local, or a day, which then is included.
    """

    timezone: str
    starts_at: str
    rule: str = ""
    cron: str = ""
    until: str = ""
    count: int | None = None
    excluded: tuple[str, ...] = ()


def parse(wish: Wish) -> Rule:
    """The rule. Raises InvalidDraft with every problem, by the field's name."""
    problems: list[Problem] = []
    zone, starts_at = _zone(wish.timezone, problems), _start(wish.starts_at, problems)
    excluded = _excluded(wish.excluded, problems)
    rrule, until, count = _ends(wish, problems)
    if cron := " ".join(wish.cron.split()):
        problems += cron_problem(cron)
    if bool(wish.rule) == bool(wish.cron):
        words = "Give one of rule and cron." if wish.rule else "Give a rule or a cron."
        problems.append(Problem("required", "rule", words))
    if problems or zone is None or starts_at is None:
        raise InvalidDraft(problems)
    made = Rule(zone, starts_at, rrule=rrule, cron=cron, count=count, excluded=excluded)
    made = replace(made, until=_until(until, zone, problems))
    if problems := problems or rule_problems(made):
        raise InvalidDraft(problems)
    return made


def _ends(wish: Wish, problems: list[Problem]) -> tuple[str, str, int | None]:
    """The bare RRULE, and the one end that was given inside of it or beside it."""
    try:
        text = split_rrule(wish.rule) if wish.rule else None
    except InvalidText as error:
        problems.append(Problem(error.code, "rule", str(error)))
        return "", "", None
    inner_until, inner_count = (text.until, text.count) if text else ("", None)
    for name, inside, beside in (
        ("until", inner_until, wish.until),
        ("count", inner_count, wish.count),
    ):
        if inside and beside is not None and beside != "":
            words = f"{name.upper()} is given twice, in the rule and as {name}."
            problems.append(Problem("given_twice", name, words))
    until, count = inner_until or wish.until, inner_count or wish.count
    if until and count is not None:
        words = "A rule ends after a count or at a time: give one of count and until."
        problems.append(Problem("two_ends", "count", words))
    if count is not None and not 1 <= count <= MAX_COUNT:
        words = f"Count from 1 to {MAX_COUNT:,}."
        problems.append(Problem("out_of_range", "count", words))
    return (text.bare if text else ""), until, count


def _zone(name: str, problems: list[Problem]) -> ZoneInfo | None:
    if name in zone_names():
        return ZoneInfo(name)
    words = f"'{name}' is not a time zone. Use an IANA name such as Europe/Berlin."
    problems.append(Problem("unknown_zone", "timezone", words))
    return None


def _start(text: str, problems: list[Problem]) -> datetime | None:
    local = _local(text)
    if local is None:
        problems.append(Problem("invalid", "starts_at", _LOCAL))
    elif not FIRST_YEAR <= local.year <= LAST_YEAR:
        words = f"Rules start in the years {FIRST_YEAR} to {LAST_YEAR}."
        problems.append(Problem("out_of_range", "starts_at", words))
    else:
        return local
    return None


def _local(text: str) -> datetime | None:
    """A naive time to the second; None for anything else."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None or "T" not in text.upper().replace(" ", "T"):
        return None
    return local.replace(microsecond=0)


def _excluded(texts: Iterable[str], problems: list[Problem]) -> frozenset[str]:
    """Local times and days, each written in the one way."""
    found = set()
    for index, text in enumerate(texts):
        if (local := _local(text)) is not None:
            found.add(local.isoformat())
        elif (day := _day(text)) is not None:
            found.add(day.isoformat())
        else:
            words = f"{_LOCAL} A day, such as 2026-12-24, excludes all of it."
            problems.append(Problem("invalid", f"excluded.{index}", words))
    if len(found) > MAX_EXCLUDED:
        words = f"At most {MAX_EXCLUDED:,}: give the rule an end, or another rule."
        problems.append(Problem("too_many", "excluded", words))
    return frozenset(found)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _until(text: str, zone: ZoneInfo, problems: list[Problem]) -> datetime | None:
    if not text:
        return None
    try:
        if (day := _day(text)) is not None:
            return moment_of(datetime.combine(day, time(23, 59, 59)), zone)
        given = datetime.fromisoformat(text).replace(microsecond=0)
        return moment_of(given, zone) if given.tzinfo is None else given.astimezone(UTC)
    except (ValueError, OverflowError):
        words = "Write a time such as 2026-12-31T18:00:00Z, or a day: 2026-12-31."
        problems.append(Problem("invalid", "until", words))
        return None
