"""Uploading media: blobs to the account's own server, videos through Bluesky's service.

A handle has `blob` once it can be shown; before that `job`, the service's name of its
work on a video. `until` is when the server may throw the blob away, for it keeps none
that no post shows. `service` says that the service made it. `direct` says that the
service's result is lost, or may be: then the video goes to the account's server itself,
which knows no work that is done already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from atproto_client import models

from social_media.enums import MediaKind
from social_media.platforms.base import Credentials
from social_media.platforms.bluesky.failures import answered_with
from social_media.platforms.bluesky.xrpc import Xrpc, bearer, signed
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    PlatformError,
    Unavailable,
)
from social_media.platforms.handles import Handle, Handles, opened, upload_gone
from social_media.platforms.media import Upload
from social_media.platforms.transport import Section, raw, upload

_UPLOAD_BLOB = "com.atproto.repo.uploadBlob"
#: How long the service may write to the account's server: half an hour at most. It
#: does so once it has processed the video, so no shorter either.
_SERVICE_LIFE = timedelta(minutes=29)
_CHECK = timedelta(seconds=3)
_DONE, _FAILED = "JOB_STATE_COMPLETED", "JOB_STATE_FAILED"
#: Failures that are no fault of the video.
_PASSING = frozenset({"pds_upload_failure", "generic_failure"})
_LONGEST_WORDS = 300


class Uploads:
    """The uploads of one step; `stands` asks the server whether its post is there."""

    def __init__(
        self,
        xrpc: Xrpc,
        credentials: Credentials,
        handles: Handles,
        stands: Callable[[], bool],
    ) -> None:
        self._xrpc = xrpc
        self._stands = stands
        self._config = xrpc.config
        self._credentials = credentials
        self._handles = handles

    def bring(self, what: Upload) -> datetime | None:
        """As far as it gets now: when to ask again, None when it can be shown."""
        handle = self._handles.get(what.key) or {}
        if "blob" in handle:
            if not self._is_kept(handle):
                self._send_again(what, handle)
            return None
        if "job" in handle:
            again = self._note(what, self._job(what, handle["job"]), handle)
            # What was done long ago may be gone by now.
            return again or self.bring(what)
        if self._by_service(what) and "direct" not in handle:
            return self._note(what, self._send_video(what), handle)
        self._send_directly(what)
        return None

    def _by_service(self, what: Upload) -> bool:
        return what.item.facts.kind != MediaKind.IMAGE and bool(self._config.video_url)

    def _is_kept(self, handle: Handle) -> bool:
        """Whether the blob is there when the post appears.

        A post keeps its blobs, also one whose answer was lost: repeating it has to
        write the same record, and the service's blob of a video may be another one
        than that of its bytes.
        """
        return self._handles.outlives_its_use(handle["until"]) or self._stands()

    def _send_again(self, what: Upload, handle: Handle) -> None:
        try:
            self._send_directly(what)
        except ContentRejected:
            if "service" not in handle:
                raise
            # The server itself takes no such video: the service's may still be there.
            self._handles.save(what.key, handle | {"until": self._life_from_now()})

    def _send_directly(self, what: Upload) -> None:
        blob = self._send_blob(what)
        handle: Handle = {"blob": blob, "until": self._life_from_now()}
        if self._by_service(what):
            handle["direct"] = True
        self._handles.save(what.key, handle)

    def _life_from_now(self) -> str:
        life = timedelta(hours=self._config.limits["blob_hours"])
        return (datetime.now(UTC) + life).isoformat()

    def forget(self, media: Iterable[Upload]) -> None:
        """The server doesn't have a blob any more, and doesn't say which."""
        for what in media:
            handle = self._handles.get(what.key) or {}
            if "service" in handle or "direct" in handle:
                self._handles.save(what.key, {"direct": True})
            else:
                self._handles.forget([what.key])

    def _send_blob(self, what: Upload) -> dict[str, Any]:
        server = self._credentials.server or self._config.api_url
        url = f"{server}/xrpc/{_UPLOAD_BLOB}"
        answer = self._sent(what, url, signed(self._credentials))
        if not answer.is_success:
            raise answered_with(answer, now=datetime.now(UTC))
        blob = _blob_in(_json_of(answer))
        if blob is None:
            raise Unavailable("The server did not say how it names the upload.")
        return blob

    def _send_video(self, what: Upload) -> Mapping[str, Any]:
        """Hand a video to the service: the state of its job."""
        query = urlencode(
            {
                "did": self._credentials.remote_id,
                "name": f"{what.item.facts.sha256[:32]}.mp4",
            }
        )
        url = f"{self._config.video_url}/xrpc/app.bsky.video.uploadVideo?{query}"
        answer = self._sent(what, url, bearer(self._service_token()))
        state = _state_in(_json_of(answer))
        # A conflict is no failure: the service has this video and names its job.
        has_it = answer.status_code == HTTPStatus.CONFLICT and _is_usable(state)
        if not answer.is_success and not has_it:
            raise _service_error(answer)
        if not _is_usable(state):
            raise Unavailable("Bluesky's video service did not say what it does.")
        return state

    def _service_token(self) -> str:
        """Lets the service write one blob for us. Used at once, never stored."""
        server = self._credentials.server or self._config.api_url
        ends = datetime.now(UTC) + _SERVICE_LIFE
        params = models.ComAtprotoServerGetServiceAuth.Params(
            aud=_did_of(server), lxm=_UPLOAD_BLOB, exp=int(ends.timestamp())
        )
        headers = signed(self._credentials)
        with self._xrpc.calling(server) as client:
            answer = client.com.atproto.server.get_service_auth(params, headers=headers)
        token: str = answer.token
        return token

    def _sent(
        self, what: Upload, url: str, headers: Mapping[str, str]
    ) -> httpx.Response:
        facts = what.item.facts
        with opened(what, self._handles.keep_alive) as file:
            return upload(
                self._config,
                url,
                raw(Section(file, facts.size), facts.content_type),
                headers=headers,
                keep_alive=self._handles.keep_alive,
            )

    def _job(self, what: Upload, job: str) -> Mapping[str, Any]:
        """The state of the service's work. Anybody may ask: no token goes there."""
        params = models.AppBskyVideoGetJobStatus.Params(job_id=job)
        try:
            with self._xrpc.calling(self._config.video_url) as client:
                answer = client.app.bsky.video.get_job_status(params)
        except ContentRejected as error:
            self._handles.forget([what.key])
            raise upload_gone() from error
        told: dict[str, Any] = answer.job_status.model_dump(by_alias=True, mode="json")
        return told

    def _note(
        self, what: Upload, state: Mapping[str, Any], before: Handle
    ) -> datetime | None:
        """Keep what the service says: when to ask again, None when it is done."""
        blob, until = _blob_in(state), self._life_from_now()
        if blob is not None:
            # It is younger than the last answer that there was none yet.
            until = before.get("until", until)
            made = {"blob": blob, "service": True, "until": until}
            self._handles.save(what.key, made)
            return None
        if state.get("state") == _FAILED:
            self._handles.forget([what.key])
            raise _processing_failed(state)
        self._handles.save(what.key, {"job": str(state["jobId"]), "until": until})
        return datetime.now(UTC) + _CHECK


def blob_of(handle: Handle) -> dict[str, Any]:
    """The blob that a record names. Raises `upload_gone` while there is none."""
    if "blob" not in handle:
        raise upload_gone()
    found: dict[str, Any] = handle["blob"]
    return found


def _json_of(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _state_in(body: Any) -> Mapping[str, Any]:
    """The job's state, which the service gives bare and the lexicon wrapped."""
    found = body.get("jobStatus", body) if isinstance(body, dict) else {}
    return found if isinstance(found, dict) else {}


def _is_usable(state: Mapping[str, Any]) -> bool:
    return bool(state.get("jobId")) or _blob_in(state) is not None


def _blob_in(body: Any) -> dict[str, Any] | None:
    """The blob that an answer names, written one way whichever way it came."""
    blob = body.get("blob") if isinstance(body, dict) else None
    ref = blob.get("ref") if isinstance(blob, dict) else None
    link = (ref.get("$link") or ref.get("link")) if isinstance(ref, dict) else None
    if not isinstance(blob, dict) or not link:
        return None
    return {
        "$type": "blob",
        "ref": {"$link": str(link)},
        "mimeType": str(blob.get("mimeType") or blob.get("mime_type") or ""),
        "size": int(blob.get("size") or 0),
    }


def _did_of(server: str) -> str:
    """The DID of a server by its host; a port is part of it, its colon written out."""
    parts = urlsplit(server)
    port = f"%3A{parts.port}" if parts.port else ""
    return f"did:web:{parts.hostname}{port}"


def _service_error(answer: httpx.Response) -> PlatformError:
    error = answered_with(answer, now=datetime.now(UTC))
    if not isinstance(error, AuthenticationFailed):
        return error
    # The account's server has just signed the token: it is the account that the service
    # doesn't take (its e-mail address is not confirmed), and text still goes out.
    said = _state_in(_json_of(answer))
    reason = str(said.get("message") or said.get("error") or "it gave no reason")
    return ContentRejected(
        "Bluesky takes no video from this account: "
        f"{reason[:_LONGEST_WORDS]}. Is its e-mail address confirmed?",
        code="no_videos",
        http_status=answer.status_code,
    )


def _processing_failed(state: Mapping[str, Any]) -> PlatformError:
    code = str(state.get("failureCode") or "")
    reason = str(state.get("message") or state.get("error") or code)
    words = f"Bluesky could not process the video: {reason or 'it gave no reason'}"
    if code in _PASSING:
        return Unavailable(words[:_LONGEST_WORDS], code="processing_failed")
    return ContentRejected(words[:_LONGEST_WORDS], code="processing_failed")
