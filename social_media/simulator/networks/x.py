"""X, API v2."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from aiohttp import web

from social_media.simulator.limits import Window
from social_media.simulator.networks.base import Refusal, Route, json_object
from social_media.simulator.networks.media import entry
from social_media.simulator.networks.x_auth import DEAD_REFRESH, UNAUTHORIZED
from social_media.simulator.networks.x_errors import (
    DUPLICATE,
    MALFORMED,
    NOT_PERMITTED,
    NOT_SUMMONED,
    PARENT_GONE,
    forbidden,
    invalid,
    not_found,
)
from social_media.simulator.networks.x_media import XMedia
from social_media.simulator.networks.x_text import (
    Shortened,
    least_length,
    media_link,
    shorten,
)
from social_media.simulator.networks.x_timeline import (
    Query,
    Wanted,
    included,
    page_of,
    tweet,
)
from social_media.simulator.records import Account, Post, Upload, iso
from social_media.simulator.world import now

MAX_LENGTH = 280
WINDOWS = {
    "publish": Window("POST /2/tweets", 100, 900),
    "lookup": Window("GET /2/users/:id/tweets", 900, 900),
    "upload": Window("/2/media/upload", 1875, 900),
    "media_status": Window("GET /2/media/upload", 1000, 900),
}

_FIELDS = {
    "text", "reply", "media", "poll", "reply_settings", "geo", "community_id",
    "share_with_followers", "for_super_followers_only", "nullcast", "card_uri",
    "direct_message_deep_link", "quote_tweet_id", "made_with_ai", "paid_partnership",
    "edit_options",
}  # fmt: skip
_REPLY_SETTINGS = {"following", "mentionedUsers", "subscribers", "verified"}


class X(XMedia):
    """Posts, timelines and who am I."""

    name: ClassVar[str] = "x"
    title: ClassVar[str] = "X"
    limit: ClassVar[Window] = Window("GET /2/users/me", 75, 900)

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/2/oauth2/token", self.refresh, "refresh"),
            Route("POST", "/2/oauth2/revoke", self.revoke),
            Route("GET", "/2/users/me", self.me),
            Route("GET", "/2/users/{id}/tweets", self.timeline, "lookup"),
            Route("POST", "/2/tweets", self.create, "publish"),
            Route("GET", "/2/tweets", self.many, "lookup"),
            Route("GET", "/2/tweets/{id}", self.one, "lookup"),
            Route("DELETE", "/2/tweets/{id}", self.delete),
            *self.media_routes(),
            Route("GET", "/{handle}/status/{id}", self.page),
        ]

    def remote_id(self, handle: str) -> str:
        return self.ids.next()

    # Failures

    def error(self, status: int) -> Refusal:
        if status == HTTPStatus.FORBIDDEN:
            return forbidden(NOT_PERMITTED)
        title = HTTPStatus(status).phrase
        body = {"title": title, "detail": title, "type": "about:blank"}
        return Refusal(status, {**body, "status": status})

    def rate_limited(self) -> Refusal:
        title = "Too Many Requests"
        body = {"title": title, "detail": title, "type": "about:blank", "status": 429}
        return Refusal(429, body)

    def expired(self, operation: str) -> Refusal:
        return DEAD_REFRESH if operation == "refresh" else Refusal(401, UNAUTHORIZED)

    def window(self, request: web.Request, operation: str) -> Window:
        return WINDOWS.get(operation, self.limit)

    def rate_headers(
        self, window: Window, *, left: int, reset: float
    ) -> dict[str, str]:
        return {
            "x-rate-limit-limit": str(window.limit),
            "x-rate-limit-remaining": str(left),
            "x-rate-limit-reset": str(int(reset + 0.999)),
        }

    # Endpoints

    async def me(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        user: dict[str, Any] = {
            "id": account.id,
            "name": account.handle.title(),
            "username": account.handle,
        }
        extra = {
            "created_at": iso(account.created_at),
            "profile_image_url": f"{self.page_url}/avatar.svg",
            "verified": False,
            "verified_type": "none",
            "protected": False,
            "public_metrics": {
                "followers_count": 0,
                "following_count": 0,
                "tweet_count": len(self.world.posts_of(account)),
                "listed_count": 0,
            },
        }
        wanted = request.query.get("user.fields", "").split(",")
        user |= {name: extra[name] for name in wanted if name in extra}
        return web.json_response({"data": user})

    async def create(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        body = await json_object(request)
        if body is None or not _FIELDS.issuperset(body):
            raise invalid(MALFORMED)
        uploads = self.attached(account, body)
        text = _text_of(account, body)
        parent = self._parent(account, body)
        if text and self.world.has_text(account, text):
            self.world.refuse_duplicate(self.name)
            raise forbidden(DUPLICATE)
        post = self._add(account, text, parent, body, uploads)
        data = {
            "id": post.id,
            "text": post.data["shown"],
            "edit_history_tweet_ids": [post.id],
        }
        return web.json_response({"data": data}, status=201)

    def _parent(self, account: Account, body: Mapping[str, Any]) -> Post | None:
        reply = body.get("reply")
        if reply is None:
            return None
        if not isinstance(reply, dict):
            raise invalid("$.reply: object expected")
        parent = self.world.post(self.name, str(reply.get("in_reply_to_tweet_id")))
        if parent is None:
            raise forbidden(PARENT_GONE)
        mine = parent.account_id == account.id
        if not mine and f"@{account.handle}".casefold() not in parent.text.casefold():
            raise forbidden(NOT_SUMMONED)
        return parent

    def _add(
        self,
        account: Account,
        text: str,
        parent: Post | None,
        body: Mapping[str, Any],
        uploads: Sequence[Upload],
    ) -> Post:
        post_id = self.ids.next()
        url = f"{self.url}/{account.handle}/status/{post_id}"
        shown = _shown(text, url, uploads)
        for upload in uploads:
            self.world.uploads.put(upload, post=upload.post or post_id)
        data = {
            "shown": shown.text,
            "urls": shown.urls,
            "conversation_id": parent.data["conversation_id"] if parent else post_id,
            "in_reply_to_user_id": parent.account_id if parent else None,
            "reply_settings": body.get("reply_settings") or "everyone",
            "media": [
                entry(upload, media_key=upload.data["media_key"]) for upload in uploads
            ],
        }
        return self.world.add_post(
            Post(
                network=self.name,
                id=post_id,
                account_id=account.id,
                account=account.handle,
                text=text,
                created_at=now(),
                url=url,
                reply_to=parent.id if parent else None,
                data=data,
            )
        )

    async def timeline(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        query = Query.parse(request.query)
        if query is None:
            raise invalid(MALFORMED)
        owner = self.world.accounts.get((self.name, request.match_info["id"]))
        posts = self.world.posts_of(owner) if owner else []
        return web.json_response(page_of(posts, query))

    async def many(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        wanted = request.query.get("ids", "").split(",")
        asked = Wanted.parse(request.query)
        found = [self.world.post(self.name, wanted_id) for wanted_id in wanted]
        data = [tweet(post, asked) for post in found if post]
        missing = [i for i, post in zip(wanted, found, strict=True) if post is None]
        body: dict[str, Any] = {"data": data} if data else {}
        body |= included([post for post in found if post], asked)
        if missing:
            body["errors"] = [not_found(post_id) for post_id in missing]
        return web.json_response(body)

    async def one(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        post_id = request.match_info["id"]
        post = self.world.post(self.name, post_id)
        if post is None:
            return web.json_response({"errors": [not_found(post_id)]})
        asked = Wanted.parse(request.query)
        return web.json_response(
            {"data": tweet(post, asked), **included([post], asked)}
        )

    async def delete(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        post = self.world.post(self.name, request.match_info["id"])
        if post is not None and post.account_id != account.id:
            raise self.error(403)
        if post is not None:
            self.world.delete_post(post)
        return web.json_response({"data": {"deleted": post is not None}})

    async def page(self, request: web.Request) -> web.Response:
        return self.show(self.world.post(self.name, request.match_info["id"]))


def _text_of(account: Account, body: Mapping[str, Any]) -> str:
    has_media = body.get("media") is not None
    text = body.get("text", "" if has_media else None)
    if not isinstance(text, str) or not (text.strip() or has_media):
        raise invalid("You must provide a non-empty text.")
    if body.get("reply_settings") not in {None, *_REPLY_SETTINGS}:
        raise invalid("$.reply_settings: does not have a value in the enumeration")
    if body.get("poll"):
        raise invalid("$.poll: is not simulated")
    text = unicodedata.normalize("NFC", text)
    if least_length(text) > account.settings.get("max_length", MAX_LENGTH):
        raise invalid("Your Tweet text is too long. For more information see X.")
    return text


def _shown(text: str, url: str, uploads: Sequence[Upload]) -> Shortened:
    """`text` as X gives it back: a link to the media ends it."""
    shown = shorten(text)
    if not uploads:
        return shown
    kind = "video" if uploads[0].kind == "video" else "photo"
    keys = [upload.data["media_key"] for upload in uploads]
    return media_link(shown, f"{url}/{kind}/1", keys)
