"""Mastodon's own server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import web
from multidict import MultiMapping

from social_media.simulator.networks.base import Refusal, Route, json_object
from social_media.simulator.networks.mastodon_documents import (
    attachment_document,
    status_document,
)
from social_media.simulator.networks.mastodon_media import MastodonMedia
from social_media.simulator.networks.mastodon_server import MAX_LENGTH, refusal
from social_media.simulator.networks.mastodon_text import length
from social_media.simulator.networks.media import entry
from social_media.simulator.records import Account, Post
from social_media.simulator.world import now

#: How long an Idempotency-Key is remembered.
KEY_SECONDS = 3600
DEFAULT_PAGE, MAX_PAGE = 20, 40
VISIBILITIES = ("public", "unlisted", "private", "direct")


class Mastodon(MastodonMedia):
    """Statuses."""

    name: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"
    keeps_keys: ClassVar[bool] = True

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
            *self.media_routes(),
            Route("POST", "/oauth/revoke", self.revoke),
            Route("GET", "/@{handle}/{id}", self.page),
        ]

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
        uploads = self.attached(account, _media_ids(given))
        text = _text_of(given, needed=not uploads)
        post_id = self.ids.next()
        visibility = given.get("visibility") or "public"
        if visibility not in VISIBILITIES:
            raise _invalid("Visibility is not included in the list")
        data = {
            "visibility": visibility,
            "spoiler_text": given.get("spoiler_text") or "",
            "sensitive": str(given.get("sensitive", "")).lower() in {"1", "true", "on"},
            "language": given.get("language") or "en",
            "in_reply_to_account_id": parent.account_id if parent else None,
            "media": [entry(upload) for upload in uploads],
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
        for upload in uploads:
            self.world.uploads.put(upload, post=post_id)
        return self.world.add_post(post, key=key)

    def _parent(self, post_id: Any) -> Post | None:
        if post_id in (None, ""):
            return None
        parent = self.world.post(self.name, str(post_id))
        if parent is None:
            raise refusal(
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
        self.release(account, post)
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
        media = [self._attachment(owner, each) for each in post.data.get("media", ())]
        return status_document(post, self._account(owner), self.url, media)

    def _attachment(self, owner: Account, each: Mapping[str, Any]) -> dict[str, Any]:
        upload = self.world.uploads.get(owner, each["id"])
        assert upload is not None  # noqa: S101 # a post holds it
        return attachment_document(upload, self.address(upload))

    def _shown(self, post: Post) -> web.Response:
        return web.json_response(self._document(post))

    async def page(self, request: web.Request) -> web.Response:
        return self.show(self.world.post(self.name, request.match_info["id"]))


async def _parameters(request: web.Request) -> Mapping[str, Any]:
    if request.content_type == "application/json":
        body = await json_object(request)
        if body is None:
            raise refusal(400, "Error occurred while parsing request parameters")
        return body
    return await request.post()


def _media_ids(given: Mapping[str, Any]) -> list[str]:
    """In a form the name comes once for each."""
    if isinstance(given, MultiMapping):
        return [str(each) for each in given.getall("media_ids[]", [])]
    found = given.get("media_ids") or given.get("media_ids[]") or []
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]


def _text_of(given: Mapping[str, Any], *, needed: bool) -> str:
    text = str(given.get("status") or "")
    if needed and not text.strip():
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


def _invalid(problem: str) -> Refusal:
    return refusal(422, f"Validation failed: {problem}")
