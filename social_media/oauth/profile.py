"""What a network says about an account, as columns."""

from __future__ import annotations

from typing import Any

from social_media.platforms.base import Identity

_LONGEST = 255
_LONGEST_URL = 1000


def profile_of(identity: Identity) -> dict[str, Any]:
    """Columns of the account that people see; texts cut to what a column holds."""
    avatar = _storable(identity.avatar_url)
    return {
        "handle": _storable(identity.handle)[:_LONGEST],
        "display_name": _storable(identity.display_name)[:_LONGEST],
        "avatar_url": avatar if len(avatar) <= _LONGEST_URL else "",
        "scopes": list(identity.scopes),
    }


def _storable(text: str) -> str:
    """Without what no database takes: a server may send NUL and lone surrogates."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", "")
