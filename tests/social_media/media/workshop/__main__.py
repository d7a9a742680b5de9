"""`python -m tests.social_media.media.workshop`: memory and time of a 1 GB video.

Each order is measured in a process of its own, for the kernel tells the peak of all
children of a process together, and a child's peak is never less than its parent's. So
nothing heavy is loaded here. Prints a table for docs/media.md.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from social_media.enums import MediaKind
from social_media.media.workshop import Limits, clean, inspect, render, thumbnail
from social_media.platforms.media import Recipe

SIZE, SECONDS = 1_000_000_000, 60
FULL_HD, HD = (1920, 1080), (1280, 720)
LIMITS = Limits(max_pixels=50_000_000, max_seconds=3600)

ORDERS: dict[str, Callable[[Path, Path], object]] = {
    "inspect": lambda path, _: inspect(path, LIMITS),
    "clean": lambda path, folder: clean(path, folder, LIMITS),
    "thumbnail": lambda path, folder: thumbnail(path, folder / "small"),
    "render-1080p": lambda path, folder: render(
        path, _recipe(*FULL_HD), folder / "full", _ignore
    ),
    "render-720p": lambda path, folder: render(
        path, _recipe(*HD), folder / "half", _ignore
    ),
}


def main(arguments: list[str]) -> None:
    """Without arguments all of it; else one order: its name and the video's path."""
    if arguments:
        name, path = arguments
        make(Path(path)) if name == "make" else measure(name, Path(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/video.mp4"
        for name in ("make", *ORDERS):
            module = "tests.social_media.media.workshop"
            subprocess.run([sys.executable, "-m", module, name, path], check=True)


def make(path: Path) -> None:
    """The video: H.264 noise."""
    from tests.media_samples import large_mp4

    large_mp4(path, SIZE, seconds=SECONDS, width=FULL_HD[0], height=FULL_HD[1])


def measure(name: str, path: Path) -> None:
    """One line of the table."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        began = time.monotonic()
        ORDERS[name](path, Path(folder))
        seconds = time.monotonic() - began
    child, own = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    )
    print(f"| {name} | {child:.0f} MB | {own:.0f} MB | {seconds:.1f} s |")  # noqa: T201


def _recipe(width: int, height: int) -> Recipe:
    return Recipe(MediaKind.VIDEO, "video/mp4", width, height, SIZE // 2, 60)


def _ignore(percent: int) -> None:
    """Nobody watches."""


if __name__ == "__main__":
    main(sys.argv[1:])
