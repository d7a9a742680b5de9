"""Finding our own post among the account's latest."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import regex

from social_media.platforms.base import Step
from social_media.platforms.errors import CannotTell, Unavailable
from social_media.platforms.x.answers import (
    body_of,
    dicts_in,
    error_of,
    read,
    read_problem,
)
from social_media.platforms.x.client import XClient
from social_media.platforms.x.counting import normalize
from social_media.platforms.x.links import find_links
from social_media.platforms.x.shown_media import shows_media_of, types_in

#: How far X's clock may be behind ours.
CLOCK_SKEW = timedelta(seconds=120)
PAGE_SIZE = 100
MAX_PAGES = 5

# note_tweet: the whole of a long post, whose `text` X cuts off.
FIELDS = ["created_at", "entities", "referenced_tweets", "note_tweet", "attachments"]

_SPACE = regex.compile(r"\s+")
# X appends one of these for each picture or video.
_MEDIA = regex.compile(r"https?://[^/]+/[^/]+/status/\d+/(?:photo|video)/\d+$")
_REFUSED_BY_PLAN = {402, 403}


def find(client: XClient, user_id: str, step: Step) -> str | None:
    """The id of the earliest post that is `step`, None if it surely isn't there.

    Raises CannotTell when the plan doesn't include reading or there is too much to
    read, and the errors of a failed look-up.
    """
    wanted = canonical(step.payload["text"])
    parent = step.reply_to.id if step.reply_to else None
    matches = [
        str(tweet["id"])
        for tweet, types in _tweets(client, user_id, since=_since(step))
        if str(tweet["id"]) not in step.known
        and parent_of(tweet) == parent
        and canonical(text_of(tweet)) == wanted
        and shows_media_of(tweet, types, step)
    ]
    return min(matches, key=int) if matches else None


def _since(step: Step) -> datetime:
    sent = step.first_sent_at or datetime.fromisoformat(step.payload["created_at"])
    return sent.astimezone(UTC) - CLOCK_SKEW


def _tweets(
    client: XClient, user_id: str, *, since: datetime
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Each post with the types of its media."""
    token = None
    for _ in range(MAX_PAGES):
        body = _page(client, user_id, since=since, token=token)
        for tweet in dicts_in(body.get("data")):
            if str(tweet.get("id")).isdecimal():
                yield tweet, types_in(body)
        token = body["meta"].get("next_token")
        if not token:
            return
    raise CannotTell(
        "The account posted too much since to find this post again.", code="too_many"
    )


def _page(
    client: XClient, user_id: str, *, since: datetime, token: str | None
) -> dict[str, Any]:
    response = client.get_users_tweets(
        user_id,
        user_auth=client.signs,
        start_time=since,
        max_results=PAGE_SIZE,
        tweet_fields=FIELDS,
        expansions=["attachments.media_keys"],
        media_fields=["type"],
        pagination_token=token,
    )
    if response.status_code in _REFUSED_BY_PLAN:
        raise CannotTell(
            "Our app's plan on X does not include reading posts. "
            f"{read(response).words}",
            http_status=response.status_code,
        )
    if not response.ok:
        raise error_of(read(response), visible=False)
    body = body_of(response)
    if isinstance(body.get("meta"), dict):
        return body
    raise _unreadable(body)


def _unreadable(body: Mapping[str, Any]) -> CannotTell | Unavailable:
    """A 200 without a list: X doesn't show this account's posts, or it is broken."""
    if body.get("errors"):
        words = read_problem(body, status=200).words
        return CannotTell(f"X does not show the account's posts. {words}")
    return Unavailable("X's list of posts could not be read.")


def text_of(tweet: Mapping[str, Any]) -> str:
    """What its author typed: links put back, those of attached media left out."""
    note, entities = tweet.get("note_tweet"), tweet.get("entities")
    if isinstance(note, dict):
        tweet, entities = note, note.get("entities")
    text = html.unescape(str(tweet.get("text") or ""))
    urls = entities.get("urls") if isinstance(entities, dict) else None
    for entity in dicts_in(urls):
        short, link = str(entity.get("url") or ""), str(entity.get("expanded_url"))
        if short:
            is_media = "media_key" in entity or _MEDIA.search(link)
            text = text.replace(short, "" if is_media else link)
    return text


def parent_of(tweet: Mapping[str, Any]) -> str | None:
    """The id of the post it answers."""
    for reference in dicts_in(tweet.get("referenced_tweets")):
        if reference.get("type") == "replied_to":
            return str(reference.get("id"))
    return None


def canonical(text: str) -> str:
    """`text` without what X changes: composition, white space, schemes of links."""
    text = normalize(text)
    pieces, done = [], 0
    for link in find_links(text):
        pieces += [text[done : link.start], _canonical_url(link.url)]
        done = link.end
    spaced: str = _SPACE.sub(" ", "".join([*pieces, text[done:]]))
    return spaced.strip()


def _canonical_url(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.netloc.encode("idna").decode().lower()
    except ValueError:
        return url
    rest = "?".join(filter(None, [parts.path.rstrip("/"), parts.query]))
    return host + unquote("#".join(filter(None, [rest, parts.fragment])))
