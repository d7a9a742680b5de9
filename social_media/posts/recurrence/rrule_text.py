"""RRULE texts (RFC 5545, 3.3.10), read strictly: dateutil passes over much. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from social_media.posts.recurrence.rules import WEEKDAYS

MAX_LENGTH = 2000
MAX_ITEMS = 100
#: Each is looked for on every day of decades, where a rule never fires.
_MAX_POSITIONS = 12
#: The most days among which BYSETPOS can choose.
_SET_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
#: Times of day that one rule may name: every minute.
MAX_TIMES = 24 * 60
#: The largest INTERVAL: a rule that is silent for longer has ended (rules.py).
_LARGEST = {
    "HOURLY": 87_600,
    "DAILY": 3650,
    "WEEKLY": 520,
    "MONTHLY": 108,
    "YEARLY": 9,
}
_WEEKS = 53
_WEEKS_OF_MONTH = 5
_OFTEN = ("SECONDLY", "MINUTELY")
_DAY = re.compile(rf"([+-]?[0-9]{{1,2}})?({'|'.join(WEEKDAYS)})")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_DIGITS = re.compile(r"[0-9]{1,9}")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
#: Smallest and largest number of each list; from the end where below zero.
_RANGES = {
    "BYSECOND": (0, 59),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-_WEEKS, _WEEKS),
    "BYMONTH": (1, 12),
    "BYSETPOS": (-366, 366),
}
#: What the standard forbids, for it means nothing; and what is never needed, and may
#: be searched for hour by hour.
_NOT_WITH = {
    "BYSETPOS": ("HOURLY",),
    "BYWEEKNO": ("HOURLY", "DAILY", "WEEKLY", "MONTHLY"),
    "BYYEARDAY": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYMONTHDAY": ("WEEKLY",),
}
#: Lines of a calendar that belong into fields of their own.
_OF_CALENDARS = {
    "DTSTART": "Say when it starts in starts_at, and its zone in timezone.",
    "EXDATE": "Say what is left out in excluded.",
    "RDATE": "Write a post of its own for a single date.",
    "EXRULE": "Say what is left out in excluded.",
}
_REPEATED = re.compile(r"\bRRULE:", re.IGNORECASE)


class InvalidText(ValueError):
    """What is wrong, in words; `code` is stable."""

    def __init__(self, words: str, *, code: str = "invalid_rule") -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Split:
    """A rule without its end: `until` as ISO 8601, "" for none."""

    bare: str
    until: str = ""
    count: int | None = None


def split_rrule(text: str) -> Split:
    """The rule's text in one way of writing, apart from its end. Raises InvalidText."""
    parts = _parts(text)
    freq = _freq(parts)
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    for name, value in sorted(parts.items() - {("FREQ", freq)}):
        _CHECKS[name](name, value, freq)
    _check_together(parts, freq)
    bare = ";".join(f"{name}={value}" for name, value in parts.items())
    return Split(bare, _moment(until), _positive("COUNT", count) if count else None)


def _parts(text: str) -> dict[str, str]:
    line = text.strip().upper()
    if len(line) > MAX_LENGTH:
        raise InvalidText(f"A rule has at most {MAX_LENGTH:,} characters.")
    for name, instead in _OF_CALENDARS.items():
        if name in line:
            raise InvalidText(f"{name} is not a part of a rule. {instead}")
    line = line.removeprefix("RRULE:")
    if len(line.split()) != 1 or _REPEATED.search(line):
        raise InvalidText("A rule is one line without spaces, such as FREQ=DAILY.")
    parts: dict[str, str] = {}
    for piece in line.removesuffix(";").split(";"):
        name, equals, value = piece.partition("=")
        if not equals or not value:
            raise InvalidText(f"'{piece[:40]}' is not NAME=VALUE, such as FREQ=DAILY.")
        if name not in {"FREQ", "COUNT", "UNTIL", *_CHECKS}:
            raise InvalidText(f"A rule has no part {name[:40]}.", code="unknown_part")
        if name in parts:
            raise InvalidText(f"{name} is given twice.", code="given_twice")
        parts[name] = value
    return parts


def _freq(parts: Mapping[str, str]) -> str:
    freq = parts.get("FREQ", "")
    if freq in _OFTEN:
        words = f"FREQ={freq} is too often. Use HOURLY or rarer, with BYMINUTE."
        raise InvalidText(words, code="too_often")
    if freq not in _LARGEST:
        raise InvalidText(f"FREQ must be one of {', '.join(_LARGEST)}.")
    return freq


def _moment(value: str) -> str:
    if not value:
        return ""
    found = _MOMENT.fullmatch(value)
    if found is None:
        raise InvalidText("UNTIL must be like 20261231T180000Z, or a day: 20261231.")
    year, month, day, hour, minute, second, z = found.groups()
    date = f"{year}-{month}-{day}"
    return f"{date}T{hour}:{minute}:{second}{z and '+00:00'}" if hour else date


def _positive(name: str, value: str) -> int:
    if not _DIGITS.fullmatch(value) or int(value) < 1:
        raise InvalidText(f"{name} must be a number from 1.")
    return int(value)


def _interval(name: str, value: str, freq: str) -> None:
    if _positive(name, value) > _LARGEST[freq]:
        words = f"With FREQ={freq}, INTERVAL is at most {_LARGEST[freq]:,}."
        raise InvalidText(words, code="out_of_range")


def _numbers(name: str, value: str, freq: str) -> None:
    low, high = _RANGES[name]
    for item in _items(name, value):
        if not _NUMBER.fullmatch(item) or not low <= int(item) <= high:
            words = f"{name} takes numbers from {low} to {high}, not '{item[:20]}'."
            raise InvalidText(words, code="out_of_range")
        if low < 0 and not int(item):
            raise InvalidText(f"{name} takes no 0.", code="out_of_range")
    if freq in _NOT_WITH.get(name, ()):
        raise InvalidText(f"{name} does not go with FREQ={freq}.")


def _weekdays(name: str, value: str, freq: str) -> None:
    for item in _items(name, value):
        found = _DAY.fullmatch(item)
        if found is None:
            raise InvalidText(f"BYDAY takes {', '.join(WEEKDAYS)}, not '{item[:20]}'.")
        if found[1] and freq not in {"MONTHLY", "YEARLY"}:
            raise InvalidText(f"{item}: a number goes with FREQ=MONTHLY and YEARLY.")
        if found[1] and not 1 <= abs(int(found[1])) <= _WEEKS:
            raise InvalidText(f"{item}: the number is from 1 to 53.")


def _week_start(name: str, value: str, freq: str) -> None:
    if value not in WEEKDAYS:
        words = f"{name} must be one of {', '.join(WEEKDAYS)} with FREQ={freq}."
        raise InvalidText(words)


def _items(name: str, value: str) -> list[str]:
    items = value.split(",")
    most = _MAX_POSITIONS if name == "BYSETPOS" else MAX_ITEMS
    if len(items) > most:
        words = f"{name} has more than {most} values. Write a simpler rule."
        raise InvalidText(words, code="too_many")
    return items


def _check_together(parts: Mapping[str, str], freq: str) -> None:
    if "BYSETPOS" in parts and not any(
        name.startswith("BY") for name in parts if name != "BYSETPOS"
    ):
        raise InvalidText("BYSETPOS chooses among other BY... parts: there are none.")
    _check_weekday_numbers(parts)
    if "BYWEEKNO" in parts and re.search(r"\d", parts.get("BYDAY", "")):
        raise InvalidText("With BYWEEKNO, BYDAY takes no numbers.")
    times = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= 1 + parts.get(name, "").count(",")
    if times > MAX_TIMES:
        raise InvalidText("That is too often: name fewer times.", code="too_often")
    if "BYSETPOS" in parts:
        _check_positions(parts["BYSETPOS"], _SET_DAYS[freq] * times, freq)


def _check_positions(value: str, most: int, freq: str) -> None:
    farthest = max(abs(int(item)) for item in value.split(","))
    if farthest > most:
        words = f"BYSETPOS={farthest} never comes: with FREQ={freq} and the times of "
        words += f"this rule it chooses among {most} at most."
        raise InvalidText(words, code="out_of_range")


def _check_weekday_numbers(parts: Mapping[str, str]) -> None:
    """dateutil counts on past the end of a month."""
    if parts.get("FREQ") == "YEARLY" and "BYMONTH" not in parts:
        return
    for item in parts.get("BYDAY", "").split(","):
        found = _DAY.fullmatch(item)
        if found and found[1] and abs(int(found[1])) > _WEEKS_OF_MONTH:
            words = f"{item}: a month has no more than {_WEEKS_OF_MONTH} of a weekday."
            raise InvalidText(words, code="out_of_range")


_CHECKS: Mapping[str, Callable[[str, str, str], None]] = {
    **dict.fromkeys(_RANGES, _numbers),
    "INTERVAL": _interval,
    "BYDAY": _weekdays,
    "WKST": _week_start,
}
