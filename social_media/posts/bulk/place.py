"""When a row's post goes out: at a time, in a queue, again and again, or not yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Repeat:
    """A rule as it was written, or "cron " and five fields.

    `starts_at` is ISO 8601, local in `timezone`; so are `excluded`, and whole days.
    """

    rule: str
    timezone: str
    starts_at: str
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """At most one of these is set; with none it is a draft."""

    at: datetime | None = None
    queue: str = ""
    repeat: Repeat | None = None

    @property
    def is_draft(self) -> bool:
        """Whether nothing says when."""
        return self.at is None and not self.queue and self.repeat is None
