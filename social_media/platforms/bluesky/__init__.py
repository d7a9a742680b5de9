"""Bluesky: records in a person's own repository, named by a key that we choose."""

from __future__ import annotations

from social_media.platforms.bluesky.strategy import BlueskyStrategy

__all__ = ["BlueskyStrategy"]
