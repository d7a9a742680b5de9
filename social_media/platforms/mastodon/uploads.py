"""Uploading media to a server: one call, then waiting until it has processed them.

A handle: `id`; `ready` once it may be attached; `until`, when the server may throw it
away, for it keeps no media that no post shows. Not through Mastodon.py, which holds
the whole file in memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from social_media.platforms.base import Step
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    ContentRejected,
    PlatformError,
    Unavailable,
)
from social_media.platforms.handles import Handle, Handles, opened, upload_gone
from social_media.platforms.mastodon.answers import (
    AMBIGUOUS,
    FORBIDDEN,
    NOT_FOUND,
    UNPROCESSABLE,
    error_of,
    is_about_content,
    rejected,
)
from social_media.platforms.mastodon.client import Client, Refusal, json_of
from social_media.platforms.mastodon.sign_in import own_account
from social_media.platforms.mastodon.values import identifier
from social_media.platforms.media import MediaItem, Upload
from social_media.platforms.transport import Section, multipart, upload

_ACCEPTED, _PARTIAL = 202, 206
_CHECK = timedelta(seconds=3)
#: The page for uploads, and that of servers which know the older one only.
_PAGES = ("/api/v2/media", "/api/v1/media")
_NO_SUCH_PAGE = frozenset({404, 405, 501})
_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}


class Uploads:
    """The uploads of one step."""

    def __init__(self, client: Client, config: NetworkConfig, handles: Handles) -> None:
        self._client = client
        self._config = config
        self._handles = handles

    def bring(self, what: Upload) -> datetime | None:
        """As far as it gets now: when to ask again, None when it may be attached."""
        handle = self._handles.get(what.key)
        if handle is None or not self._handles.outlives_its_use(handle["until"]):
            handle = self._send(what)
        elif not handle["ready"]:
            handle["ready"] = self._is_processed(what, handle["id"])
            self._handles.save(what.key, handle)
        return None if handle["ready"] else datetime.now(UTC) + _CHECK

    def _send(self, what: Upload) -> Handle:
        for page in _PAGES:
            answer = self._posted(what, page)
            if answer.status_code not in _NO_SUCH_PAGE:
                break
        body = json_of(answer)
        known = identifier(body.get("id")) if isinstance(body, dict) else ""
        if not answer.is_success or not known:
            raise self._refused(self._client.refusal(answer))
        processing = answer.status_code == _ACCEPTED or not body.get("url")
        life = timedelta(hours=self._config.limits["media_hours"])
        handle: Handle = {
            "id": known,
            "ready": not processing,
            "until": (datetime.now(UTC) + life).isoformat(),
        }
        self._handles.save(what.key, handle)
        return handle

    def _posted(self, what: Upload, page: str) -> httpx.Response:
        facts = what.item.facts
        with opened(what, self._handles.keep_alive) as file:
            return upload(
                self._config,
                self._client.server + page,
                multipart(
                    Section(file, facts.size),
                    part="file",
                    file_name=f"media.{_EXTENSIONS.get(facts.content_type, 'bin')}",
                    content_type=facts.content_type,
                    fields=_fields_of(what.item),
                ),
                headers=self._client.authorization,
                keep_alive=self._handles.keep_alive,
            )

    def _is_processed(self, what: Upload, media_id: str) -> bool:
        try:
            status, _ = self._client.ask(f"/api/v1/media/{media_id}")
        except Refusal as refusal:
            if refusal.status in (NOT_FOUND, UNPROCESSABLE):
                self._handles.forget([what.key])
            raise self._failed(refusal) from refusal
        return status != _PARTIAL

    def _failed(self, refusal: Refusal) -> PlatformError:
        """What it means that the server doesn't say how far it is."""
        if refusal.status == NOT_FOUND:
            return upload_gone()
        if refusal.status == UNPROCESSABLE:
            reason = refusal.words or "it gave no reason"
            return ContentRejected(
                f"The server could not process the media: {reason}",
                code="processing_failed",
                http_status=refusal.status,
            )
        return self._refused(refusal)

    def _refused(self, refusal: Refusal) -> PlatformError:
        """Why the server doesn't take a file."""
        if refusal.status in _NO_SUCH_PAGE:
            return ContentRejected(
                "This server takes no media over its API.",
                code="no_media",
                http_status=refusal.status,
            )
        error = error_of(refusal, visible=False)
        if error is not None:
            return error
        if refusal.status in AMBIGUOUS and not is_about_content(refusal):
            own_account(self._client)  # a dead token may be told so: then this raises
        if refusal.status == FORBIDDEN:
            return Unavailable("The server takes no media from this account now.")
        return rejected(refusal)


def _fields_of(item: MediaItem) -> Mapping[str, str]:
    fields = {}
    if item.alt_text:
        fields["description"] = item.alt_text
    if item.focus is not None:
        fields["focus"] = ",".join(f"{value:.4f}" for value in item.focus)
    return fields


def keys_named(step: Step, words: str) -> list[str]:
    """The uploads whose ids the server names in `words`, all where it names none."""
    named = set(re.findall(r"\w+", words))
    known = step.checkpoint.get("uploads") or {}
    gone = [key for key, handle in known.items() if handle["id"] in named]
    return gone or list(known)
