"""Occurrences of rules that were come by before: a far range begins at the nearest.

Kept in the memory of this process; what is forgotten is counted anew.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from datetime import datetime
from threading import Lock

from social_media.posts.recurrence.rules import Occurring, Rule

#: Rules, the last used ones; and occurrences of each.
_RULES, _OF_EACH = 1000, 50


class Landmarks:
    """Some occurrences of each rule, excluded ones too."""

    def __init__(self) -> None:
        self._found: OrderedDict[Rule, list[Occurring]] = OrderedDict()
        self._lock = Lock()

    def before(self, rule: Rule, moment: datetime) -> Occurring | None:
        """The last one that is known to lie before `moment`."""
        with self._lock:
            found = self._found.get(rule, [])
            place = bisect_left(found, moment, key=_time_of)
            return found[place - 1] if place else None

    def note(self, rule: Rule, one: Occurring) -> None:
        """Remember `one`."""
        with self._lock:
            found = self._found.setdefault(rule, [])
            self._found.move_to_end(rule)
            if one not in found:
                insort(found, one, key=_time_of)
            if len(found) > _OF_EACH:
                del found[-2::-2]  # the newest one stays
            if len(self._found) > _RULES:
                self._found.popitem(last=False)


def _time_of(one: Occurring) -> datetime:
    return one.at
