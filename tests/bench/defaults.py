"""What an installation has where its operator sets nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from social_media.management.supervise import ROOT

#: Those that decide how fast posts leave.
SHOWN = (
    "PUBLISHING_SLOTS",
    "MAX_QUEUED",
    "DATABASE_POOL_SIZE",
    "SCAN_SECONDS",
    "SCAN_BATCH",
    "CHAIN_LIMIT",
)


def default_of(name: str) -> str:
    """The default that .env.example shows. Raises LookupError for an unknown name."""
    text = (ROOT / ".env.example").read_text()
    found = re.search(rf"^#{name}=(.*)$", text, re.MULTILINE)
    if found is None:
        raise LookupError(name)
    return found[1]


def shown(environment: Mapping[str, str]) -> dict[str, float]:
    """The settings in force in `environment`."""
    return {name: float(environment.get(name, default_of(name))) for name in SHOWN}
