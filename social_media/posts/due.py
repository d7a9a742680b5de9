"""When targets are due, written to their rows. Called under the post's locks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.db.models.lookups import LessThan

from social_media.enums import AccountStatus, LatePolicy, PostStatus, TargetStatus
from social_media.models import Post, PostMedia, PostTarget
from social_media.models.clock import database_now
from social_media.models.target_queries import PostTargets
from social_media.posts.derive import store_status
from social_media.posts.steps import (
    discard_unsent,
    doubtful_targets,
    published_targets,
)

#: Has a time and has not left yet.
SCHEDULED = frozenset({TargetStatus.SCHEDULED, TargetStatus.QUEUED})
#: Nothing of it is on its way to the network.
WAITING = SCHEDULED | {TargetStatus.DRAFT}
#: Ended without being published; a person may send it after all.
GIVEN_UP = frozenset({TargetStatus.FAILED, TargetStatus.CANCELLED})

#: A target as if it had never been tried.
FRESH: dict[str, Any] = {
    "tries": 0,
    "error_code": "",
    "error_message": "",
    "queued_at": None,
    "unknown_since": None,
    # Whoever uploads for it stops at the next chance.
    "prepare_at": None,
    "preparing_token": None,
    "preparing_until": None,
    "preflight_at": None,
}


def set_time(post: Post, *, targets: Iterable[PostTarget], at: datetime) -> None:
    """The post is to go out at `at` (aware), these targets of it are due then."""
    store_time(post, at)
    set_due(post, targets=targets, due_at=at, late_after=late_after(post, at))


def set_no_time(post: Post, *, targets: Iterable[PostTarget]) -> None:
    """The post is a draft again, and so are these targets."""
    changes = {**FRESH, "due_at": None, "late_after": None}
    _rows(targets).move(TargetStatus.DRAFT, of=SCHEDULED | GIVEN_UP, **changes)
    # The status first: the database refuses a scheduled post without a time.
    store_status(post.pk)
    store_time(post, None)


def set_due(
    post: Post,
    *,
    targets: Iterable[PostTarget],
    due_at: datetime,
    late_after: datetime | None = None,
    refreeze: bool = True,
) -> None:
    """These targets are due at `due_at`, with all tries before them.

    What surely isn't on the network is frozen anew then, unless `refreeze` is False.
    """
    chosen = list(targets)
    changes = due_columns(due_at, late_after=late_after)
    ids = {target.pk for target in chosen}
    # What has begun, or may have, is finished however late.
    begun = published_targets(ids) | doubtful_targets(ids)
    scheduled = _rows(chosen).filter(status=TargetStatus.SCHEDULED)
    scheduled.update(**changes, updated_at=Now())
    others = (WAITING | GIVEN_UP | {TargetStatus.UNCONFIRMED}) - {
        TargetStatus.SCHEDULED
    }
    _rows(chosen).move(TargetStatus.SCHEDULED, of=others, **changes)
    PostTarget.objects.filter(pk__in=begun).update(late_after=None)
    if refreeze:
        discard_unsent(target.pk for target in chosen)
    store_status(post.pk)


def due_columns(
    due_at: datetime | Combinable, *, late_after: datetime | Combinable | None
) -> dict[str, Any]:
    """Every column of a target that says when, for one that is due at `due_at`.

    All tries lie before it. Either time may be SQL: many targets in one statement,
    each due at a time of its own.
    """
    return {
        **FRESH,
        "due_at": due_at,
        "late_after": late_after,
        "prepare_at": _uploads_before(due_at),
        "preflight_at": first_preflight(due_at),
    }


def first_due_values(
    due_at: datetime, *, late_after: datetime | None, illustrated: bool, now: datetime
) -> dict[str, Any]:
    """`due_columns` as values, for a target that is not stored yet; `illustrated`:
    its post shows a file somewhere.
    """
    checks = (due_at - before for before in settings.PREFLIGHT_BEFORE)
    return {
        **FRESH,
        "due_at": due_at,
        "late_after": late_after,
        "prepare_at": due_at - settings.PREPARE_AHEAD if illustrated else None,
        "preflight_at": next((moment for moment in checks if moment > now), None),
    }


def earlier(moment: datetime | Combinable, by: timedelta) -> Combinable:
    """SQL: `moment`, itself maybe SQL, less `by`."""
    if isinstance(moment, datetime):
        return Value(moment - by, output_field=DateTimeField())
    before = Value(by, output_field=DurationField())
    return ExpressionWrapper(moment - before, output_field=DateTimeField())


def join_schedule(post: Post, *, targets: Iterable[PostTarget]) -> None:
    """Targets added to a scheduled post leave with it; to any other they are drafts."""
    fresh = list(targets)
    if not fresh or post.scheduled_time is None or post.status != PostStatus.SCHEDULED:
        return
    at = max(post.scheduled_time, database_now())
    set_due(post, targets=fresh, due_at=at, late_after=late_after(post, at))


def upload_anew(targets: Collection[PostTarget]) -> None:
    """What these targets show was changed: uploads ahead of their time start again."""
    for due_at in {row.due_at for row in targets if row.due_at is not None}:
        of_time = [row for row in targets if row.due_at == due_at]
        _rows(of_time).filter(status=TargetStatus.SCHEDULED).update(
            prepare_at=_uploads_before(due_at),
            preparing_token=None,
            preparing_until=None,
        )


def _uploads_before(due_at: datetime | Combinable) -> Case:
    """SQL: when uploads of a target that is due at `due_at` begin, if it has any."""
    shown = PostMedia.objects.filter(post=OuterRef("post_id"))
    begin = earlier(due_at, settings.PREPARE_AHEAD)
    return Case(When(Exists(shown), then=begin), default=None)


def first_preflight(due_at: datetime | Combinable) -> Case:
    """SQL: when a target that is due at `due_at` is checked ahead of that, from now on;
    NULL where it is due too soon.
    """
    moments = [earlier(due_at, before) for before in settings.PREFLIGHT_BEFORE]
    ahead = [When(LessThan(Now(), moment), then=moment) for moment in moments]
    return Case(*ahead, default=None, output_field=DateTimeField())


def left_behind(target: PostTarget) -> bool:
    """Given up on an account that is gone: it doesn't hold up the others."""
    gone = target.account.status == AccountStatus.DISCONNECTED
    return gone and target.status in GIVEN_UP


def set_late_after(post: Post, *, targets: Iterable[PostTarget]) -> None:
    """Bring targets that have not left in line with the post's late policy.

    What is due already counts from now: no new policy makes a post too late at once.
    """
    if post.scheduled_time is None:
        return
    since = max(post.scheduled_time, database_now())
    chosen = list(targets)
    ids = {target.pk for target in chosen}
    begun = published_targets(ids) | doubtful_targets(ids)
    rows = _rows(chosen).filter(status__in=SCHEDULED).exclude(pk__in=begun)
    rows.update(late_after=late_after(post, since), updated_at=Now())


def late_after(post: Post, due_at: datetime) -> datetime | None:
    """When the post counts as too late if it is due at `due_at`; None: never."""
    allowed = lateness(post)
    return None if allowed is None else due_at + allowed


def lateness(post: Post) -> timedelta | None:
    """How late the post may go out, None: however late. Its workspace is loaded."""
    policy = post.late_policy or post.workspace.late_policy
    if policy == LatePolicy.PUBLISH:
        return None
    minutes = post.late_minutes
    if minutes is None:
        minutes = post.workspace.late_minutes
    return timedelta(minutes=minutes)


def store_time(post: Post, at: datetime | None) -> None:
    """When its owner wants it out."""
    Post.objects.filter(pk=post.pk).update(scheduled_time=at, updated_at=Now())
    post.scheduled_time = at


def _rows(targets: Iterable[PostTarget]) -> PostTargets:
    return PostTarget.objects.filter(pk__in=[target.pk for target in targets])
