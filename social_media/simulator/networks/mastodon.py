"""Mastodon's own server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web

from social_media.simulator.limits import Window
from social_media.simulator.networks.base import (
    Addresses,
    Network,
    Refusal,
    Route,
    is_dead,
    json_object,
)
from social_media.simulator.networks.mastodon_documents import (
    VERSION,
    account_document,
    instance_v1,
    instance_v2,
    status_document,
)
from social_media.simulator.networks.mastodon_text import length
from social_media.simulator.networks.snowflake import Snowflakes
from social_media.simulator.records import Account, Post, Token, iso
from social_media.simulator.world import World, now

#: How long an Idempotency-Key is remembered.
KEY_SECONDS = 3600
MAX_LENGTH = 500
DEFAULT_PAGE, MAX_PAGE = 20, 40
SCOPES = "read:accounts read:statuses write:statuses write:media"
VISIBILITIES = ("public", "unlisted", "private", "direct")


class Mastodon(Network):
    """Statuses, accounts and the instance's description."""

    name: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"
    limit: ClassVar[Window] = Window("requests", 300, 300)
    version: ClassVar[str] = VERSION
    keeps_keys: ClassVar[bool] = True

    def __init__(self, world: World, addresses: Addresses) -> None:
        super().__init__(world, addresses)
        self._ids = Snowflakes(epoch_ms=0, shift=16)

    def routes(self) -> list[Route]:
        api, statuses = "/api/v1", "/api/v1/statuses"
        return [
            *self.instance_routes(),
            Route("GET", f"{api}/accounts/verify_credentials", self.verify),
            Route("GET", f"{api}/accounts/lookup", self.find_account),
            Route("GET", f"{api}/accounts/{{id}}/statuses", self.timeline, "lookup"),
            Route("POST", statuses, self.create, "publish"),
            Route("GET", f"{statuses}/{{id}}", self.status, "lookup"),
            Route("GET", f"{statuses}/{{id}}/source", self.source, "lookup"),
            Route("GET", f"{statuses}/{{id}}/context", self.context, "lookup"),
            Route("DELETE", f"{statuses}/{{id}}", self.delete),
            Route("POST", "/oauth/revoke", self.revoke),
            Route("GET", "/@{handle}/{id}", self.page),
        ]

    def instance_routes(self) -> list[Route]:
        return [
            Route("GET", "/api/v2/instance{slash:/?}", self.instance_v2),
            Route("GET", "/api/v1/instance{slash:/?}", self.instance_v1),
        ]

    def remote_id(self, handle: str) -> str:
        return self._ids.next()

    def canonical(self, handle: str) -> str:
        return super().canonical(handle).partition("@")[0]

    def credentials(self, account: Account, asked: Mapping[str, Any]) -> dict[str, str]:
        token = self.issue(account, "access")
        return {"server": self.url, "access_token": token.value}

    # Failures

    def error(self, status: int) -> Refusal:
        words = {
            403: "This action is not allowed",
            404: "Record not found",
            500: "This page is not correct",
            503: "Service temporarily unavailable",
        }
        return _refusal(status, words.get(status, "Error"))

    def rate_limited(self) -> Refusal:
        return _refusal(429, "Too many requests")

    def expired(self, operation: str) -> Refusal:
        return _refusal(401, "The access token was revoked")

    def processing(self) -> Refusal:
        return _refusal(
            422,
            "Cannot attach files that have not finished processing. "
            "Try again in a moment!",
        )

    def rate_headers(
        self, window: Window, *, left: int, reset: float
    ) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": iso(reset),
        }

    def presented(self, request: web.Request) -> Token | None:
        value = request.query.get("access_token")
        if value:
            return self.world.token(self.name, value)
        return super().presented(request)

    def signed_in(self, request: web.Request) -> Account:
        """Whose request it is. Raises Refusal (401)."""
        token = self.presented(request)
        if token is None:
            raise _refusal(401, "The access token is invalid")
        if is_dead(token):
            raise _refusal(401, "The access token was revoked")
        return self.world.owner(token)

    # The instance and accounts

    async def instance_v2(self, request: web.Request) -> web.Response:
        return web.json_response(instance_v2(self.url, self.title, MAX_LENGTH))

    async def instance_v1(self, request: web.Request) -> web.Response:
        document = instance_v1(self.url, self.title, self.version, MAX_LENGTH)
        return web.json_response(document)

    async def verify(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "note": "",
            "fields": [],
            "follow_requests_count": 0,
        }
        return web.json_response({**self._account(account), "source": source})

    async def find_account(self, request: web.Request) -> web.Response:
        name = self.canonical(request.query.get("acct", ""))
        account = self.world.account_by_handle(self.name, name)
        if account is None:
            raise self.error(404)
        return web.json_response(self._account(account))

    async def revoke(self, request: web.Request) -> web.Response:
        form = await request.post()
        token = self.world.token(self.name, str(form.get("token", "")))
        if token is not None:
            self.world.revoke_chain(token)
        return web.json_response({})

    def _account(self, account: Account) -> dict[str, Any]:
        count = len(self.world.posts_of(account))
        return account_document(account, self.url, count)

    # Statuses

    async def create(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        given = await _parameters(request)
        key = request.headers.get("Idempotency-Key", "") if self.keeps_keys else ""
        # No await from here on: the same key twice at once makes one status.
        since = now() - KEY_SECONDS
        known = self.world.post_by_key(account, key, since=since) if key else None
        return self._shown(known or self._add(account, given, key))

    def _add(self, account: Account, given: Mapping[str, Any], key: str) -> Post:
        parent = self._parent(given.get("in_reply_to_id"))
        text = _text_of(given)
        post_id = self._ids.next()
        visibility = given.get("visibility") or "public"
        if visibility not in VISIBILITIES:
            raise _invalid("Visibility is not included in the list")
        data = {
            "visibility": visibility,
            "spoiler_text": given.get("spoiler_text") or "",
            "sensitive": str(given.get("sensitive", "")).lower() in {"1", "true", "on"},
            "language": given.get("language") or "en",
            "in_reply_to_account_id": parent.account_id if parent else None,
        }
        post = Post(
            network=self.name,
            id=post_id,
            account_id=account.id,
            account=account.handle,
            text=text,
            created_at=now(),
            url=f"{self.url}/@{account.handle}/{post_id}",
            reply_to=parent.id if parent else None,
            data=data,
        )
        return self.world.add_post(post, key=key)

    def _parent(self, post_id: Any) -> Post | None:
        if post_id in (None, ""):
            return None
        parent = self.world.post(self.name, str(post_id))
        if parent is None:
            raise _refusal(
                404, "The post you are trying to reply to does not appear to exist."
            )
        return parent

    async def status(self, request: web.Request) -> web.Response:
        return self._shown(self._visible(request))

    async def source(self, request: web.Request) -> web.Response:
        self.signed_in(request)
        post = self._visible(request)
        spoiler = post.data["spoiler_text"]
        return web.json_response(
            {"id": post.id, "text": post.text, "spoiler_text": spoiler}
        )

    async def context(self, request: web.Request) -> web.Response:
        post = self._visible(request)
        ancestors: list[Post] = []
        above = post
        while above.reply_to:
            parent = self.world.post(self.name, above.reply_to)
            if parent is None:
                break
            ancestors.insert(0, parent)
            above = parent
        return web.json_response(
            {
                "ancestors": [self._document(each) for each in ancestors],
                "descendants": [self._document(each) for each in self._below(post)],
            }
        )

    def _below(self, post: Post) -> Iterable[Post]:
        for reply in self.world.replies_to(post):
            yield reply
            yield from self._below(reply)

    async def delete(self, request: web.Request) -> web.Response:
        account = self.signed_in(request)
        post = self._visible(request)
        if post.account_id != account.id:
            raise self.error(404)
        document = {**self._document(post), "text": post.text}
        self.world.delete_post(post)
        return web.json_response(document)

    async def timeline(self, request: web.Request) -> web.Response:
        owner = self.world.accounts.get((self.name, request.match_info["id"]))
        if owner is None:
            raise self.error(404)
        token = self.presented(request)
        mine = token is not None and token.account_id == owner.id
        posts = [
            post
            for post in self.world.posts_of(owner)
            if mine or post.data["visibility"] in ("public", "unlisted")
        ]
        page = _page(posts, request.query)
        response = web.json_response([self._document(post) for post in page])
        if page:
            response.headers["Link"] = self._links(request, page)
        return response

    def _links(self, request: web.Request, page: Sequence[Post]) -> str:
        base = f"{self.url}{request.path}"
        return (
            f'<{base}?max_id={page[-1].id}>; rel="next", '
            f'<{base}?min_id={page[0].id}>; rel="prev"'
        )

    def _visible(self, request: web.Request) -> Post:
        """The status of the path, if whoever asks may see it. Raises Refusal (404)."""
        post = self.world.post(self.name, request.match_info["id"])
        token = self.presented(request)
        mine = post and token and token.account_id == post.account_id
        public = post and post.data["visibility"] in ("public", "unlisted")
        if post is None or not (mine or public):
            raise self.error(404)
        return post

    def _document(self, post: Post) -> dict[str, Any]:
        owner = self.world.accounts[self.name, post.account_id]
        return status_document(post, self._account(owner), self.url)

    def _shown(self, post: Post) -> web.Response:
        return web.json_response(self._document(post))

    async def page(self, request: web.Request) -> web.Response:
        return self.show(self.world.post(self.name, request.match_info["id"]))


async def _parameters(request: web.Request) -> Mapping[str, Any]:
    if request.content_type == "application/json":
        body = await json_object(request)
        if body is None:
            raise _refusal(400, "Error occurred while parsing request parameters")
        return body
    return await request.post()


def _text_of(given: Mapping[str, Any]) -> str:
    if given.get("media_ids") or given.get("media_ids[]"):
        raise _invalid("Media can't be attached here")
    text = str(given.get("status") or "")
    if not text.strip():
        raise _invalid("Text can't be blank")
    if length(str(given.get("spoiler_text") or "")) + length(text) > MAX_LENGTH:
        raise _invalid(f"Text character limit of {MAX_LENGTH} exceeded")
    return text


def _page(posts: Sequence[Post], query: Mapping[str, str]) -> list[Post]:
    """One page, newest first. `min_id` asks for the oldest ones above it."""
    below = _id(query, "max_id", 1 << 63)
    above = max(_id(query, "since_id", 0), _id(query, "min_id", 0))
    size = max(1, min(_id(query, "limit", DEFAULT_PAGE), MAX_PAGE))
    plain = query.get("exclude_replies", "").lower() not in {"1", "true"}
    found = [
        post
        for post in posts
        if above < int(post.id) < below and (plain or post.reply_to is None)
    ]
    chosen = found[:size] if "min_id" in query else found[-size:]
    return chosen[::-1]


def _id(query: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        return default


def _refusal(status: int, message: str) -> Refusal:
    return Refusal(status, {"error": message})


def _invalid(problem: str) -> Refusal:
    return _refusal(422, f"Validation failed: {problem}")
