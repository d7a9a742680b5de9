"""Each order, by what the file is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from social_media.media.workshop.limits import Limits
from social_media.media.workshop.report import Report
from social_media.media.workshop.sniff import sniff
from social_media.media.workshop.structure import check_structure

# Pillow and FFmpeg are loaded where they are needed: each costs memory.


def inspect(path: Path, limits: Limits, report: Report) -> dict[str, Any]:
    """Facts, once all of the file has been read."""
    kind = sniff(path)
    found = check_structure(path, kind)
    if kind.is_video:
        from social_media.media.workshop.videos.measure import measure

        return measure(path, kind, found, limits, report)
    from social_media.media.workshop.stills.measure import measure_still

    return measure_still(path, kind, found, limits, report)


def clean(path: Path, stem: Path, limits: Limits, report: Report) -> Path:
    """The new file's path: `stem` with a suffix."""
    kind = sniff(path)
    found = check_structure(path, kind)
    if kind.is_video:
        from social_media.media.workshop.videos.remux import remux

        return remux(path, kind, stem, report)
    from social_media.media.workshop.stills.clean import clean_still

    return clean_still(path, kind, found, stem, limits)


def thumbnail(path: Path, target: Path, longest: int, report: Report) -> None:
    """A small picture."""
    kind = sniff(path)
    from social_media.media.workshop.stills.small import small_still, write_small

    if kind.is_video:
        from social_media.media.workshop.videos.poster import poster

        write_small(poster(path, kind, longest, report), target, longest)
    else:
        small_still(path, kind, target, longest)


def render(path: Path, recipe: Mapping[str, Any], target: Path, report: Report) -> None:
    """What the recipe says."""
    kind = sniff(path)
    if kind.is_video:
        from social_media.media.workshop.videos.transcode import transcode

        transcode(path, kind, recipe, target, report)
    elif recipe["kind"] == "video":
        from social_media.media.workshop.videos.from_frames import from_animation

        from_animation(path, kind, recipe, target, report)
    elif recipe["kind"] == "gif":
        from social_media.media.workshop.stills.animation import render_gif

        render_gif(path, kind, recipe, target, report)
    else:
        from social_media.media.workshop.stills.render import render_still

        render_still(path, kind, recipe, target, report)
