"""Mastodon as a network that posts go out to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from social_media.enums import Platform
from social_media.platforms.base import (
    Capabilities,
    Checkpoint,
    Credentials,
    Draft,
    Idempotency,
    Identity,
    Problem,
    Published,
    RemoteRef,
    Session,
    Step,
    Strategy,
)
from social_media.platforms.errors import (
    CannotTell,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    Unavailable,
)
from social_media.platforms.handles import (
    Handles,
    bring_all,
    handles_of,
    upload_gone,
)
from social_media.platforms.links import path_on
from social_media.platforms.mastodon.answers import (
    AMBIGUOUS,
    NOT_FOUND,
    error_of,
    is_about_content,
    is_about_gone_media,
    rejected,
)
from social_media.platforms.mastodon.client import Client, Refusal
from social_media.platforms.mastodon.counting import status_length
from social_media.platforms.mastodon.instance import read_instance
from social_media.platforms.mastodon.lookup import find_status, shows_its_uploads
from social_media.platforms.mastodon.media_rules import media_rules
from social_media.platforms.mastodon.rules import (
    OPTIONS,
    VISIBILITIES,
    Limits,
    problems_in,
)
from social_media.platforms.mastodon.server import normalise_server
from social_media.platforms.mastodon.sign_in import (
    WRONG_SERVER,
    not_mastodon,
    own_account,
    usable_token,
)
from social_media.platforms.mastodon.uploads import Uploads, keys_named
from social_media.platforms.mastodon.values import identifier, link, printable
from social_media.platforms.media import MediaRules
from social_media.platforms.transport import deadline

_CONNECT_FIELDS = (
    {"name": "server", "label": "Server", "required": True, "secret": False},
    {
        "name": "access_token",
        "label": "Access token",
        "required": True,
        "secret": True,
    },
)


class MastodonStrategy(Strategy):
    """Mastodon and the servers that speak its API."""

    platform = Platform.MASTODON

    def capabilities(self, credentials: Credentials | None = None) -> Capabilities:
        """The idempotency key counts only on a server that says it is Mastodon."""
        keeps_keys = credentials is None or credentials.settings.get("is_mastodon")
        lifetime = timedelta(minutes=self.config.limits["key_minutes"])
        return Capabilities(
            platform=Platform.MASTODON,
            max_length=self._limits(credentials).max_characters,
            length_unit="characters",
            idempotency=Idempotency.KEY if keeps_keys else Idempotency.LOOKUP,
            settle=self.config.settle,
            options=OPTIONS,
            connect_fields=_CONNECT_FIELDS,
            key_lifetime=lifetime if keeps_keys else None,
            media=self._media_rules(credentials),
        )

    def validate(
        self, draft: Draft, credentials: Credentials | None = None
    ) -> list[Problem]:
        limits, media = self._limits(credentials), self._media_rules(credentials)
        return problems_in(draft, limits, media)

    def measure(self, text: str) -> int:
        return status_length(text, url_length=self._limits(None).url_length)

    def verify(self, given: Mapping[str, str]) -> Identity:
        server = normalise_server(
            given.get("server", ""),
            allow_private_hosts=self.config.allow_private_hosts,
        )
        token = usable_token(given.get("access_token", ""))
        try:
            return self._identity(server, token)
        except Unavailable as error:
            if error.code in WRONG_SERVER:
                raise ContentRejected(error.message, code="server") from error
            raise

    def check(self, credentials: Credentials) -> Identity:
        """Reads the server's limits again too, once they are a day old."""
        fresh = self._is_fresh(credentials.settings)
        return self._identity(
            credentials.server,
            credentials.secrets["access_token"],
            known=credentials.settings if fresh else None,
        )

    def prepare(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> None:
        if not step.media:
            return
        # Not `_signed_in`: an upload takes longer than one deadline.
        token = credentials.secrets["access_token"]
        client = Client(self.config, server=credentials.server, token=token)
        uploads = Uploads(client, self.config, Handles(step, checkpoint))
        bring_all(step.media, uploads.bring)

    def publish(
        self, step: Step, credentials: Credentials, checkpoint: Checkpoint
    ) -> Published:
        media_ids = [handle["id"] for handle in handles_of(step)]
        with self._signed_in(credentials) as client:
            try:
                status = client.call(
                    client.api.status_post,
                    visible=True,
                    media_ids=media_ids or None,
                    **_fields_of(step),
                )
            except Refusal as refusal:
                if step.media and is_about_gone_media(refusal):
                    account = credentials.remote_id
                    _check_not_shown(client, step, account, refusal)
                    gone = keys_named(step, refusal.words)
                    Handles(step, checkpoint).forget(gone)
                    raise upload_gone() from refusal
                raise _refused(refusal, client, step) from refusal
        if not _is_status(status):
            raise OutcomeUnknown(
                "The server took the post, but did not answer with it.",
                http_status=200,
            )
        return Published(_ref_of(status))

    def ref_of(self, url: str, credentials: Credentials) -> RemoteRef | None:
        match path_on(url, (credentials.server,)):
            case [_, *_, status_id]:
                return RemoteRef(id=status_id, url=url)
        return None

    def find_published(self, step: Step, credentials: Credentials) -> Published | None:
        with self._signed_in(credentials) as client:
            status = find_status(client, step, account_id=credentials.remote_id)
        if status is not None:
            return Published(_ref_of(status))
        hidden = _fields_of(step)["visibility"] in {"private", "direct"}
        if hidden and not credentials.settings.get("is_mastodon"):
            # Takahe, for one, lists only what everybody may see.
            raise CannotTell("The server may not list posts that are not public.")
        return None

    def _limits(self, credentials: Credentials | None) -> Limits:
        settings = credentials.settings if credentials else {}
        return Limits.of(settings, self.config.limits)

    def _media_rules(self, credentials: Credentials | None) -> MediaRules:
        settings = credentials.settings if credentials else {}
        return media_rules(settings, self.config.limits)

    def _is_fresh(self, settings: Mapping[str, Any]) -> bool:
        """Whether the server's figures were read within `instance_cache_hours`."""
        read_at = settings.get("read_at")
        if read_at is None:
            return False
        kept = timedelta(hours=self.config.limits["instance_cache_hours"])
        return datetime.now(UTC) - datetime.fromisoformat(read_at) < kept

    @contextmanager
    def _signed_in(self, credentials: Credentials) -> Iterator[Client]:
        token = credentials.secrets["access_token"]
        with deadline(self.config.deadline):
            yield Client(self.config, server=credentials.server, token=token)

    def _identity(
        self, server: str, token: str, *, known: Mapping[str, Any] | None = None
    ) -> Identity:
        """Who the token belongs to; reads the server's settings unless `known`."""
        with deadline(self.config.deadline):
            client = Client(self.config, server=server, token=token)
            account = own_account(client)
            settings = read_instance(client) if known is None else known
        return Identity(
            remote_id=identifier(account["id"]),
            handle=printable(account["username"]),
            session=Session(secrets={"access_token": token}),
            display_name=printable(account.get("display_name")),
            avatar_url=link(account.get("avatar")),
            server=server,
            settings=settings,
        )


def _fields_of(step: Step) -> dict[str, Any]:
    """Arguments of `status_post`. What is None is left to the account's preferences."""
    options = step.payload["options"]
    parent = step.reply_to.data if step.reply_to else {}
    return {
        "status": step.payload["text"],
        "in_reply_to_id": step.reply_to.id if step.reply_to else None,
        # A thread stays as visible as its beginning, whatever the default is by now.
        "visibility": options.get("visibility") or parent.get("visibility"),
        "spoiler_text": options.get("spoiler_text") or None,
        "sensitive": options.get("sensitive"),
        "language": options.get("language") or None,
        "idempotency_key": step.key,
    }


def _check_not_shown(
    client: Client, step: Step, account_id: str, refusal: Refusal
) -> None:
    """Raises OutcomeUnknown if a status shows the uploads that the server refuses.

    It says the same of media that are gone and of media that a status has: then an
    earlier try got through, and other uploads would make a second one.
    """
    if shows_its_uploads(client, step, account_id=account_id):
        raise OutcomeUnknown(
            "The server shows these media in a post already.",
            code="media_shown",
            http_status=refusal.status,
        )


def _refused(refusal: Refusal, client: Client, step: Step) -> PlatformError:
    """Why the server made no status of `step`, or that nobody knows whether it did."""
    error = error_of(refusal, visible=True)
    if error is not None:
        return error
    if refusal.status == NOT_FOUND:
        return _gone(step)
    if refusal.status in AMBIGUOUS and not is_about_content(refusal):
        # A dead token may be told so with these too. Then this raises.
        own_account(client)
    return rejected(refusal)


def _gone(step: Step) -> PlatformError:
    if step.reply_to is None:
        return not_mastodon()
    return ContentRejected(
        "The post that this one answers is gone.", http_status=NOT_FOUND
    )


def _is_status(answer: object) -> bool:
    return (
        isinstance(answer, dict)
        and identifier(answer.get("id")) != ""
        and bool(answer.get("uri") or answer.get("url"))
    )


def _ref_of(status: Mapping[str, Any]) -> RemoteRef:
    uri = printable(status.get("uri"))
    data = {"uri": uri}
    # Forks have levels of their own, which the library won't send for a reply.
    if status.get("visibility") in VISIBILITIES:
        data["visibility"] = status["visibility"]
    return RemoteRef(
        id=identifier(status["id"]),
        url=link(status.get("url")) or link(uri),
        data=data,
    )
