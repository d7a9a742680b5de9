"""What the rest of the program may ask of the workshop."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from social_media.media.workshop.limits import Limits
from social_media.media.workshop.process import DAY, Order, carry_out

if TYPE_CHECKING:  # The process imports this package, and must not import Django.
    from social_media.platforms.media import Facts, Recipe

Progress = Callable[[int], None]

_GIGABYTE = 1_000_000_000
_MEGABYTE = 1_000_000


def inspect(path: Path, limits: Limits) -> Facts:
    """What the bytes at `path` are; all of them are read. Raises Unusable."""
    order = Order(
        what={"do": "inspect", "path": _told(path), "limits": limits.document()},
        seconds=60 + 60 * _gigabytes(path),
        max_bytes=0,
    )
    return _facts(carry_out(order, _ignore)["facts"])


def clean(
    path: Path, folder: Path, limits: Limits, progress: Progress | None = None
) -> tuple[Path, Facts]:
    """A new file in `folder`, with its facts: upright, and nothing but what is shown.

    Without EXIF, GPS, XMP, titles and comments. Pixels are left as they are wherever
    that can be done. HEIC and AVIF become JPEG (PNG where transparent). A video's
    streams are copied into a new container, as MP4 where its codecs allow.
    """
    stem = folder / f"clean-{uuid.uuid4().hex}"
    order = Order(
        what={
            "do": "clean",
            "path": _told(path),
            "stem": _told(stem),
            "limits": limits.document(),
        },
        seconds=300 + 600 * _gigabytes(path),
        # A HEIC picture that becomes a PNG grows; by no more than all its pixels.
        max_bytes=int(path.stat().st_size * 1.1) + 4 * limits.max_pixels,
    )
    with _nothing_left(folder, stem.name):
        answer = carry_out(order, progress or _ignore)
        return stem.with_name(Path(answer["path"]).name), _facts(answer["facts"])


def thumbnail(path: Path, target: Path, *, longest: int = 480) -> Facts:
    """Write a small picture to `target`: JPEG, or PNG where one can see through it.

    Of a video, a frame that shows something. Only for what `clean` made.
    """
    order = Order(
        what={
            "do": "thumbnail",
            "path": _told(path),
            "target": _told(target),
            "longest": longest,
        },
        seconds=120 + 60 * _gigabytes(path),
        max_bytes=50 * _MEGABYTE,
    )
    with _nothing_left(target.parent, target.name):
        return _facts(carry_out(order, _ignore)["facts"])


def render(
    path: Path,
    recipe: Recipe,
    target: Path,
    progress: Progress,
    *,
    max_length: float = DAY,
) -> Facts:
    """Write to `target` what `recipe` makes of the file that `clean` made.

    A video of up to `max_length` seconds has time in proportion to its length.

    `progress` gets rising per cents, about two a second; what it raises comes through,
    once the process is gone. Raises Unusable where no rendition is small enough.
    """
    order = Order(
        what={
            "do": "render",
            "path": _told(path),
            "target": _told(target),
            "recipe": recipe.document(),
        },
        seconds=600 + 600 * _gigabytes(path),
        # The first try may come out too large.
        max_bytes=recipe.max_bytes * 2 + 100 * _MEGABYTE,
        nice=10,
        max_length=max_length,
    )
    with _nothing_left(target.parent, target.name):
        return _facts(carry_out(order, progress)["facts"])


def _told(path: Path) -> str:
    """The process works in another folder."""
    return str(path.absolute())


def _gigabytes(path: Path) -> float:
    return path.stat().st_size / _GIGABYTE


def _facts(document: Mapping[str, Any]) -> Facts:
    from social_media.platforms.media import Facts

    return Facts.of(document)


def _ignore(percent: int) -> None:
    """For those who need no progress."""


@contextmanager
def _nothing_left(folder: Path, prefix: str) -> Iterator[None]:
    """Where it ends with an exception, no file of this name is left."""
    try:
        yield
    except BaseException:
        for entry in os.scandir(folder):
            if entry.name.startswith(prefix):
                Path(entry.path).unlink(missing_ok=True)
        raise
