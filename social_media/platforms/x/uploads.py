"""Uploading media to X: initialize, append chunk by chunk, finalize, wait, describe.

Images go the same way as videos, though X has a call of its own for them: one way to
resume and to fail is half the code of two, and costs two short calls that are made
ahead of time. A step's progress is its handle:

    id, media_key   X's names for it
    chunk, next     bytes of each segment, and the index of the first that X lacks
    closing         finalize was asked, so X may have done it though it refuses now
    processed       nothing is left to wait for
    done            the description stands too
    expires_at      when X forgets it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from social_media.enums import MediaKind
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    Unavailable,
)
from social_media.platforms.handles import Handle, Handles, opened, upload_gone
from social_media.platforms.media import Upload
from social_media.platforms.transport import Section, deadline, multipart, upload
from social_media.platforms.x.answers import (
    PERMISSION,
    Answer,
    body_of,
    error_of,
    read,
    succeeded,
)
from social_media.platforms.x.client import XClient

UPLOAD = "/2/media/upload"

DEFAULT_LIFE = timedelta(hours=24)
_MOST_SEGMENTS = 1000
_DEFAULT_CHECK = timedelta(seconds=5)
_LONGEST_CHECK = timedelta(minutes=10)

_CATEGORIES = {
    MediaKind.IMAGE: "tweet_image",
    MediaKind.GIF: "tweet_gif",
    MediaKind.VIDEO: "tweet_video",
}
#: X's words about an id that it doesn't know (any more).
_UNKNOWN_ID = re.compile(
    r"media[\s_-]*ids?\b.*\b(?:invalid|not found|unknown|expired|exist)"
    r"|\b(?:invalid|unknown|expired|no such)\b.*\bmedia[\s_-]*ids?\b",
    re.IGNORECASE | re.DOTALL,
)
_SCOPE = re.compile(r"\bscopes?\b|media\.write", re.IGNORECASE)


def is_about_gone_media(answer: Answer) -> bool:
    """Whether X refuses because it doesn't know a media id (any more)."""
    return (
        answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
        and _UNKNOWN_ID.search(answer.detail) is not None
    )


class Uploads:
    """The uploads of one step."""

    def __init__(
        self, client: XClient, config: NetworkConfig, handles: Handles
    ) -> None:
        self._client = client
        self._config = config
        self._handles = handles

    def bring(self, what: Upload) -> datetime | None:
        """As far as it gets now: when to ask X again, None when X has all of it."""
        handle = self._handles.get(what.key)
        if handle is None or not self._handles.outlives_its_use(handle["expires_at"]):
            handle = self._begin(what)
        if handle.get("done"):
            return None
        if not handle.get("processed"):
            again = self._carry_on(what, handle)
            if again is not None:
                return again
            handle["processed"] = True
            self._handles.save(what.key, handle)
        self._describe(what, handle)
        handle["done"] = True
        self._handles.save(what.key, handle)
        return None

    def _carry_on(self, what: Upload, handle: Handle) -> datetime | None:
        if handle.get("finalised"):
            return self._processing(what, self._status(what, handle))
        self._append_rest(what, handle)
        info = self._finalise(what, handle)
        handle["finalised"] = True
        self._handles.save(what.key, handle)
        return self._processing(what, info)

    def _begin(self, what: Upload) -> Handle:
        facts = what.item.facts
        data = self._ask(
            "initialize",
            json={
                "media_type": facts.content_type,
                "total_bytes": facts.size,
                "media_category": _CATEGORIES[facts.kind],
            },
        )
        if not str(data.get("id") or "").isdecimal():
            raise Unavailable("X did not say under which id it takes the upload.")
        chunk = max(
            self._config.limits["upload_chunk_bytes"], -(-facts.size // _MOST_SEGMENTS)
        )
        handle = {
            "id": str(data["id"]),
            "media_key": str(data.get("media_key") or ""),
            "chunk": chunk,
            "next": 0,
            "expires_at": _expiry(data.get("expires_after_secs")).isoformat(),
        }
        self._handles.save(what.key, handle)
        return handle

    def _append_rest(self, what: Upload, handle: Handle) -> None:
        size, chunk = what.item.facts.size, handle["chunk"]
        segments = -(-size // chunk)
        if handle["next"] >= segments:
            return
        with (
            deadline(self._config.upload_deadline),
            opened(what, self._handles.keep_alive) as file,
        ):
            while handle["next"] < segments:
                start = handle["next"] * chunk
                section = Section(file, min(chunk, size - start), start)
                self._append(what, handle, section)
                handle["next"] += 1
                self._handles.save(what.key, handle)

    def _append(self, what: Upload, handle: Handle, section: Section) -> None:
        url = f"{self._config.api_url}{UPLOAD}/{handle['id']}/append"
        body = multipart(
            section,
            part="media",
            file_name="media",
            content_type="application/octet-stream",
            fields={"segment_index": str(handle["next"])},
        )
        response = upload(
            self._config,
            url,
            body,
            headers={"Authorization": self._client.authorization("POST", url)},
            keep_alive=self._handles.keep_alive,
        )
        if not succeeded(response):
            raise self._failed(read(response), what)

    def _finalise(self, what: Upload, handle: Handle) -> Mapping[str, Any]:
        asked_before = handle.get("closing", False)
        handle["closing"] = True
        self._handles.save(what.key, handle)
        try:
            return self._ask(f"{handle['id']}/finalize", what)
        except ContentRejected:
            if not asked_before:
                raise
            # Its answer was lost: X may refuse what it has closed already.
            return self._status(what, handle)

    def _status(self, what: Upload, handle: Handle) -> Mapping[str, Any]:
        query = {"command": "STATUS", "media_id": handle["id"]}
        response = self._client.request(
            "GET", UPLOAD, params=query, user_auth=self._client.signs
        )
        if not succeeded(response):
            raise self._failed(read(response), what)
        return _data_in(body_of(response))

    def _processing(self, what: Upload, data: Mapping[str, Any]) -> datetime | None:
        """When to ask again, None if X is done. Raises when it never will be."""
        info = data.get("processing_info")
        state = info.get("state") if isinstance(info, dict) else "succeeded"
        if state == "succeeded":
            return None
        if not isinstance(info, dict) or state != "failed":
            return datetime.now(UTC) + _check_after(info)
        self._handles.forget([what.key])
        raise _processing_failed(info.get("error"))

    def _describe(self, what: Upload, handle: Handle) -> None:
        """Said twice, it stands once."""
        text = what.item.alt_text
        if not text or what.item.facts.kind != MediaKind.IMAGE:
            return
        said = {"id": handle["id"], "metadata": {"alt_text": {"text": text}}}
        response = self._client.request(
            "POST", "/2/media/metadata", json=said, user_auth=self._client.signs
        )
        if not succeeded(response):
            raise self._failed(read(response), what)

    def _ask(
        self, path: str, what: Upload | None = None, json: Any = None
    ) -> Mapping[str, Any]:
        response = self._client.request(
            "POST", f"{UPLOAD}/{path}", json=json, user_auth=self._client.signs
        )
        if not succeeded(response):
            raise self._failed(read(response), what)
        return _data_in(body_of(response))

    def _failed(self, answer: Answer, what: Upload | None) -> PlatformError:
        """What a refusal means; forgets an id that X doesn't know (any more)."""
        unknown = answer.status == HTTPStatus.NOT_FOUND or is_about_gone_media(answer)
        if what is not None and unknown:
            self._handles.forget([what.key])
            return upload_gone()
        return _upload_error(answer)


def _upload_error(answer: Answer) -> PlatformError:
    error = error_of(answer, visible=False)
    forbidden = answer.status == HTTPStatus.FORBIDDEN
    if forbidden and (answer.kind in PERMISSION or _SCOPE.search(answer.detail)):
        return AuthenticationFailed(
            "The connection lacks the permission to upload media. Connect the account "
            f"again with the scope media.write. {answer.words}",
            code="scope",
            http_status=answer.status,
        )
    if isinstance(error, OutcomeUnknown):  # an upload publishes nothing
        return Unavailable(error.message, http_status=answer.status)
    return error


def _processing_failed(error: Any) -> PlatformError:
    told = error if isinstance(error, dict) else {}
    name, words = str(told.get("name") or ""), str(told.get("message") or "")
    if "internal" in name.casefold():
        return Unavailable("X failed to process the media. They are uploaded again.")
    reason = words or name or "it gave no reason"
    return ContentRejected(
        f"X could not process the media: {reason[:300]}", code="processing_failed"
    )


def _data_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _check_after(info: Any) -> timedelta:
    seconds = info.get("check_after_secs") if isinstance(info, dict) else None
    if isinstance(seconds, int) and seconds > 0:
        return min(timedelta(seconds=min(seconds, 86_400)), _LONGEST_CHECK)
    return _DEFAULT_CHECK


def _expiry(seconds: Any) -> datetime:
    known = isinstance(seconds, int) and 0 < seconds <= DEFAULT_LIFE.total_seconds()
    life = timedelta(seconds=seconds) if known else DEFAULT_LIFE
    return datetime.now(UTC) + life
