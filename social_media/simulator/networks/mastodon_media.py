"""Media attachments of a server that speaks Mastodon's API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from social_media.simulator.file_types import FileType
from social_media.simulator.intake import Stored
from social_media.simulator.limits import Window
from social_media.simulator.networks.base import Refusal, Route, json_object
from social_media.simulator.networks.mastodon_documents import (
    IMAGE_BYTES,
    IMAGE_PIXELS,
    IMAGE_TYPES,
    MAX_DESCRIPTION,
    MAX_MEDIA,
    VIDEO_BYTES,
    VIDEO_PIXELS,
    VIDEO_TYPES,
    attachment_document,
)
from social_media.simulator.networks.mastodon_server import MastodonServer, refusal
from social_media.simulator.networks.media import MediaNetwork
from social_media.simulator.records import Account, Post, Upload
from social_media.simulator.world import now

UPLOADS = Window("media", 30, 1800)
NOT_READY = (
    "Cannot attach files that have not finished processing. Try again in a moment!"
)
MIXED = "Cannot attach a video to a post that already contains images"
_FOCUS = re.compile(r"-?(?:[01](?:\.\d*)?|\.\d+),\s*-?(?:[01](?:\.\d*)?|\.\d+)")


class MastodonMedia(MastodonServer, MediaNetwork):
    """/api/v1/media and /api/v2/media."""

    def media_routes(self) -> list[Route]:
        return [
            Route("POST", "/api/v2/media", self.upload_media, "upload"),
            *self.old_media_routes(),
        ]

    def old_media_routes(self) -> list[Route]:
        media = "/api/v1/media"
        return [
            Route("POST", media, self.upload_media_v1, "upload"),
            Route("GET", f"{media}/{{id}}", self.media_status, "media_status"),
            Route("PUT", f"{media}/{{id}}", self.describe_media, "upload"),
        ]

    def window(self, request: web.Request, operation: str) -> Window:
        return UPLOADS if operation == "upload" else self.limit

    def too_large(self, limit: int) -> Refusal:
        megabytes = limit // (1024 * 1024)
        return refusal(
            422, f"Validation failed: File file size must be less than {megabytes} MB"
        )

    def processing(self, request: web.Request, operation: str) -> Refusal:
        if operation != "media_status":
            return refusal(422, NOT_READY)
        upload = self._unattached(request)
        return Refusal(206, attachment_document(upload, None))

    # Endpoints

    async def upload_media(self, request: web.Request) -> web.Response:
        """Pictures are ready at once; the rest is worked on."""
        upload = await self._upload(request, self.processing_seconds)
        ready = upload.kind == "image"
        url = self.address(upload) if ready else None
        body = attachment_document(upload, url)
        return web.json_response(body, status=200 if ready else 202)

    async def upload_media_v1(self, request: web.Request) -> web.Response:
        """The older one answers when everything is done."""
        upload = await self._upload(request, 0)
        return web.json_response(attachment_document(upload, self.address(upload)))

    async def media_status(self, request: web.Request) -> web.Response:
        upload = self._unattached(request)
        if upload.state == "failed":
            raise refusal(422, "Error processing thumbnail for uploaded media")
        ready = upload.state == "ready"
        url = self.address(upload) if ready else None
        body = attachment_document(upload, url)
        return web.json_response(body, status=200 if ready else 206)

    async def describe_media(self, request: web.Request) -> web.Response:
        """Only as long as no status has it."""
        upload = self._unattached(request)
        if request.content_type == "application/json":
            given: Mapping[str, Any] = await json_object(request) or {}
        else:
            given = await request.post()
        described = _described(given)
        upload = self.world.uploads.put(self._unattached(request), **described)
        url = self.address(upload) if upload.state == "ready" else None
        return web.json_response(attachment_document(upload, url))

    def _unattached(self, request: web.Request) -> Upload:
        account = self.signed_in(request)
        upload = self.world.uploads.get(account, request.match_info["id"])
        if upload is None or upload.state == "expired" or upload.post is not None:
            raise self.error(404)
        return upload

    async def _upload(self, request: web.Request, seconds: float) -> Upload:
        account = self.signed_in(request)
        form = await self.take_form(request, "file", limit=VIDEO_BYTES)
        if form.file is None:
            raise _invalid("File can't be blank")
        try:
            described = _described(form.fields)
            upload = self._checked(account, form.file)
        except Refusal:
            self.discard(form.file)
            raise
        wait = 0.0 if upload.kind == "image" else seconds
        upload = replace(upload, ready_at=now() + wait, **described)
        request["upload"] = upload = self.world.uploads.add(upload)
        return upload

    def _checked(self, account: Account, stored: Stored) -> Upload:
        found = self.type_of(stored)
        _check_type(found)
        limit = VIDEO_BYTES if found.kind == "video" else IMAGE_BYTES
        if stored.size > limit:
            raise self.too_large(limit)
        return Upload(
            network=self.name,
            id=self.ids.next(),
            account_id=account.id,
            account=account.handle,
            received_at=now(),
            **stored._asdict(),
            **found._asdict(),
            is_single_use=True,
        )

    def attached(self, account: Account, media_ids: Sequence[str]) -> list[Upload]:
        """The uploads that a status asks for, in its order. Raises Refusal (422)."""
        if len(media_ids) > MAX_MEDIA:
            raise refusal(422, f"Cannot attach more than {MAX_MEDIA} files")
        known = {each: self.world.uploads.get(account, each) for each in media_ids}
        uploads = [each for each in known.values() if each and _is_there(each)]
        missing = [name for name, each in known.items() if each not in uploads]
        if missing:
            ids = ", ".join(missing)
            raise refusal(
                422, f"Media {ids} not found or already attached to another post"
            )
        if len(uploads) > 1 and any(each.kind != "image" for each in uploads):
            raise refusal(422, MIXED)
        if any(each.state != "ready" for each in uploads):
            raise refusal(422, NOT_READY)
        return uploads

    def release(self, account: Account, post: Post) -> None:
        """The media of a status that is gone may be attached to another one."""
        for each in post.data.get("media", ()):
            upload = self.world.uploads.get(account, each["id"])
            if upload is not None:
                self.world.uploads.put(upload, post=None)


def _is_there(upload: Upload) -> bool:
    return upload.post is None and upload.state != "expired"


def _check_type(found: FileType) -> None:
    if found.content_type not in {*IMAGE_TYPES, *VIDEO_TYPES}:
        raise _invalid("File content type is invalid, File is invalid")
    limit = IMAGE_PIXELS if found.kind == "image" else VIDEO_PIXELS
    if found.width and found.height and found.width * found.height > limit:
        kind = "GIF files" if found.kind == "gif" else "images"
        raise _invalid(f"File {found.width}x{found.height} {kind} are not supported")


def _described(given: Mapping[str, Any]) -> dict[str, Any]:
    """The description and focus of a request, if it has them. Raises Refusal (422)."""
    described: dict[str, Any] = {}
    text, focus = given.get("description"), given.get("focus")
    if text is not None:
        if len(str(text)) > MAX_DESCRIPTION:
            longest = f"maximum is {MAX_DESCRIPTION} characters"
            raise _invalid(f"Description is too long ({longest})")
        described["alt_text"] = str(text)
    if focus:
        if not _FOCUS.fullmatch(str(focus)):
            raise _invalid("Focus is invalid")
        described["focus"] = str(focus)
    return described


def _invalid(problem: str) -> Refusal:
    return refusal(422, f"Validation failed: {problem}")
