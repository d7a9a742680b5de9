"""Mastodon, and the servers that speak its API, over Mastodon.py.

`counting` and `rules` judge a draft, `server` reads what a person typed, `client` makes
the calls, `answers` says what a refusal means, `instance` asks what a server can do,
`lookup` finds a post again, `strategy` puts them together.
"""

from __future__ import annotations

from social_media.platforms.mastodon.strategy import MastodonStrategy

__all__ = ["MastodonStrategy"]
