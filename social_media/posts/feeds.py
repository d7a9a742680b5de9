"""Calendar feeds: an address made once, found by its hash, and what it shows."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from accounts.models import ApiKey, Membership, User, Workspace
from social_media.enums import ActivityAction
from social_media.models import ActivityLog, CalendarFeed, Post
from social_media.posts.calendar import posts_between
from social_media.posts.recurrence.read import Planned, planned

#: Begins every token: logs mask what begins like this (config/logs.py).
PREFIX = "smf_"
#: `last_used_at` is that fresh: calendars ask far more often.
USE_NOTED_EVERY = timedelta(minutes=5)

BACK, AHEAD = timedelta(days=30), timedelta(days=180)
#: The posts nearest to the present: those behind it, and those ahead.
MOST_BACK, MOST_AHEAD = 500, 1500


@dataclass(frozen=True, slots=True)
class Shown:
    """What a feed shows, in order of time; posts are those of `posts_between`."""

    posts: Sequence[Post]
    occurrences: Sequence[Planned]


def with_works(rows: QuerySet[CalendarFeed]) -> QuerySet[CalendarFeed]:
    """Each with `works`: not revoked, who made it is a member, its key is good."""
    return rows.annotate(works=_works())


def find_feed(token: str) -> CalendarFeed | None:
    """The feed whose secret `token` is, with its workspace.

    None for one that doesn't work: when who made it is switched off or no member any
    more, or the key it was made with is void, the address would be all that they keep.
    """
    rows = CalendarFeed.objects.filter(_works(), token_hash=_hash(token))
    return rows.select_related("workspace").first()


@transaction.atomic
def create_feed(
    workspace: Workspace, *, name: str, user: User, api_key: ApiKey | None = None
) -> tuple[CalendarFeed, str]:
    """A feed and its secret, which is never shown again."""
    token = PREFIX + secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        workspace=workspace,
        created_by=user,
        api_key=api_key,
        name=name,
        token_hash=_hash(token),
    )
    _record(ActivityAction.CALENDAR_FEED_CREATED, feed, user=user, api_key=api_key)
    return feed, token


@transaction.atomic
def revoke_feed(
    feed: CalendarFeed, *, user: User, api_key: ApiKey | None = None
) -> None:
    """Make its address useless from now on. Revoking it again changes nothing."""
    rows = CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None)
    if rows.update(revoked_at=Now()):
        _record(ActivityAction.CALENDAR_FEED_REVOKED, feed, user=user, api_key=api_key)


def shown_by(feed: CalendarFeed, *, now: datetime) -> Shown:
    """From BACK before `now` (aware) to AHEAD after it. A fixed number of queries."""
    workspace_id = feed.workspace_id
    rows = posts_between(workspace_id, now - BACK, now + AHEAD)
    rows = rows.select_related("occurrence__schedule")
    behind = rows.filter(scheduled_time__lt=now)
    latest = behind.order_by("-scheduled_time", "-pk")[:MOST_BACK]
    ahead = rows.filter(scheduled_time__gte=now)[:MOST_AHEAD]
    coming = planned(workspace_id, now, now + AHEAD).found
    return Shown([*reversed(latest), *ahead], coming)


def note_use(feed: CalendarFeed, *, content_hash: str, now: datetime) -> datetime:
    """Remember that `feed` was read now and what it said; since when it says that."""
    same = feed.content_hash == content_hash and feed.changed_at is not None
    fresh = feed.last_used_at is not None and feed.last_used_at > now - USE_NOTED_EVERY
    changed_at = feed.changed_at if same and feed.changed_at else now
    if not (same and fresh):
        CalendarFeed.objects.filter(pk=feed.pk).update(
            last_used_at=now, content_hash=content_hash, changed_at=changed_at
        )
    return changed_at


def _works() -> Q:
    makers = Membership.objects.filter(
        workspace=OuterRef("workspace"),
        user=OuterRef("created_by"),
        user__is_active=True,
    )
    keys = ApiKey.objects.usable().filter(pk=OuterRef("api_key"))
    by_key = Q(api_key=None) | Q(Exists(keys))
    return Q(by_key, Exists(makers), revoked_at=None)


def _hash(token: str) -> str:
    """SHA-256, hex. A token has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _record(
    action: ActivityAction, feed: CalendarFeed, *, user: User, api_key: ApiKey | None
) -> None:
    ActivityLog.objects.record(
        action,
        feed,
        workspace_id=feed.workspace_id,
        user=user,
        api_key=api_key,
        details={"name": feed.name},
    )
