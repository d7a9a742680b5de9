"""Pictures and videos as the networks see them: facts, rules, and how to meet them.

Pure: no files are read here, and nothing knows models.
"""

from __future__ import annotations

from social_media.platforms.media.facts import Beat, Facts, MediaItem, Upload
from social_media.platforms.media.problems import media_problems
from social_media.platforms.media.recipe import Recipe, recipe_for
from social_media.platforms.media.rules import (
    GifRules,
    ImageRules,
    MediaRules,
    VideoRules,
)

__all__ = [
    "Beat",
    "Facts",
    "GifRules",
    "ImageRules",
    "MediaItem",
    "MediaRules",
    "Recipe",
    "Upload",
    "VideoRules",
    "media_problems",
    "recipe_for",
]
