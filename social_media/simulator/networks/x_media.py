"""Media on X: uploaded in one piece or in chunks, then processed and described."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from aiohttp import web

from social_media.simulator.file_types import FileType
from social_media.simulator.intake import Stored
from social_media.simulator.networks.base import Addresses, Refusal, Route, json_object
from social_media.simulator.networks.media import MediaNetwork
from social_media.simulator.networks.snowflake import Snowflakes
from social_media.simulator.networks.x_auth import XAuth
from social_media.simulator.networks.x_errors import invalid, invalid_media
from social_media.simulator.records import Account, Upload
from social_media.simulator.world import World, now

#: Milliseconds of X's own epoch, 2010-11-04.
EPOCH_MS = 1_288_834_974_657
MEGABYTE = 1024 * 1024
CHUNK_BYTES = 5 * MEGABYTE
MAX_SEGMENT = 999
MAX_ALT_TEXT = 1000
LIFETIME = 86_400
MAX_ITEMS = 4


class Category(NamedTuple):
    """What X expects of one `media_category`."""

    kind: str
    limit: int
    types: frozenset[str]
    prefix: int


_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_VIDEOS = frozenset({"video/mp4", "video/quicktime", "video/webm"})
CATEGORIES = {
    "tweet_image": Category("image", 5 * MEGABYTE, _IMAGES, 3),
    "tweet_gif": Category("gif", 15 * MEGABYTE, frozenset({"image/gif"}), 16),
    "tweet_video": Category("video", 512 * MEGABYTE, _VIDEOS, 13),
}


class XMedia(XAuth, MediaNetwork):
    """/2/media."""

    def __init__(self, world: World, addresses: Addresses) -> None:
        super().__init__(world, addresses)
        self.ids = Snowflakes(epoch_ms=EPOCH_MS, shift=22)

    def media_routes(self) -> list[Route]:
        upload = "/2/media/upload"
        return [
            Route("POST", upload, self.upload_at_once, "upload"),
            Route("POST", f"{upload}/initialize", self.initialize, "upload"),
            Route("POST", f"{upload}/{{id}}/append", self.append, "upload"),
            Route("POST", f"{upload}/{{id}}/finalize", self.finalize, "upload"),
            Route("GET", upload, self.media_status, "media_status"),
            Route("POST", "/2/media/metadata", self.metadata, "upload"),
        ]

    def too_large(self, limit: int) -> Refusal:
        return invalid(f"File size exceeds {limit} bytes.")

    def processing(self, request: web.Request, operation: str) -> Refusal:
        upload = self._known(self.signed_in(request), request.query.get("media_id", ""))
        working = {"state": "in_progress", "check_after_secs": 1}
        return Refusal(200, {"data": {**_named(upload), "processing_info": working}})

    # Uploading

    async def upload_at_once(self, request: web.Request) -> web.Response:
        """Pictures only: what must be processed comes in chunks."""
        account = self.signed_in(request)
        form = await self.take_form(request, "media", limit=5 * MEGABYTE)
        if form.file is None:
            raise invalid("media: is missing but it is required")
        category = form.fields.get("media_category", "tweet_image")
        found = self.type_of(form.file)
        if category != "tweet_image" or found.content_type not in _IMAGES:
            self.discard(form.file)
            raise invalid("Media type unrecognized.")
        upload = self._new(account, category, found.content_type)
        upload = self._complete(upload, form.file, found)
        request["upload"] = upload
        return web.json_response({"data": _document(upload)})

    async def initialize(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        body = await json_object(request) or {}
        category, total = body.get("media_category"), body.get("total_bytes")
        if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
            raise invalid("$.total_bytes: must have a minimum value of 1")
        upload = self._new(account, category, body.get("media_type"))
        known = CATEGORIES[upload.data["category"]]
        if upload.content_type not in known.types:
            raise invalid("$.media_type: does not have a value in the enumeration")
        limit = known.limit
        if known.kind == "video":
            limit = account.settings.get("max_video_bytes", limit)
        if total > limit:
            raise self.too_large(limit)
        upload.data |= {"total": total, "segments": {}}
        upload = self.world.uploads.put(upload)
        return web.json_response({"data": _named(upload)})

    async def append(self, request: web.Request) -> web.Response:
        """Segments in any order; one that comes again replaces what it was."""
        self._open(request)
        form = await self.take_form(request, "media", limit=CHUNK_BYTES)
        if form.file is None:
            raise invalid("media: is missing but it is required")
        try:
            index = _segment_index(form.fields)
            upload = self._open(request)  # it may have been finalized meanwhile
        except Refusal:
            self.discard(form.file)
            raise
        self._add_segment(upload, index, form.file)
        expires = int(upload.expires_at or 0)
        return web.json_response({"data": {"expires_at": expires}})

    def _add_segment(self, upload: Upload, index: str, stored: Stored) -> None:
        replaced = upload.data["segments"].get(index)
        if replaced:
            self.world.uploads.intake.discard(replaced["key"])
        segment = {"key": stored.key, "size": stored.size}
        segments = upload.data["segments"] | {index: segment}
        self.world.uploads.put(
            upload,
            requests=upload.requests + 1,
            size=sum(each["size"] for each in segments.values()),
            data=upload.data | {"segments": segments},
        )

    async def finalize(self, request: web.Request) -> web.Response:
        """A second time it says how far it is."""
        upload = self._known(self.signed_in(request), request.match_info["id"])
        if upload.is_whole:
            return web.json_response({"data": _document(upload)})
        upload = self._open(request)
        segments = upload.data["segments"]
        order = [str(index) for index in range(len(segments))]
        if upload.size != upload.data["total"] or set(order) != set(segments):
            raise invalid("Segments do not add up to provided total file size.")
        keys = [segments[index]["key"] for index in order]
        # Nobody may append or join meanwhile.
        upload = self.world.uploads.put(
            upload, data=upload.data | {"segments": {}, "joined": len(keys)}
        )
        stored = await self.world.uploads.intake.join(keys)
        upload = self._finish(upload, stored)
        return web.json_response({"data": _document(upload)})

    def _finish(self, upload: Upload, stored: Stored) -> Upload:
        """Pictures are looked at now, all else while it is processed."""
        found = self.type_of(stored)
        if found.content_type == upload.content_type and _fits(upload, found):
            return self._complete(upload, stored, found)
        if upload.data["category"] == "tweet_image":
            self.discard(stored)
            self.world.uploads.drop(upload)
            raise invalid("Media type unrecognized.")
        return self._complete(upload, stored, found, error="InvalidMedia")

    def _complete(
        self, upload: Upload, stored: Stored, found: FileType, *, error: str = ""
    ) -> Upload:
        moment = now()
        wait = 0.0 if upload.kind == "image" else self.processing_seconds
        whole = replace(
            upload,
            **stored._asdict(),
            requests=max(1, upload.requests),
            content_type=found.content_type,
            width=found.width,
            height=found.height,
            ready_at=moment + wait,
            expires_at=moment + LIFETIME,
            error=error,
        )
        return self.world.uploads.add(whole)

    def _new(self, account: Account, category: Any, media_type: Any) -> Upload:
        if category not in CATEGORIES:
            raise invalid("$.media_category: does not have a value in the enumeration")
        upload_id = self.ids.next()
        key = f"{CATEGORIES[category].prefix}_{upload_id}"
        return Upload(
            network=self.name,
            id=upload_id,
            account_id=account.id,
            account=account.handle,
            received_at=now(),
            kind=CATEGORIES[category].kind,
            content_type=str(media_type or ""),
            expires_at=now() + LIFETIME,
            requests=0,
            data={"category": category, "media_key": key},
        )

    def _known(self, account: Account, upload_id: str) -> Upload:
        upload = self.world.uploads.get(account, upload_id)
        if upload is None or upload.state == "expired":
            raise invalid_media(upload_id)
        return upload

    def _open(self, request: web.Request) -> Upload:
        """The upload of the path, which may still grow."""
        upload = self._known(self.signed_in(request), request.match_info["id"])
        if upload.is_whole or "joined" in upload.data:
            raise invalid("Media upload has already been finalized.")
        return upload

    # Afterwards

    async def media_status(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        if request.query.get("command") != "STATUS":
            raise invalid("command: does not have a value in the enumeration [STATUS]")
        upload = self._known(account, request.query.get("media_id", ""))
        if not upload.is_whole:
            raise invalid_media(upload.id)
        return web.json_response({"data": _document(upload)})

    async def metadata(self, request: web.Request) -> web.Response:
        """Alt text, of pictures and animated GIFs."""
        account = self.signed_in(request)
        body = await json_object(request) or {}
        try:
            text = body["metadata"]["alt_text"]["text"]
            upload = self._known(account, str(body["id"]))
        except (KeyError, TypeError):
            raise invalid("$.metadata: is missing but it is required") from None
        if not isinstance(text, str) or not 1 <= len(text) <= MAX_ALT_TEXT:
            raise invalid(f"$.metadata.alt_text.text: 1 to {MAX_ALT_TEXT} characters")
        if upload.kind == "video" or not upload.is_whole:
            raise invalid_media(upload.id)
        self.world.uploads.put(upload, alt_text=text)
        associated = {"id": upload.id, "associated_metadata": body["metadata"]}
        return web.json_response({"data": associated})

    def attached(self, account: Account, body: Mapping[str, Any]) -> list[Upload]:
        """The uploads that a post asks for, in its order. Raises Refusal (400)."""
        media = body.get("media")
        if media is None:
            return []
        ids = media.get("media_ids") if isinstance(media, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_ITEMS:
            raise invalid(f"$.media.media_ids: must have 1 to {MAX_ITEMS} items")
        found = [self.world.uploads.get(account, str(each)) for each in ids]
        uploads = [each for each in found if each and each.state == "ready"]
        alone = len(uploads) == 1 or all(each.kind == "image" for each in uploads)
        if len(uploads) != len(ids) or len({*map(str, ids)}) != len(ids) or not alone:
            raise invalid_media(*map(str, ids))
        return uploads


def _segment_index(fields: Mapping[str, str]) -> str:
    index = fields.get("segment_index", "")
    if not index.isdecimal() or int(index) > MAX_SEGMENT:
        raise invalid(f"segment_index: must be from 0 to {MAX_SEGMENT}")
    return str(int(index))


def _fits(upload: Upload, found: FileType) -> bool:
    # A GIF that doesn't move is a picture that X turns into a video all the same.
    return found.kind == upload.kind or upload.kind != "video"


def _named(upload: Upload) -> dict[str, Any]:
    left = max(0, int((upload.expires_at or 0) - now()))
    named = {"id": upload.id, "media_key": upload.data["media_key"]}
    return {**named, "expires_after_secs": left}


def _document(upload: Upload) -> dict[str, Any]:
    document = {**_named(upload), "size": upload.size}
    if upload.kind == "image":
        image = {"image_type": upload.content_type, "w": upload.width}
        return {**document, "image": {**image, "h": upload.height}}
    return {**document, "processing_info": _progress(upload)}


def _progress(upload: Upload) -> dict[str, Any]:
    """How far X is with a video or a GIF."""
    if upload.state == "failed":
        error = {"code": 1, "name": upload.error, "message": "Unsupported media"}
        return {"state": "failed", "progress_percent": 100, "error": error}
    left = upload.ready_at - now()
    if left <= 0:
        return {"state": "succeeded", "progress_percent": 100}
    began = (upload.expires_at or 0) - LIFETIME
    done = (now() - began) / (upload.ready_at - began)
    # At first, and in the answer to finalize, it waits for its turn.
    state = "pending" if done < 1 / 4 else "in_progress"
    wait = max(1, math.ceil(min(left, 5)))
    percent = int(done * 100)
    return {"state": state, "check_after_secs": wait, "progress_percent": percent}
