"""Posts as rows: the other way round of `row_check`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from social_media.posts.bulk.accounts import KnownAccounts
from social_media.posts.bulk.columns import OWN
from social_media.posts.bulk.place import Place
from social_media.posts.composition import Attachments, Composition, Destination


def document_of(
    composition: Composition, place: Place, accounts: KnownAccounts
) -> dict[str, Any]:
    """A line of JSON; what is empty is left out."""
    own = _own_texts(composition, accounts)
    found: dict[str, Any] = {
        "content": composition.content,
        **{OWN + platform: text for platform, text in sorted(own.items())},
        "accounts": [accounts.name_of(one.account_id) for one in composition.targets],
        **_when(place),
        "labels": list(composition.labels),
        "first_comment": composition.first_comment,
        "late_policy": composition.late_policy,
        "late_minutes": composition.late_minutes,
        "targets": list(_targets(composition, accounts, own)),
        "media": _files(composition.media),
        "thread": list(composition.thread),
        "thread_media": [_files(part) for part in composition.thread_media],
    }
    return {
        name: value
        for name, value in found.items()
        if value or (name == "late_minutes" and value is not None)
    }


def _when(place: Place) -> dict[str, Any]:
    if place.repeat is not None:
        return {
            "scheduled_time": place.repeat.starts_at,
            "timezone": place.repeat.timezone,
            "recurrence": place.repeat.rule,
            "recurrence_excluded": list(place.repeat.excluded),
        }
    return {
        "scheduled_time": _moment(place.at) if place.at else "",
        "queue": place.queue,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _own_texts(composition: Composition, accounts: KnownAccounts) -> dict[str, str]:
    """By network: the text that all of the post's accounts there have of their own."""
    texts: dict[str, set[str | None]] = {}
    for one in composition.targets:
        platform = accounts.by_id[one.account_id].platform
        texts.setdefault(platform, set()).add(one.content)
    alone = {platform: next(iter(of)) for platform, of in texts.items() if len(of) == 1}
    return {platform: text for platform, text in alone.items() if text}


def _targets(
    composition: Composition, accounts: KnownAccounts, own: dict[str, str]
) -> Iterable[dict[str, Any]]:
    """Accounts with more of their own than a text that a column has."""
    for one in composition.targets:
        if accounts.by_id[one.account_id].platform in own:
            given = _given(replace(one, content=None))
        else:
            given = _given(one)
        if given:
            yield {"account": accounts.name_of(one.account_id), **given}


def _given(target: Destination) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if target.content is not None:
        found["content"] = target.content
    if target.thread:
        found["thread"] = list(target.thread)
    if target.media is not None:
        found["media"] = _files(target.media)
    if target.thread_media:
        found["thread_media"] = [_files(part) for part in target.thread_media]
    if target.first_comment is not None:
        found["first_comment"] = target.first_comment
    if target.options:
        found["options"] = dict(target.options)
    return found


def _files(shown: Attachments) -> list[dict[str, str]]:
    return [
        {"file": str(one.file_id)}
        | ({} if one.alt_text is None else {"alt_text": one.alt_text})
        for one in shown
    ]
