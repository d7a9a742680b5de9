"""Local times in a zone, as moments. Pure: no clock, no rows.

The rule of queues and recurring posts: 09:00 stays 09:00 all year. A time that doesn't
exist on its day, for clocks are put forward, moves to the first moment that does; one
that exists twice is used once, the first time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which clocks in `zone` first show `local` or later.

    `local` is naive. Raises OverflowError at the ends of the calendar.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _shown(first, zone) == local:
        return first
    # In a gap: the offset after it gives a moment before it, and the other way round.
    low, high = sorted((first, local.replace(tzinfo=zone, fold=1).astimezone(UTC)))
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if _shown(middle, zone) >= local:
            high = middle
        else:
            low = middle
    return high


def local_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at `moment` (aware), naive."""
    return _shown(moment, zone)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
