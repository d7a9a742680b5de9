"""Publishing to Bluesky: `putRecord` under a key chosen before the first try."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from social_media.enums import Platform
from social_media.platforms.base import (
    Capabilities,
    Checkpoint,
    Credentials,
    Draft,
    Idempotency,
    Identity,
    Part,
    Problem,
    Published,
    RemoteRef,
    Session,
    Step,
    Strategy,
)
from social_media.platforms.bluesky import records
from social_media.platforms.bluesky.accounts import Accounts
from social_media.platforms.bluesky.facets import mentioned_handles
from social_media.platforms.bluesky.failures import BLOB_GONE, NO_SUCH_RECORD
from social_media.platforms.bluesky.limits import graphemes, text_problems
from social_media.platforms.bluesky.media_rules import media_rules
from social_media.platforms.bluesky.options import OPTIONS, option_problems
from social_media.platforms.bluesky.repository import Repository
from social_media.platforms.bluesky.sign_in import CONNECT_FIELDS
from social_media.platforms.bluesky.tid import TidClock
from social_media.platforms.bluesky.uploads import Uploads
from social_media.platforms.bluesky.xrpc import Xrpc
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    CannotTell,
    ContentRejected,
    PlatformError,
    Unavailable,
)
from social_media.platforms.handles import Handles, bring_all, upload_gone
from social_media.platforms.links import path_on
from social_media.platforms.parts import problems_of_media
from social_media.platforms.transport import deadline

logger = logging.getLogger(__name__)

#: The second version of a threadgate is this much younger than its first.
_TOUCHED = timedelta(milliseconds=1)


class BlueskyStrategy(Strategy):
    """Bluesky and every other server that hosts `app.bsky` records."""

    platform = Platform.BLUESKY

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__(config)
        self._xrpc = Xrpc(config)
        self._accounts = Accounts(self._xrpc)
        self._keys = TidClock()

    def capabilities(self, credentials: Credentials | None = None) -> Capabilities:
        return Capabilities(
            platform=self.platform,
            max_length=self.config.limits["max_length"],
            max_bytes=self.config.limits["max_bytes"],
            length_unit="graphemes",
            # A key is the record's name in the repository: it is kept for ever.
            idempotency=Idempotency.KEY,
            key_lifetime=None,
            settle=self.config.settle,
            media=media_rules(self.config.limits),
            options=OPTIONS,
            connect_fields=CONNECT_FIELDS,
        )

    def validate(
        self, draft: Draft, credentials: Credentials | None = None
    ) -> list[Problem]:
        media = media_rules(self.config.limits)
        return [
            *text_problems(draft, self.config),
            *problems_of_media(draft, media, network="Bluesky"),
            *option_problems(draft.options),
        ]

    def measure(self, text: str) -> int:
        return graphemes(text)

    def verify(self, given: Mapping[str, str]) -> Identity:
        return self._accounts.verify(given)

    def check(self, credentials: Credentials) -> Identity:
        return self._accounts.check(credentials)

    def refresh(self, credentials: Credentials) -> Session:
        return self._accounts.refresh(credentials)

    def can_refresh(self, credentials: Credentials) -> bool:
        kept = ("refresh_jwt", "app_password")
        return any(credentials.secrets.get(name) for name in kept)

    def make_key(self) -> str:
        """The post's record key, a TID as `app.bsky.feed.post` demands."""
        return self._keys.next()

    def freeze(self, part: Part, draft: Draft, now: datetime) -> dict[str, Any]:
        # One moment for a whole thread would leave the order of its parts to chance.
        position = next((i for i, one in enumerate(draft.parts) if one is part), 0)
        created_at = records.timestamp(now + timedelta(milliseconds=position))
        chosen = {name: value for name, value in draft.options.items() if value}
        return {**chosen, "text": part.text, "created_at": created_at}

    def has_to_prepare(self, step: Step) -> bool:
        return True  # handles to look up, a threadgate

    def prepare(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> None:
        repository = Repository(self._xrpc, credentials)
        _resolve_mentions(step, repository, checkpoint)
        bring_all(step.media, self._uploads(step, credentials, checkpoint).bring)
        self._close_gate(step, credentials, checkpoint)

    def publish(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> Published:
        repository = Repository(self._xrpc, credentials)
        record = records.post_record(step)
        with deadline(self.config.deadline):
            try:
                answer = repository.put(record, rkey=step.key, visible=True)
            except ContentRejected as error:
                if error.code != BLOB_GONE:
                    raise
                self._uploads(step, credentials, checkpoint).forget(step.media)
                raise upload_gone() from error
            self._touch_gate(step, credentials)
        return self._published(step, credentials, answer.cid)

    def ref_of(self, url: str, credentials: Credentials) -> RemoteRef | None:
        match path_on(url, (self.config.web_url, "https://bsky.app")):
            case ["profile", _, "post", key]:
                uri = f"at://{credentials.remote_id}/{records.POST}/{key}"
                return RemoteRef(id=uri, url=url)
        return None

    def can_answer(self, ref: RemoteRef) -> bool:
        return "cid" in ref.data  # a link doesn't tell it

    def find_published(self, step: Step, credentials: Credentials) -> Published | None:
        repository = Repository(self._xrpc, credentials)
        try:
            cid = repository.cid_of(records.POST, rkey=step.key)
        except ContentRejected as error:
            if error.code == NO_SUCH_RECORD:
                return None
            # No answer to the question is no proof that the post is not there.
            raise CannotTell(error.message, http_status=error.http_status) from error
        return self._published(step, credentials, cid)

    def _uploads(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> Uploads:
        stands = partial(self._stands, step, credentials)
        return Uploads(self._xrpc, credentials, Handles(step, checkpoint), stands)

    def _stands(self, step: Step, credentials: Credentials) -> bool:
        """Whether an earlier try has published `step`, though its answer was lost."""
        try:
            return self.find_published(step, credentials) is not None
        except CannotTell as error:
            raise Unavailable(error.message, http_status=error.http_status) from error

    def _published(self, step: Step, credentials: Credentials, cid: str) -> Published:
        did = credentials.remote_id
        return Published(
            RemoteRef(
                id=records.post_uri(did, step.key),
                # The DID and not the handle: handles change.
                url=f"{self.config.web_url}/profile/{did}/post/{step.key}",
                data={"cid": cid},
            )
        )

    # The threadgate says who may reply. It is a record of its own beside the post, with
    # the same key, so each write of it can be repeated at will. It is written before
    # the post: a post must never stand open to replies that its author has closed, and
    # a threadgate without a post is visible to no one. Replies are checked against it
    # whichever came first, but Bluesky's index only notes that a post has one if it
    # sees the threadgate after the post. So a version that differs in its time (an
    # equal one would change nothing) follows. Losing that second write costs the note
    # under the post, not the effect: it never fails a post that stands.

    def _close_gate(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> None:
        record = records.threadgate_record(step, credentials.remote_id)
        if record and not step.checkpoint.get("threadgate"):
            answer = Repository(self._xrpc, credentials).put(record, rkey=step.key)
            checkpoint({"threadgate": answer.uri})

    def _touch_gate(self, step: Step, credentials: Credentials) -> None:
        record = records.threadgate_record(step, credentials.remote_id, after=_TOUCHED)
        if not record:
            return
        try:
            Repository(self._xrpc, credentials).put(record, rkey=step.key)
        except PlatformError as error:
            logger.warning("Threadgate not seen after its post: %s", error.code)


def _resolve_mentions(
    step: Step, repository: Repository, checkpoint: Checkpoint
) -> None:
    """Look up every mentioned handle that the checkpoint does not have yet."""
    known: dict[str, str | None] = dict(step.checkpoint.get("mentions", {}))
    for handle in mentioned_handles(step.payload["text"]):
        if handle not in known:
            known[handle] = repository.did_of(handle)
            checkpoint({"mentions": dict(known)})
