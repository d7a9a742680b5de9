"""X's lists of posts: filters, pages, and a post's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from social_media.simulator.records import Post, iso

MIN_PAGE, DEFAULT_PAGE, MAX_PAGE = 5, 10, 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which optional fields of posts and of their media a request names."""

    fields: Sequence[str]
    media_fields: Sequence[str]
    expands_media: bool

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Wanted:
        expansions = given.get("expansions", "").split(",")
        return cls(
            fields=given.get("tweet.fields", "").split(","),
            media_fields=given.get("media.fields", "").split(","),
            expands_media="attachments.media_keys" in expansions,
        )


@dataclass(frozen=True, slots=True)
class Query:
    """What a timeline was asked for; times in seconds since the epoch."""

    start: float
    end: float
    since_id: int
    until_id: int
    size: int
    offset: int
    replies: bool
    wanted: Wanted

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Query | None:
        """None when a parameter is malformed or out of range."""
        try:
            query = cls(
                start=_moment(given.get("start_time"), 0),
                end=_moment(given.get("end_time"), float("inf")),
                since_id=int(given.get("since_id", 0)),
                until_id=int(given.get("until_id", 1 << 63)),
                size=int(given.get("max_results", DEFAULT_PAGE)),
                offset=_offset(given.get("pagination_token")),
                replies="replies" not in given.get("exclude", "").split(","),
                wanted=Wanted.parse(given),
            )
        except ValueError:
            return None
        return query if MIN_PAGE <= query.size <= MAX_PAGE else None

    def wants(self, post: Post) -> bool:
        # X's own times have whole seconds.
        in_time = self.start <= int(post.created_at) < self.end
        in_range = self.since_id < int(post.id) < self.until_id
        return in_time and in_range and (self.replies or post.reply_to is None)


def page_of(posts: Sequence[Post], query: Query) -> dict[str, Any]:
    """One page of `posts` (given oldest first), newest first."""
    found = [post for post in reversed(posts) if query.wants(post)]
    page = found[query.offset : query.offset + query.size]
    meta: dict[str, Any] = {"result_count": len(page)}
    if query.offset + query.size < len(found):
        meta["next_token"] = f"7140{query.offset + query.size:x}"
    if query.offset:
        meta["previous_token"] = f"7140{max(0, query.offset - query.size):x}"
    if not page:
        return {"meta": meta}
    meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    data = [tweet(post, query.wanted) for post in page]
    return {"data": data, **included(page, query.wanted), "meta": meta}


def included(posts: Sequence[Post], wanted: Wanted) -> dict[str, Any]:
    """The media of `posts`, for a request that expands them."""
    media = [
        _media(each, wanted) for post in posts for each in post.data.get("media", ())
    ]
    return {"includes": {"media": media}} if media and wanted.expands_media else {}


def _media(each: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    kinds = {"image": "photo", "gif": "animated_gif", "video": "video"}
    extra = {name: each[name] for name in ("alt_text", "width", "height") if each[name]}
    shown = {"media_key": each["media_key"], "type": kinds[each["kind"]]}
    return shown | {name: extra[name] for name in wanted.media_fields if name in extra}


def tweet(post: Post, wanted: Wanted) -> dict[str, Any]:
    """`post` with those of its optional fields that were asked for."""
    extra: dict[str, Any] = {
        "created_at": iso(int(post.created_at)),
        "author_id": post.account_id,
        "conversation_id": post.data["conversation_id"],
        "reply_settings": post.data["reply_settings"],
        "public_metrics": {
            "retweet_count": 0,
            "reply_count": 0,
            "like_count": 0,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 0,
        },
    }
    if post.data["urls"]:
        extra["entities"] = {"urls": post.data["urls"]}
    if post.data.get("media", ()):
        keys = [each["media_key"] for each in post.data.get("media", ())]
        extra["attachments"] = {"media_keys": keys}
    if post.reply_to:
        extra["in_reply_to_user_id"] = post.data["in_reply_to_user_id"]
        extra["referenced_tweets"] = [{"type": "replied_to", "id": post.reply_to}]
    shown = {"id": post.id, "text": post.data["shown"]}
    shown["edit_history_tweet_ids"] = [post.id]
    fields = [*wanted.fields, "attachments"] if wanted.expands_media else wanted.fields
    return shown | {name: extra[name] for name in fields if name in extra}


def _moment(given: str | None, default: float) -> float:
    if given is None:
        return default
    if not given.endswith("Z"):
        raise ValueError(given)
    return datetime.fromisoformat(given).timestamp()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    if not token.startswith("7140"):
        raise ValueError(token)
    return int(token.removeprefix("7140"), 16)
