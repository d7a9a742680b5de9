"""X as a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import requests

from social_media.enums import Platform, StepKind
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
from social_media.platforms.blank import is_blank
from social_media.platforms.errors import OutcomeUnknown
from social_media.platforms.handles import (
    Handles,
    bring_all,
    handles_of,
    upload_gone,
)
from social_media.platforms.links import path_on
from social_media.platforms.transport import deadline
from social_media.platforms.x import timeline, tokens
from social_media.platforms.x.answers import (
    body_of,
    dicts_in,
    error_of,
    read,
    read_problem,
)
from social_media.platforms.x.client import XClient
from social_media.platforms.x.counting import measure, normalize
from social_media.platforms.x.media_rules import media_rules
from social_media.platforms.x.uploads import Uploads, is_about_gone_media
from social_media.platforms.x.validation import OPTIONS, problems_of

#: Where posts are read, by their links.
SITES = ("https://x.com", "https://twitter.com", "https://mobile.twitter.com")


class XStrategy(Strategy):
    """X has no idempotency key: after a lost answer the timeline is searched."""

    platform: ClassVar[Platform] = Platform.X

    def capabilities(self, credentials: Credentials | None = None) -> Capabilities:
        return Capabilities(
            platform=self.platform,
            max_length=self._max_length(credentials),
            length_unit="weighted characters",
            idempotency=Idempotency.LOOKUP,
            settle=self.config.settle,
            media=media_rules(self.config.limits),
            options=OPTIONS,
            connect_fields=tokens.CONNECT_FIELDS,
        )

    def validate(
        self, draft: Draft, credentials: Credentials | None = None
    ) -> list[Problem]:
        return list(
            problems_of(
                draft,
                max_length=self._max_length(credentials),
                max_cashtags=int(self.config.limits.get("max_cashtags", 1)),
                media=media_rules(self.config.limits),
            )
        )

    def measure(self, text: str) -> int:
        return measure(text)

    def verify(self, given: Mapping[str, str]) -> Identity:
        return tokens.identify(tokens.typed_secrets(given, self.config), self.config)

    def check(self, credentials: Credentials) -> Identity:
        return tokens.identify(credentials.secrets, self.config)

    def refresh(self, credentials: Credentials) -> Session | None:
        return tokens.refresh(credentials, self.config)

    def can_refresh(self, credentials: Credentials) -> bool:
        return bool(credentials.secrets.get("refresh_token"))

    def revoke(self, credentials: Credentials) -> None:
        tokens.revoke(credentials, self.config)

    def freeze(self, part: Part, draft: Draft, now: datetime) -> dict[str, Any]:
        return {
            "text": "" if is_blank(part.text) else normalize(part.text).strip(),
            "reply_settings": _reply_settings(part, draft),
            "created_at": now.isoformat(),
        }

    def prepare(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> None:
        client = XClient(credentials, self.config)
        uploads = Uploads(client, self.config, Handles(step, checkpoint))
        bring_all(step.media, uploads.bring)

    def publish(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> Published:
        client = XClient(credentials, self.config)
        response = client.create_tweet(
            text=step.payload["text"] or None,
            media_ids=[handle["id"] for handle in handles_of(step)] or None,
            in_reply_to_tweet_id=step.reply_to.id if step.reply_to else None,
            reply_settings=step.payload.get("reply_settings"),
            user_auth=client.signs,
        )
        if step.media and is_about_gone_media(read(response)):
            Handles(step, checkpoint).forget(upload.key for upload in step.media)
            raise upload_gone()
        return self._published(_id_of(response), credentials)

    def find_published(self, step: Step, credentials: Credentials) -> Published | None:
        client = XClient(credentials, self.config)
        with deadline(self.config.deadline):
            found = timeline.find(client, credentials.remote_id, step)
        return self._published(found, credentials) if found else None

    def ref_of(self, url: str, credentials: Credentials) -> RemoteRef | None:
        match path_on(url, (self.config.web_url, *SITES)):
            case [_, "status", tweet_id, *_] if (
                tweet_id.isascii() and tweet_id.isdigit()
            ):
                return RemoteRef(id=tweet_id, url=url)
        return None

    def _published(self, tweet_id: str, credentials: Credentials) -> Published:
        url = f"{self.config.web_url}/{credentials.handle}/status/{tweet_id}"
        return Published(RemoteRef(id=tweet_id, url=url))

    def _max_length(self, credentials: Credentials | None) -> int:
        """Premium accounts have more: a setting of the account."""
        own = credentials.settings.get("max_length") if credentials else None
        return int(own or self.config.limits["max_length"])


def _reply_settings(part: Part, draft: Draft) -> str | None:
    """Set on a conversation's first post only; left out for everyone."""
    chosen = draft.options.get("reply_settings")
    if part.kind != StepKind.POST or chosen == "everyone":
        return None
    return chosen


def _id_of(response: requests.Response) -> str:
    """The id of the post that X made. Raises what its answer means otherwise."""
    if not response.ok:
        raise error_of(read(response), visible=True)
    body = body_of(response)
    data = body.get("data")
    if isinstance(data, dict) and data.get("id"):
        return str(data["id"])
    for problem in dicts_in(body.get("errors")):
        if isinstance(problem.get("status"), int):
            answer = read_problem(problem, status=problem["status"])
            raise error_of(answer, visible=True)
    raise OutcomeUnknown("X took the post but did not say under which id.")
