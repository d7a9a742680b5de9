"""Media on Bluesky: blobs of the PDS, and the video service on the same port."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from social_media.simulator.file_types import UNKNOWN
from social_media.simulator.intake import Stored
from social_media.simulator.networks.base import Refusal, Route, b64url, is_dead
from social_media.simulator.networks.bluesky_auth import (
    BLOB_BYTES,
    EXPIRED,
    MISSING,
    BlueskyAuth,
    xrpc_error,
)
from social_media.simulator.networks.bluesky_record import cid_of_bytes
from social_media.simulator.networks.media import MediaNetwork
from social_media.simulator.records import Account, Upload
from social_media.simulator.world import now

VIDEO_BYTES = 300_000_000
DAILY_VIDEOS, DAILY_BYTES = 25, 10_000_000_000
HOUR, MINUTE = 3600, 60
UPLOAD_BLOB = "com.atproto.repo.uploadBlob"
GET_LIMITS = "app.bsky.video.getUploadLimits"
#: What the real video service is called.
VIDEO_SERVICE = "did:web:video.bsky.app"

BAD_TOKEN = xrpc_error(401, "BadJwt", "Could not verify the service token")


class BlueskyMedia(BlueskyAuth, MediaNetwork):
    """com.atproto.repo.uploadBlob and app.bsky.video."""

    def media_routes(self) -> list[Route]:
        video = "/xrpc/app.bsky.video"
        service_auth = "/xrpc/com.atproto.server.getServiceAuth"
        return [
            Route("POST", f"/xrpc/{UPLOAD_BLOB}", self.upload_blob, "upload"),
            Route("GET", service_auth, self.service_auth),
            Route("POST", f"{video}.uploadVideo", self.upload_video, "upload"),
            Route("GET", f"{video}.getJobStatus", self.job_status, "media_status"),
            Route("GET", f"/xrpc/{GET_LIMITS}", self.upload_limits),
        ]

    def too_large(self, limit: int) -> Refusal:
        return xrpc_error(413, "PayloadTooLarge", "request entity too large")

    def processing(self, request: web.Request, operation: str) -> Refusal:
        upload = self._job(request.query.get("jobId", ""))
        working = {**_named(upload), "state": "JOB_STATE_ENCODING", "progress": 50}
        return Refusal(200, {"jobStatus": working})

    # The PDS

    async def upload_blob(self, request: web.Request) -> web.Response:
        """The same bytes give the same blob."""
        account = self.signed_in(request)
        if "Content-Type" not in request.headers:
            raise xrpc_error(400, "InvalidRequest", "Request encoding required")
        stored = await self.take_body(request, limit=BLOB_BYTES)
        upload = self._blob(account, stored, request.content_type)
        known = self._held(upload)
        if known is not None:
            upload = replace(upload, data=known.data, ready_at=known.ready_at)
        request["upload"] = upload = self.world.uploads.add(upload)
        return web.json_response({"blob": blob_document(upload)})

    def _blob(self, account: Account, stored: Stored, declared: str) -> Upload:
        """Its type is that of its bytes; as declared only if those tell nothing."""
        found = self.type_of(stored)
        upload = Upload(
            network=self.name,
            id=cid_of_bytes(stored.sha256),
            account_id=account.id,
            account=account.handle,
            received_at=now(),
            **stored._asdict(),
            **found._asdict(),
        )
        if found == UNKNOWN:
            upload.content_type = declared
        known = self.world.uploads.same(upload)
        if known is None:
            return upload
        # The file that is there already may be shown by posts.
        self.discard(stored)
        requests = known.requests + 1
        return replace(upload, key=known.key, post=known.post, requests=requests)

    def _held(self, upload: Upload) -> Upload | None:
        """The same blob, if the account has it already."""
        known = self.world.uploads.same(upload)
        return known if known and known.is_usable() else None

    async def service_auth(self, request: web.Request) -> web.Response:
        """A token for one method of one service, for a minute or as long as asked."""
        account = self.signed_in(request)
        query = request.query
        expires = query.get("exp", str(int(now()) + MINUTE))
        if "aud" not in query or not query["aud"].startswith("did:"):
            raise xrpc_error(400, "InvalidRequest", "Error: aud must be a valid did")
        if not expires.isdecimal() or int(expires) <= now():
            raise xrpc_error(400, "BadExpiration", "expiration is in past")
        longest = HOUR if "lxm" in query else MINUTE
        if int(expires) > now() + longest + 1:
            raise xrpc_error(400, "BadExpiration", "expiration is too far away")
        claims = {"iss": account.id, "aud": query["aud"], "exp": int(expires)}
        claims |= {"lxm": query.get("lxm"), "jti": secrets.token_hex(12)}
        head = {"typ": "JWT", "alg": "ES256K"}
        parts = [b64url(json.dumps(part).encode()) for part in (head, claims)]
        value = ".".join([*parts, b64url(secrets.token_bytes(64))])
        lifetime = int(expires) - now()
        self.issue(account, "service", value=value, lifetime=lifetime)
        return web.json_response({"token": value})

    # The video service

    def _served(self, request: web.Request, method: str, *services: str) -> Account:
        """Whose service token it is. Raises Refusal (401)."""
        if not request.headers.get("Authorization"):
            raise MISSING
        token = self.presented(request)
        if token is None or token.kind != "service":
            raise BAD_TOKEN
        if is_dead(token):
            raise EXPIRED
        claims = _claims(token.value)
        if claims["aud"] not in services:
            raise xrpc_error(401, "BadJwtAudience", "jwt audience does not match")
        if claims["lxm"] not in {method, None}:
            raise xrpc_error(401, "BadJwtLexiconMethod", "bad jwt lexicon method")
        return self.world.owner(token)

    @property
    def _own_names(self) -> list[str]:
        """did:web of this host; the port is written in more than one way."""
        host = urlsplit(self.url).hostname
        port = urlsplit(self.url).port
        return [f"did:web:{host}{end}" for end in ("", f":{port}", f"%3A{port}")]

    async def upload_video(self, request: web.Request) -> web.Response:
        """409 with the job there is for the same bytes, once they have come."""
        account = self._served(request, UPLOAD_BLOB, *self._own_names)
        self._check_video(request, account)
        stored = await self.take_body(request, limit=VIDEO_BYTES)
        upload = self._video(account, stored)
        known = self._held(upload)
        if known is None or "job" not in known.data:
            request["upload"] = upload = self.world.uploads.add(upload)
            return web.json_response({"jobStatus": _status(upload)})
        upload = replace(upload, ready_at=known.ready_at, data=known.data)
        status = _status(self.world.uploads.add(upload))
        words = {"error": "already_exists", "message": "Video already processed"}
        return web.json_response({**status, **words, "jobStatus": status}, status=409)

    def _check_video(self, request: web.Request, account: Account) -> None:
        if request.query.get("did") != account.id or not request.query.get("name"):
            raise xrpc_error(400, "InvalidRequest", "did and name are required")
        if request.content_type != "video/mp4":
            raise xrpc_error(400, "InvalidRequest", "Content-Type must be video/mp4")

    def _video(self, account: Account, stored: Stored) -> Upload:
        upload = self._blob(account, stored, "video/mp4")
        error = "" if upload.content_type == "video/mp4" and upload.kind else "not mp4"
        upload.ready_at = now() + self.processing_seconds
        upload.data = {"job": secrets.token_hex(10), "began": now()}
        return replace(upload, error=error, kind="video")

    async def job_status(self, request: web.Request) -> web.Response:
        """Public, as there."""
        upload = self._job(request.query.get("jobId", ""))
        return web.json_response({"jobStatus": _status(upload)})

    def _job(self, job_id: str) -> Upload:
        for upload in self.world.uploads.all(self.name):
            if upload.data.get("job") == job_id and not upload.is_forgotten:
                return upload
        raise xrpc_error(400, "InvalidRequest", "Job not found")

    async def upload_limits(self, request: web.Request) -> web.Response:
        account = self._served(request, GET_LIMITS, VIDEO_SERVICE, *self._own_names)
        today = [
            upload
            for upload in self.world.uploads.all(self.name, account.handle)
            if "job" in upload.data and upload.received_at > now() - 86_400
        ]
        videos = max(0, DAILY_VIDEOS - len(today))
        left = max(0, DAILY_BYTES - sum(upload.size for upload in today))
        body = {"canUpload": videos > 0 and left > 0, "remainingDailyVideos": videos}
        return web.json_response({**body, "remainingDailyBytes": left})


def blob_document(upload: Upload) -> dict[str, Any]:
    return {
        "$type": "blob",
        "ref": {"$link": upload.id},
        "mimeType": upload.content_type,
        "size": upload.size,
    }


def _named(upload: Upload) -> dict[str, Any]:
    return {"jobId": upload.data["job"], "did": upload.account_id}


def _status(upload: Upload) -> dict[str, Any]:
    """app.bsky.video.defs#jobStatus; its blob is there only at the end."""
    named = _named(upload)
    if upload.state == "failed":
        words = {"error": "validation_failure", "message": "Not a video that we know"}
        return {**named, "state": "JOB_STATE_FAILED", **words}
    if upload.state == "processing":
        began = upload.data["began"]
        done = (now() - began) / (upload.ready_at - began)
        state = "JOB_STATE_CREATED" if done < 1 / 4 else "JOB_STATE_ENCODING"
        return {**named, "state": state, "progress": int(done * 100)}
    done_state = {"state": "JOB_STATE_COMPLETED", "progress": 100}
    return {**named, **done_state, "blob": blob_document(upload)}


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    padded = part + "=" * (-len(part) % 4)
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return claims
