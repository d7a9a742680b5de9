"""Bluesky: a PDS (personal data server) and as much of its AppView as is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple

from aiohttp import web

from social_media.simulator.limits import Window
from social_media.simulator.networks.base import Refusal, Route, json_object
from social_media.simulator.networks.bluesky_auth import (
    CREATE_SESSION,
    EXPIRED,
    xrpc_error,
)
from social_media.simulator.networks.bluesky_embed import attached
from social_media.simulator.networks.bluesky_media import BlueskyMedia
from social_media.simulator.networks.bluesky_record import (
    POST,
    check_record,
    cid_of,
    new_tid,
)
from social_media.simulator.networks.media import entry
from social_media.simulator.records import Account, Post
from social_media.simulator.world import now

WRITES = Window("writes", 5000, 3600)
DEFAULT_PAGE, MAX_PAGE = 50, 100


class _Place(NamedTuple):
    """Where a record lives."""

    account: Account
    collection: str
    rkey: str

    @property
    def uri(self) -> str:
        return f"at://{self.account.id}/{self.collection}/{self.rkey}"


class Bluesky(BlueskyMedia):
    """com.atproto.repo: records by collection and key."""

    name: ClassVar[str] = "bluesky"
    title: ClassVar[str] = "Bluesky"
    limit: ClassVar[Window] = Window("requests", 3000, 300)

    def routes(self) -> list[Route]:
        server, repo = "/xrpc/com.atproto.server", "/xrpc/com.atproto.repo"
        identity = "/xrpc/com.atproto.identity"
        return [
            Route("POST", CREATE_SESSION, self.create_session, "refresh"),
            Route("POST", f"{server}.refreshSession", self.refresh_session, "refresh"),
            Route("GET", f"{server}.getSession", self.get_session),
            Route("POST", f"{server}.deleteSession", self.delete_session),
            Route("GET", f"{server}.describeServer", self.describe_server),
            Route("GET", f"{identity}.resolveHandle", self.resolve_handle),
            Route("GET", "/xrpc/app.bsky.actor.getProfile", self.get_profile),
            Route("POST", f"{repo}.putRecord", self.put, "publish"),
            Route("POST", f"{repo}.createRecord", self.create, "publish"),
            Route("POST", f"{repo}.deleteRecord", self.delete),
            Route("GET", f"{repo}.getRecord", self.get, "lookup"),
            Route("GET", f"{repo}.listRecords", self.list, "lookup"),
            *self.media_routes(),
            Route("GET", "/xrpc/{method}", self.unknown),
            Route("POST", "/xrpc/{method}", self.unknown),
            Route("GET", "/profile/{who}/post/{rkey}", self.page),
        ]

    # Failures

    def error(self, status: int) -> Refusal:
        words = HTTPStatus(status).phrase
        return xrpc_error(status, words.replace(" ", ""), words)

    def rate_limited(self) -> Refusal:
        return xrpc_error(429, "RateLimitExceeded", "Rate Limit Exceeded")

    def expired(self, operation: str) -> Refusal:
        return EXPIRED

    def window(self, request: web.Request, operation: str) -> Window:
        return WRITES if operation == "publish" else self.limit

    def rate_headers(
        self, window: Window, *, left: int, reset: float
    ) -> dict[str, str]:
        return {
            "ratelimit-limit": str(window.limit),
            "ratelimit-remaining": str(left),
            "ratelimit-reset": str(int(reset + 0.999)),
            "ratelimit-policy": f"{window.limit};w={window.seconds}",
        }

    async def unknown(self, request: web.Request) -> web.Response:
        raise xrpc_error(501, "MethodNotImplemented", "Method Not Implemented")

    # Writing

    async def put(self, request: web.Request) -> web.Response:
        """Create or silently replace; the same content again changes nothing."""
        place, body = await self._written(request)
        record = body["record"]
        check_record(place.collection, place.rkey, record)
        cid, standing = cid_of(record), self._value(place)
        if standing is not None and cid_of(standing) == cid:
            return web.json_response({"uri": place.uri, "cid": cid})
        _check_swap(body, None if standing is None else cid_of(standing))
        self._store(place, record)
        return _stored(place, cid)

    async def create(self, request: web.Request) -> web.Response:
        """Create only: a key that is taken is a bare 500, as the real server has it."""
        place, body = await self._written(request)
        record = body["record"]
        check_record(place.collection, place.rkey, record)
        if self._value(place) is not None:
            raise self.error(500)
        self._store(place, record)
        return _stored(place, cid_of(record))

    async def delete(self, request: web.Request) -> web.Response:
        """Deleting what isn't there succeeds."""
        place, _ = await self._written(request, needs_record=False)
        post = self.world.post(self.name, place.uri)
        if post is not None:
            self.world.delete_post(post)
        elif self._value(place) is not None:
            self.world.put_record(self.name, place.uri, None)
        return web.json_response({"commit": _commit(place)})

    async def _written(
        self, request: web.Request, *, needs_record: bool = True
    ) -> tuple[_Place, dict[str, Any]]:
        """The place and the input of a write, by the owner of the repository only."""
        account = self.signed_in(request)
        body = await json_object(request)
        if body is None or not isinstance(body.get("collection"), str):
            raise xrpc_error(400, "InvalidRequest", "Input must have collection")
        if needs_record and not isinstance(body.get("record"), dict):
            raise xrpc_error(400, "InvalidRequest", "Input must have record")
        owner = self.find(str(body.get("repo", "")))
        if owner is None:
            raise xrpc_error(400, "InvalidRequest", "Could not find repo")
        if owner.id != account.id:
            raise xrpc_error(401, "AuthenticationRequired", "Invalid repo")
        rkey = body.get("rkey") or new_tid()
        return _Place(account, body["collection"], str(rkey)), body

    def _store(self, place: _Place, record: dict[str, Any]) -> None:
        if place.collection != POST:
            self.world.put_record(self.name, place.uri, record)
            return
        data = self._data(place, record)
        post = self.world.post(self.name, place.uri)
        if post is None:
            self.world.add_post(self._post(place, record, data))
        else:
            self.world.edit_post(post, text=record["text"], data=data)

    def _data(self, place: _Place, record: dict[str, Any]) -> dict[str, Any]:
        """What a post is to Bluesky. Raises Refusal for media that aren't there."""
        account = place.account
        found = attached(record, lambda cid: self.world.uploads.get(account, cid))
        for upload, _ in found:
            self.world.uploads.put(upload, post=upload.post or place.uri)
        media = [entry(upload, alt_text=alt) for upload, alt in found]
        data = {"rkey": place.rkey, "cid": cid_of(record), "record": record}
        return {**data, "media": media}

    def _post(
        self, place: _Place, record: dict[str, Any], data: dict[str, Any]
    ) -> Post:
        reply = record.get("reply")
        return Post(
            network=self.name,
            id=place.uri,
            account_id=place.account.id,
            account=place.account.handle,
            text=record["text"],
            created_at=now(),
            url=f"{self.url}/profile/{place.account.id}/post/{place.rkey}",
            reply_to=reply["parent"]["uri"] if reply else None,
            data=data,
        )

    # Reading

    async def get(self, request: web.Request) -> web.Response:
        place = self._asked(request)
        record = self._value(place)
        cid = None if record is None else cid_of(record)
        if record is None or request.query.get("cid", cid) != cid:
            raise xrpc_error(
                400, "RecordNotFound", f"Could not locate record: {place.uri}"
            )
        return web.json_response({"uri": place.uri, "cid": cid, "value": record})

    async def list(self, request: web.Request) -> web.Response:
        place = self._asked(request, rkey="")
        query = request.query
        limit = query.get("limit", str(DEFAULT_PAGE))
        if not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE:
            raise xrpc_error(400, "InvalidRequest", "Error: limit out of range")
        found = self._records(place)
        backwards = query.get("reverse") != "true"
        keys = sorted(found, reverse=backwards)
        cursor = query.get("cursor")
        if cursor:
            keys = [k for k in keys if (k < cursor if backwards else k > cursor)]
        page = keys[: int(limit)]
        body: dict[str, Any] = {
            "records": [
                {
                    "uri": place._replace(rkey=key).uri,
                    "cid": cid_of(found[key]),
                    "value": found[key],
                }
                for key in page
            ]
        }
        if page:
            body["cursor"] = page[-1]
        return web.json_response(body)

    def _asked(self, request: web.Request, rkey: str | None = None) -> _Place:
        query = request.query
        owner = self.find(query.get("repo", ""))
        key = query.get("rkey") if rkey is None else rkey
        if owner is None:
            raise xrpc_error(
                400, "InvalidRequest", f"Could not find repo: {query.get('repo')}"
            )
        if "collection" not in query or key is None:
            raise xrpc_error(400, "InvalidRequest", "Error: Params must have rkey")
        return _Place(owner, query["collection"], key)

    def _value(self, place: _Place) -> dict[str, Any] | None:
        if place.collection != POST:
            return self.world.record(self.name, place.uri)
        post = self.world.post(self.name, place.uri)
        return post.data["record"] if post else None

    def _records(self, place: _Place) -> dict[str, dict[str, Any]]:
        """Records of one collection by their key."""
        if place.collection == POST:
            posts = self.world.posts_of(place.account)
            return {post.data["rkey"]: post.data["record"] for post in posts}
        return self.world.records_under(self.name, place.uri)

    async def page(self, request: web.Request) -> web.Response:
        owner = self.find(request.match_info["who"])
        place = _Place(owner, POST, request.match_info["rkey"]) if owner else None
        return self.show(self.world.post(self.name, place.uri) if place else None)


def _check_swap(body: Mapping[str, Any], standing: str | None) -> None:
    if "swapRecord" in body and body["swapRecord"] != standing:
        raise xrpc_error(400, "InvalidSwap", f"Record was at {standing}")


def _stored(place: _Place, cid: str) -> web.Response:
    return web.json_response(
        {
            "uri": place.uri,
            "cid": cid,
            "commit": _commit(place),
            "validationStatus": "valid" if place.collection == POST else "unknown",
        }
    )


def _commit(place: _Place) -> dict[str, str]:
    rev = new_tid()
    return {"cid": cid_of({"rev": rev, "repo": place.account.id}), "rev": rev}
