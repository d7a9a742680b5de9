"""Media: what a large video takes on its way, and whether it leaves on time.

On an installation of its own, for its settings: its account of X takes videos of any
size, as some there do, so that a file goes out as large as it came in.
"""

from __future__ import annotations

from pathlib import Path

from tests.bench import media_memory, media_punctuality
from tests.bench.defaults import default_of
from tests.bench.installation import Installation, installation
from tests.bench.media_memory import SMALL_MB, SMALL_SECONDS
from tests.bench.media_owner import MediaOwner
from tests.bench.media_punctuality import Timing
from tests.bench.plan import NETWORKS
from tests.bench.report import Report
from tests.media_samples import large_mp4

MEGABYTE = 1_000_000
#: What X takes of that account.
LARGEST = 8_000 * MEGABYTE
#: The file whose way is watched, in MB. Even the short one is more than Mastodon takes.
WAY_MB, SHORT_WAY_MB = 1000, 120
#: The video that is to leave on time.
VIDEO_MB, SHORT_VIDEO_MB = 200, 20
SECONDS = 60
TIMING = Timing(12 * 60, float(default_of("PREPARE_AHEAD_SECONDS")), 180, 0.4)
SHORT_TIMING = Timing(40, 25, 30, 0.4)


def run(report: Report) -> None:
    """Memory first, on fresh processes."""
    timing = SHORT_TIMING if report.short else TIMING
    settings = {
        "PREPARE_AHEAD_SECONDS": str(timing.prepare),
        "MEDIA_SLOTS": default_of("MEDIA_SLOTS"),
        "X_VIDEO_MAX_BYTES": str(LARGEST),
    }
    made = installation(
        accounts=len(NETWORKS),
        workers=1,
        settings=settings,
        special={"x": {"max_video_bytes": LARGEST}},
    )
    with made as on, MediaOwner(on) as owner:
        report.line("media", "settings", on.settings() | settings)
        way_mb = SHORT_WAY_MB if report.short else WAY_MB
        small, large = sample(on, SMALL_MB, SMALL_SECONDS), sample(on, way_mb)
        media_memory.run(report, on, owner, small, large)
        video = sample(on, SHORT_VIDEO_MB if report.short else VIDEO_MB)
        media_punctuality.run(report, on, owner, video, timing)


def sample(on: Installation, megabytes: int, seconds: int = SECONDS) -> Path:
    """H.264, 1280 x 720, of nearly so many MB."""
    path = on.stack.demo.state / f"video-{megabytes}-mb.mp4"
    large_mp4(path, megabytes * MEGABYTE, seconds=seconds)
    return path
