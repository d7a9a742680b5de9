"""What the judge looks at: what was asked for, what is stored, what stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A file in a post: the digest of the bytes that were uploaded here, its kind, and
    the description that readers of the post are to get.
    """

    sha256: str
    kind: str
    alt_text: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A post that the API answered for with a 201.

    `accounts`: id of each account, with its network and handle. `due`: not before.
    `media`: what each of the texts shows, in order.
    """

    marker: str
    post: str
    texts: tuple[str, ...]
    comment: str
    accounts: Mapping[str, tuple[str, str]]
    due: datetime
    media: tuple[tuple[Shown, ...], ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """All texts that must stand on each account, in order."""
        return (*self.texts, self.comment) if self.comment else self.texts

    def shown(self, position: int) -> Sequence[Shown]:
        """What this part shows; the first comment never shows anything."""
        return self.media[position] if position < len(self.media) else ()


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the table of steps."""

    position: int
    kind: str
    text: str
    remote_id: str
    remote_url: str
    abandoned: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of the ledger; an empty outcome is an open attempt."""

    position: int
    opened_at: datetime
    closed_at: datetime | None
    outcome: str
    error_code: str = ""
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A row of the table of targets with all that belongs to it."""

    id: str
    account: str
    status: str
    error_code: str = ""
    error_message: str = ""
    remote_url: str = ""
    posted_at: datetime | None = None
    held: bool = False  # a token, a lease or a time of queueing is left
    told: int = 0  # rows of the activity that say "posted"
    steps: Sequence[Step] = ()
    attempts: Sequence[Attempt] = ()


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A row of the table of posts with its targets."""

    id: str
    content: str
    status: str
    targets: Sequence[Target] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A post as a reader of the network sees it."""

    network: str
    account: str
    id: str
    text: str
    url: str
    reply_to: str | None
    created_at: datetime
    edits: int = 0
    media: tuple[tuple[str, str], ...] = ()  # digest and description of each, in order


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it.

    `forbidden`: per network, how many calls were answered with a 403 on purpose.
    `refused_duplicates`: how often the networks refused a text as known.
    `renditions`: digests of what may be shown of a file, by that of its upload.
    `uploaded_again`: how often the same bytes came while a network held them.
    `uploads_lost`: how often a handle was lost to a blow or a fault.
    """

    accepted: Sequence[Accepted]
    posts: Sequence[StoredPost]
    standing: Sequence[Standing]
    forbidden: Mapping[str, int] = field(default_factory=dict)
    refused_duplicates: int = 0
    renditions: Mapping[str, frozenset[str]] = field(default_factory=dict)
    uploaded_again: int = 0
    uploads_lost: int = 0
