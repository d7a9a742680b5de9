"""Warnings before something is scheduled. They never stand in the way of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from social_media.enums import TargetStatus
from social_media.models import ConnectedAccount, Post, PostTarget
from social_media.platforms.base import Problem
from social_media.posts.composition import Composition
from social_media.posts.due import SCHEDULED
from social_media.posts.validate import Accounts

#: Before and after.
NEAR = timedelta(hours=24)
_COUNTED = SCHEDULED | {
    TargetStatus.POSTING,
    TargetStatus.RECONCILING,
    TargetStatus.UNCONFIRMED,
    TargetStatus.POSTED,
}
#: So much of a word is looked for by the database.
_ENOUGH = 100

PAUSED = (
    "The workspace is paused: nothing leaves it before it is resumed, and then as is "
    "decided there."
)


@dataclass(frozen=True, slots=True)
class Intended:
    """A text that is to go out on an account; `field` is where it was written."""

    field: str
    account: ConnectedAccount
    text: str


def composition_warnings(
    composition: Composition, accounts: Accounts, *, but: uuid.UUID | None = None
) -> list[Problem]:
    """What to think about before `composition` is scheduled at its time; nothing for
    a draft. `but`: the post that it is of. One statement.
    """
    if composition.scheduled_time is None:
        return []
    intended = [
        Intended(
            "content" if target.content is None else f"targets.{index}.content",
            accounts[target.account_id],
            composition.content if target.content is None else target.content,
        )
        for index, target in enumerate(composition.targets)
        if target.account_id in accounts
    ]
    found = same_text_warnings(intended, at=composition.scheduled_time, but=but)
    return found + _paused(one.account for one in intended)


def stored_warnings(post: Post) -> list[Problem]:
    """The same of a stored post, for what of it is scheduled; its targets and their
    accounts are loaded. One statement at most.
    """
    waiting = [
        (index, target)
        for index, target in enumerate(post.targets.all())
        if target.status in SCHEDULED and target.due_at is not None
    ]
    if not waiting:
        return []
    intended = [
        Intended(
            "content" if target.content is None else f"targets.{index}.content",
            target.account,
            post.content if target.content is None else target.content,
        )
        for index, target in waiting
    ]
    at = min(target.due_at for _, target in waiting if target.due_at)
    found = same_text_warnings(intended, at=at, but=post.pk)
    return found + _paused(one.account for one in intended)


def same_text_warnings(
    intended: Sequence[Intended], *, at: datetime, but: uuid.UUID | None = None
) -> list[Problem]:
    """One for each text that its account gets, or got, within 24 hours of `at` by
    another post. White space doesn't count; of a thread the first part does.
    """
    wanted = {
        (one.account.pk, key): one for one in intended if (key := _spaced(one.text))
    }
    if not wanted:
        return []
    near = _nearest(wanted, at=at, but=but)
    return [
        Problem("same_text", one.field, _words(one.account, near[key]))
        for key, one in wanted.items()
        if key in near
    ]


_Key = tuple[uuid.UUID, str]


@dataclass(frozen=True, slots=True)
class _Other:
    """When another post's text goes out, or went."""

    status: str
    at: datetime

    def gap(self, at: datetime) -> timedelta:
        return abs(self.at - at)


def _nearest(
    wanted: Mapping[_Key, Intended], *, at: datetime, but: uuid.UUID | None
) -> dict[_Key, _Other]:
    """Of each wanted text the target that is nearest to `at`."""
    rows = PostTarget.objects.filter(
        account__in={account for account, _ in wanted},
        due_at__range=(at - NEAR, at + NEAR),
        status__in=_COUNTED,
    ).exclude(post=but)
    texts: QuerySet[Any, Any] = rows.annotate(text=Coalesce("content", "post__content"))
    texts = texts.filter(_may_equal(text for _, text in wanted))
    found: dict[_Key, _Other] = {}
    for account, text, status, due_at, posted_at in texts.values_list(
        "account_id", "text", "status", "due_at", "posted_at"
    ):
        key, other = (account, _spaced(text)), _Other(status, posted_at or due_at)
        known = found.get(key)
        if key in wanted and (known is None or other.gap(at) < known.gap(at)):
            found[key] = other
    return found


def _may_equal(texts: Iterable[str]) -> Q:
    """SQL: holds the longest word of one of `texts`; the rest is compared here."""
    found = Q()
    for text in set(texts):
        found |= Q(text__contains=max(text.split(), key=len)[:_ENOUGH])
    return found


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _words(account: ConnectedAccount, other: _Other) -> str:
    when = f"{other.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    verb = "got" if other.status == TargetStatus.POSTED else "is to get"
    return (
        f"{account} {verb} the same text at {when}. Networks may take it for spam: "
        "change the words or the time, unless you want it twice."
    )


def _paused(accounts: Iterable[ConnectedAccount]) -> list[Problem]:
    if any(account.workspace_paused for account in accounts):
        return [Problem("workspace_paused", "scheduled_time", PAUSED)]
    return []
