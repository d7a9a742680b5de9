"""Ids that leave the system: UUIDv7, so that rows made together lie together."""

from __future__ import annotations

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A fresh UUIDv7 (RFC 9562)."""
    made: uuid.UUID = uuid7()
    return made
