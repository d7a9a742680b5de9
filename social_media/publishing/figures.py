"""What every process counts while it publishes; /metrics adds them all up."""

from __future__ import annotations

from django.conf import settings
from prometheus_client import Counter, Histogram, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector

from social_media.publishing.figure_files import (
    alone,
    complain,
    counted_files,
    fold_ended,
)
from social_media.publishing.figure_values import KeptValue

PREFIX = "stationmaster_"

# Before the first figure is made: each one keeps its numbers in this process's files.
values.ValueClass = KeptValue

#: Tries that ended, by AttemptOutcome; inc() once per closed attempt.
ATTEMPTS = Counter(
    f"{PREFIX}attempts",
    "Tries to publish one step, by how they ended.",
    ["platform", "outcome"],
    registry=None,
)

#: Seconds from a target's due time to its first step standing on the network.
LATENESS = Histogram(
    f"{PREFIX}lateness_seconds",
    "Time from when a post was due until it stood on its network.",
    ["platform"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
    registry=None,
)


class EveryProcess:
    """Collector: the sum over all processes that share METRICS_DIR, ended ones too."""

    def collect(self) -> list[Metric]:
        """Our figures only, whatever a library counts in the same process.

        None where the folder can't be used.
        """
        try:
            with alone():
                fold_ended()
                found = MultiProcessCollector.merge(counted_files())
        except OSError as error:
            complain(settings.METRICS_DIR, error)
            return []
        return [metric for metric in found if metric.name.startswith(PREFIX)]
