"""What the simulator remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(slots=True)
class Account:
    """Somebody on one of the networks.

    Args:
        id: the network's own id (X user id, DID, Mastodon account id).
        handle: what the account is called there, without a leading @.
        created_at: seconds since the epoch, as all times in this package.
        password: what signing in takes where tokens aren't handed out, else "".
        settings: what differs from the network's defaults, such as "max_length".
    """

    network: str
    id: str
    handle: str
    created_at: float
    password: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Token:
    """A credential that was handed out.

    Args:
        kind: "access" or "refresh".
        expires_at: None when it never expires.
        chain: the sign-in it descends from; revoked as a whole.
        replaced_by: the token that a refresh gave for this one.
    """

    network: str
    value: str
    account_id: str
    kind: str
    expires_at: float | None = None
    chain: str = ""
    replaced_by: str = ""
    revoked: bool = False


@dataclass(slots=True)
class Post:
    """Something that stands on a network.

    Args:
        id: unique on its network; an at:// URI on Bluesky.
        reply_to: id of the post it answers, None for the start of a thread.
        edits: how often its text was replaced after it appeared.
        data: the network's own: record and cid, visibility, language ...
    """

    network: str
    id: str
    account_id: str
    account: str
    text: str
    created_at: float
    url: str
    reply_to: str | None = None
    edits: int = 0
    data: dict[str, Any] = field(default_factory=dict)


def iso(moment: float) -> str:
    """`moment` as the networks write it: UTC, milliseconds, Z."""
    stamp = datetime.fromtimestamp(moment, UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
