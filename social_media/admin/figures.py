"""The pipeline's figures as the index of targets shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from social_media.enums import Platform
from social_media.publishing import gauges

_HEADINGS = {
    "due": "Due now",
    "held": "Held by account",
    "queued": "Queued",
    "posting": "Posting",
    "reconciling": "Reconciling",
    "unconfirmed": "Unconfirmed",
    "posted": "Posted in the last hour",
    "failed": "Failed in the last 24 h",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """A table: a row per network and one for all; `late`: of the oldest due one."""

    headings: list[str]
    rows: list[tuple[str, list[int]]]
    late: str


def pipeline_figures() -> Figures:
    """Read now; a handful of statements on partial indexes."""
    counted = {
        **gauges.depth(),
        "posted": gauges.posted_since(timedelta(hours=1)),
        "failed": gauges.failed_since(timedelta(days=1)),
    }
    columns = [counted[name] for name in _HEADINGS]
    rows = [
        (platform.label, [column[platform.value] for column in columns])
        for platform in Platform
    ]
    rows.append(("All", [sum(column.values()) for column in columns]))
    late = gauges.oldest_lateness().total_seconds()
    return Figures(list(_HEADINGS.values()), rows, f"{max(late, 0):.1f} s")
