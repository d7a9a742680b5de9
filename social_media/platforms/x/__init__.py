"""X, over API v2."""

from __future__ import annotations

from social_media.platforms.x.strategy import XStrategy

__all__ = ["XStrategy"]
