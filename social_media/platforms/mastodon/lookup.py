"""Finding a status again whose answer was lost."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from social_media.platforms.base import Step
from social_media.platforms.errors import CannotTell
from social_media.platforms.mastodon.answers import (
    FORBIDDEN,
    TOO_MANY,
    UNAUTHORIZED,
    error_of,
)
from social_media.platforms.mastodon.client import Client, Refusal
from social_media.platforms.mastodon.markup import same_as_markup
from social_media.platforms.mastodon.shown_media import (
    shows_media_of,
    shows_uploads_of,
)
from social_media.platforms.mastodon.values import identifier

#: The server's clock may be this far behind ours.
_CLOCK_SKEW = timedelta(seconds=120)
_PAGE = 40
_MOST_PAGES = 10

Status = Mapping[str, Any]


def find_status(client: Client, step: Step, *, account_id: str) -> Status | None:
    """The earliest of the account's statuses that is `step`, None if surely absent.

    Raises CannotTell when the server doesn't let us see all that was posted since the
    first try, or a failed look-up's own error.
    """
    if step.first_sent_at is None:
        raise CannotTell("It is not known when this was first sent.")
    since = step.first_sent_at - _CLOCK_SKEW
    listed = sorted(_statuses_since(client, account_id, since), key=_created_at)
    recent = (
        status
        for status in listed
        if _created_at(status) >= since and str(status["id"]) not in step.known
    )
    return next((s for s in recent if _is_step(client, s, step)), None)


def shows_its_uploads(client: Client, step: Step, *, account_id: str) -> bool:
    """Whether one of the account's latest statuses is `step`, with its very uploads.

    False where the server doesn't list them. Raises a failed look-up's own error.
    """
    try:
        latest = _page(client, account_id, None)
    except CannotTell:
        return False
    return any(
        shows_uploads_of(status, step) and _is_step(client, status, step)
        for status in latest
    )


def _statuses_since(
    client: Client, account_id: str, since: datetime
) -> Iterator[Status]:
    """The account's own statuses, newest first, back to `since` at least.

    By time, not by `min_id`: ids hold a time on Mastodon only.
    """
    seen: set[str] = set()
    oldest: str | None = None
    for _ in range(_MOST_PAGES):
        page = _page(client, account_id, oldest)
        fresh = [status for status in page if str(status.get("id")) not in seen]
        yield from fresh
        # The last one, not the oldest: a pinned status may stand at the top.
        if not page or _created_at(page[-1]) < since:
            return
        if not fresh:
            break  # the server knows no pages
        seen |= {str(status["id"]) for status in fresh}
        oldest = str(page[-1]["id"])
    raise CannotTell("The server does not list everything posted since then.")


def _page(client: Client, account_id: str, max_id: str | None) -> list[Status]:
    try:
        page = client.call(
            client.api.account_statuses,
            account_id,
            max_id=max_id,
            limit=_PAGE,
            exclude_reblogs=True,
            visible=False,
        )
    except Refusal as refusal:
        raise _failed(refusal) from refusal
    # An object would come out of the library as an empty list: nothing posted.
    if not isinstance(client.body(), list) or not all(map(_is_status, page)):
        raise CannotTell("The server's list of posts can't be read.")
    return list(page)


def _failed(refusal: Refusal) -> Exception:
    error = error_of(refusal, visible=False)
    if error is None or refusal.status == FORBIDDEN:
        return CannotTell(
            "The server does not let us look for the post.", http_status=refusal.status
        )
    return error


def _is_status(item: object) -> bool:
    return (
        isinstance(item, dict) and bool(identifier(item.get("id"))) and _has_time(item)
    )


def _has_time(status: Status) -> bool:
    return isinstance(status.get("created_at"), datetime)


def _created_at(status: Status) -> datetime:
    when: datetime = status["created_at"]
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _is_step(client: Client, status: Status, step: Step) -> bool:
    answers = step.reply_to.id if step.reply_to else ""
    if str(status.get("in_reply_to_id") or "") != answers or status.get("reblog"):
        return False
    if not shows_media_of(status, step):
        return False
    spoiler = str(step.payload["options"].get("spoiler_text") or "")
    source = _source(client, status)
    if source is None:
        return same_as_markup(
            step.payload["text"], str(status.get("content") or "")
        ) and same_as_markup(spoiler, str(status.get("spoiler_text") or ""))
    return _normal(str(source.get("text"))) == _normal(step.payload["text"]) and (
        _normal(str(source.get("spoiler_text") or "")) == _normal(spoiler)
    )


def _source(client: Client, status: Status) -> Status | None:
    """What the person wrote, None where the server keeps only the HTML."""
    try:
        source = client.call(client.api.status_source, status["id"], visible=False)
    except Refusal as refusal:
        error = error_of(refusal, visible=False)
        if error is not None and refusal.status in {UNAUTHORIZED, TOO_MANY}:
            raise error from refusal
        return None
    return source if isinstance(source, dict) and source.get("text") else None


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
