"""What the simulator remembers."""

from __future__ import annotations

import time
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


@dataclass(slots=True)
class Upload:
    """A picture or a video that was sent to a network, or is about to be.

    Args:
        id: what the network calls it; a CID on Bluesky.
        key: name of its file among the uploads, "" as long as it isn't whole.
        kind: "image", "gif" (an animated one), "video", or "" for anything else.
        requests: how many requests brought its bytes.
        ready_at: when the network is done with it.
        expires_at: when its id is worth nothing any more, None for never.
        error: why the network can't use it, "" if it can.
        post: id of the first post that has it.
        is_single_use: whether a post uses it up.
        is_forgotten: the network holds it no more.
        is_lost: the client was never told its id.
        data: the network's own: category, segments, job ...
    """

    network: str
    id: str
    account_id: str
    account: str
    received_at: float
    key: str = ""
    kind: str = ""
    content_type: str = ""
    size: int = 0
    sha256: str = ""
    width: int | None = None
    height: int | None = None
    requests: int = 1
    alt_text: str = ""
    focus: str = ""
    ready_at: float = 0.0
    expires_at: float | None = None
    error: str = ""
    post: str | None = None
    is_single_use: bool = False
    is_forgotten: bool = False
    is_lost: bool = False
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return bool(self.key)

    @property
    def state(self) -> str:
        """One of receiving, processing, ready, failed, expired."""
        moment = time.time()
        expired = self.expires_at is not None and self.expires_at <= moment
        if self.is_forgotten or expired:
            return "expired"
        if not self.is_whole:
            return "receiving"
        if self.ready_at > moment:
            return "processing"
        return "failed" if self.error else "ready"

    def is_usable(self) -> bool:
        """Whether a post can have it, if not now then once it is processed."""
        used_up = self.is_single_use and self.post is not None
        return self.state in {"processing", "ready"} and not used_up

    def is_given_out(self) -> bool:
        """Whether its id can be forgotten: a blob that a post refers to can't."""
        held = self.post is not None and self.expires_at is None
        return not (held or self.is_forgotten)


def iso(moment: float) -> str:
    """`moment` as the networks write it: UTC, milliseconds, Z."""
    stamp = datetime.fromtimestamp(moment, UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
