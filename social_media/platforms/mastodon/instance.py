"""What a server says about itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from social_media.platforms.mastodon.answers import TOO_MANY, error_of
from social_media.platforms.mastodon.client import Client, Refusal
from social_media.platforms.mastodon.media_rules import OWN_NAMES
from social_media.platforms.mastodon.values import printable

# 4.5.2, 4.4.0-rc.1+glitch: no words, and no other name.
_OWN_VERSION = re.compile(r"[1-9]\d*\.\d+\.\d+([-+][\w.+-]+)?")
_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501
_LARGEST_LIMIT = 1_000_000
#: Of bytes and pixels.
_LARGEST_SIZE = 1_000_000_000_000
_MOST_TYPES = 200

#: Ours, and where it stands in `configuration.statuses` (Mastodon 3.4 and later).
_LIMITS = ("max_characters", "characters_reserved_per_url", "max_media_attachments")


def read_instance(client: Client) -> dict[str, Any]:
    """Settings of an account on this server: limits, software, when they were read.

    A figure that the server doesn't give is left out.

    Raises RateLimited or Unavailable, never for a page that isn't there.
    """
    instance = _page(client, "/api/v2/instance") or _page(client, "/api/v1/instance")
    software = _dict(_page(client, "/nodeinfo/2.0"), "software")
    name = printable(software.get("name")).lower()
    return {
        "limits": _limits(instance),
        "media": _media(instance),
        "software": name,
        "version": printable(instance.get("version")),
        "is_mastodon": _is_mastodon(instance, name),
        "read_at": datetime.now(UTC).isoformat(),
    }


def _is_mastodon(instance: Mapping[str, Any], software: str) -> bool:
    """Whether the server itself says that it is Mastodon: nodeinfo, else its source.

    A version proves nothing alone: servers that merely speak the same API put one of
    Mastodon's there for their clients' sake ("4.2.1 (compatible; Pleroma 2.5)").
    """
    if software:
        return software == "mastodon"
    source = printable(instance.get("source_url")).rstrip("/")
    version = printable(instance.get("version"))
    return source.endswith("/mastodon") and _OWN_VERSION.fullmatch(version) is not None


def _page(client: Client, path: str) -> Mapping[str, Any]:
    """The object at `path`, empty where the server has none."""
    try:
        return client.read(path)
    except Refusal as refusal:
        status = refusal.status
        broken = status >= _SERVER_ERROR and status != _NOT_IMPLEMENTED
        error = error_of(refusal, visible=False)
        if error is not None and (broken or status == TOO_MANY):
            raise error from refusal
        return {}


def _limits(instance: Mapping[str, Any]) -> dict[str, int]:
    given = dict(_dict(_dict(instance, "configuration"), "statuses"))
    # Pleroma's place for it, and that of older forks.
    given.setdefault("max_characters", instance.get("max_toot_chars"))
    return {name: given[name] for name in _LIMITS if _is_limit(given.get(name))}


def _media(instance: Mapping[str, Any]) -> dict[str, Any]:
    """Figures for media by the server's names, and the types that it takes."""
    given = _dict(_dict(instance, "configuration"), "media_attachments")
    found: dict[str, Any] = {
        name: given[name]
        for name in OWN_NAMES.values()
        if _is_limit(given.get(name), largest=_LARGEST_SIZE)
    }
    types = given.get("supported_mime_types")
    if isinstance(types, list):
        found["types"] = [kind for kind in map(printable, types[:_MOST_TYPES]) if kind]
    return found


def _is_limit(value: object, *, largest: int = _LARGEST_LIMIT) -> bool:
    return type(value) is int and 0 < value <= largest


def _dict(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = of.get(key)
    return found if isinstance(found, dict) else {}
