"""The contract between Stationmaster and a social network.

One strategy per network, built once per process by `factory.strategy_for`, stateless
and used from many threads at once. Dataclasses in, dataclasses out: a strategy knows
nothing of models, Celery or the database. Everything it raises is in `errors.py`.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from social_media.enums import Platform, StepKind
from social_media.platforms.config import NetworkConfig
from social_media.platforms.media import MediaItem, MediaRules, Upload

#: Saves remote handles (media ids, resolved mentions) as soon as they are known.
#: Merged into the step's stored checkpoint; each call also keeps the worker's lease. An
#: empty mapping only does that: call it while a long upload goes on.
Checkpoint = Callable[[Mapping[str, Any]], None]


class Idempotency(StrEnum):
    """What makes an ambiguous create safe to finish."""

    KEY = "key"  # the same call with the same key never makes a second post
    HANDLE = "handle"  # a container or session that can be asked
    LOOKUP = "lookup"  # only a search among the account's own posts


@dataclass(frozen=True, slots=True)
class Credentials:
    """One connected account, as a strategy sees it.

    Args:
        remote_id: the network's own id of the account (X user id, DID, ...).
        handle: name shown to people, without a leading @.
        server: base URL for networks with many servers, else "".
        secrets: decrypted tokens; keys are the strategy's own.
        settings: what was read from the network or set by a person: limits, plan.
    """

    remote_id: str
    handle: str
    server: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """Usable tokens: what `verify` and `refresh` give back to be stored.

    `expires_at` is aware UTC, None when the token does not expire.
    """

    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials belong to, as the network itself says."""

    remote_id: str
    handle: str
    session: Session
    display_name: str = ""
    avatar_url: str = ""
    server: str = ""
    scopes: Sequence[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """Text and media that become one visible thing.

    `text` may be empty where there are media. A first comment has no media.
    """

    text: str
    kind: StepKind = StepKind.POST
    media: Sequence[MediaItem] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """All that one target wants published: the post, its thread, its first comment.

    `options` are the network's own (visibility, language, reply control ...), named in
    `Capabilities.options`; `validate` checks them.
    """

    parts: Sequence[Part]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a draft can't be published.

    `field` is a dotted path within the draft: "content", "thread.0" (the second
    visible part), "first_comment", "options.visibility", "media" (of the post itself,
    as a whole), "media.1" (its second item), "media.1.alt_text", "thread.0.media.1".
    """

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class RemoteRef:
    """Something that stands on the network. `data` holds what replies need (a cid)."""

    id: str
    url: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One frozen create.

    Args:
        key: this step's idempotency key, the same in every try.
        kind: what it makes visible.
        payload: the frozen JSON made by `freeze`.
        checkpoint: remote handles saved so far.
        reply_to: the part it answers, None for the post itself.
        root: the first part of the thread, None for the post itself.
        first_sent_at: when the first try of this step was opened (aware, UTC).
        media: what `payload` says is shown, with its bytes, in order.
        known: ids of the account's other things that we published around then: the
            same words twice are two posts, and a look-up must not take one for both.
    """

    key: str
    kind: StepKind
    payload: Mapping[str, Any]
    checkpoint: Mapping[str, Any] = field(default_factory=dict)
    reply_to: RemoteRef | None = None
    root: RemoteRef | None = None
    first_sent_at: datetime | None = None
    known: frozenset[str] = frozenset()
    media: Sequence[Upload] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What the network says it made visible."""

    ref: RemoteRef


@dataclass(frozen=True, slots=True)
class Option:
    """One per-network option a person may set on a target.

    `max_length` counts characters of a text, items of a list.
    """

    name: str
    label: str
    choices: Sequence[str] = ()  # empty: any text up to max_length, or a flag
    kind: str = "choice"  # choice | text | flag | list
    max_length: int = 500
    help: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a network can do, as data. Limits are the defaults of configuration."""

    platform: Platform
    max_length: int
    length_unit: str
    idempotency: Idempotency
    #: Wait after the try's deadline before "it is not there" can be believed.
    settle: timedelta
    threads: bool = True
    first_comment: bool = True
    max_bytes: int | None = None
    polls: bool = False
    #: None: text only.
    media: MediaRules | None = None
    options: Sequence[Option] = ()
    #: Fields of `connect`, in order: name, label, required, secret.
    connect_fields: Sequence[Mapping[str, Any]] = ()
    #: How long the network keeps an idempotency key; None: for ever.
    key_lifetime: timedelta | None = None


class Strategy(ABC):
    """One network. Every network call inside has a total deadline of its own."""

    platform: ClassVar[Platform]

    def __init__(self, config: NetworkConfig) -> None:
        self.config = config

    @abstractmethod
    def capabilities(self, credentials: Credentials | None = None) -> Capabilities:
        """What this network can do; with an account, what its server can do."""

    @abstractmethod
    def validate(
        self, draft: Draft, credentials: Credentials | None = None
    ) -> list[Problem]:
        """Every rule of the network that `draft` breaks. Pure: no network call."""

    @abstractmethod
    def measure(self, text: str) -> int:
        """Length of `text` in the network's own unit."""

    @abstractmethod
    def verify(self, given: Mapping[str, str]) -> Identity:
        """Sign in with what a person typed (`Capabilities.connect_fields`).

        Raises AuthenticationFailed, AccountBlocked, RateLimited, Unavailable, or
        ContentRejected when a field itself is unusable (`code` is the field's name).
        """

    @abstractmethod
    def check(self, credentials: Credentials) -> Identity:
        """Ask the network whether the stored tokens still work. Raises as `verify`."""

    def refresh(self, credentials: Credentials) -> Session | None:
        """A new session, or None where the network has nothing to refresh.

        Raises AuthenticationFailed when the refresh itself was refused.
        """
        return None

    def can_refresh(self, credentials: Credentials) -> bool:
        """Whether `refresh` has something to work with. Pure."""
        return False

    def make_key(self) -> str:
        """A fresh idempotency key for one step."""
        return uuid.uuid4().hex

    def freeze(self, part: Part, draft: Draft, now: datetime) -> dict[str, Any]:
        """The JSON payload of one step, complete but for what `prepare` finds out.

        `now` is when it is to appear. Its media are added under "media" by the caller.
        """
        return {
            "text": part.text,
            "options": dict(draft.options),
            "created_at": now.isoformat(),
        }

    def has_to_prepare(self, step: Step) -> bool:
        """Whether `prepare` may have something to do for `step`. Pure."""
        return bool(step.media)

    def prepare(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> None:
        """Everything repeatable that `step` needs first (uploads, mention look-ups).

        Publishes nothing; a failure of any kind is never OutcomeUnknown. What it
        learns goes through `checkpoint` and comes back in `Step.checkpoint`.

        Handles of uploads are kept under "uploads" by `Upload.key`, and saved as each
        is got: what the network still holds is never uploaded again. Raises NotReady
        while the network processes them. May be called long before `publish`, and
        again at any time; with all done it makes no call.
        """
        return

    @abstractmethod
    def publish(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> Published:
        """Make exactly one create call.

        Where the network no longer has an upload, forgets its handle through
        `checkpoint` and raises Unavailable: the next try uploads it again.
        """

    @abstractmethod
    def find_published(self, step: Step, credentials: Credentials) -> Published | None:
        """Look for `step` on the network after a lost answer.

        None means surely absent: the look-up itself succeeded. Raises CannotTell when
        the network has no way to know, and the other errors for a failed look-up.
        """

    @abstractmethod
    def ref_of(self, url: str, credentials: Credentials) -> RemoteRef | None:
        """The post that a person's link names, None if it names none on this network.

        Pure. `credentials` need no secrets; `url` is kept as the ref's link.
        """

    def can_answer(self, ref: RemoteRef) -> bool:
        """Whether `ref` holds all that a reply to it needs."""
        return True

    def repeat_is_safe(
        self, step: Step, credentials: Credentials, now: datetime
    ) -> bool:
        """Whether the same call may simply be made again for an unknown outcome."""
        can = self.capabilities(credentials)
        if can.idempotency is not Idempotency.KEY:
            return False
        if can.key_lifetime is None or step.first_sent_at is None:
            return can.key_lifetime is None
        return now - step.first_sent_at < can.key_lifetime

    def revoke(self, credentials: Credentials) -> None:
        """Tell the network that we no longer need these tokens."""
        return
