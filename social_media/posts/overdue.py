"""What becomes of posts that fell due while their workspace was paused."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from accounts.models import ApiKey, User, Workspace
from social_media.enums import (
    AccountStatus,
    ActivityAction,
    Overdue,
    PostStatus,
    TargetStatus,
)
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Post,
    PostTarget,
    QueuedPost,
)
from social_media.models.clock import database_now
from social_media.models.target_queries import PostTargets
from social_media.posts.call_off import call_off
from social_media.posts.derive import store_statuses
from social_media.posts.due import FRESH, SCHEDULED, late_after
from social_media.posts.steps import doubtful_targets, published_targets

#: Posts in one transaction.
AT_ONCE = 200
#: What lay so far apart is sent a hundred-thousandth of it apart: a day becomes one
#: second. In the old order, and not late by the clock that /readyz looks at.
CLOSER = 100_000
_INSTANT = timedelta(microseconds=1)

CALLED_OFF = (
    "It fell due while the workspace was paused, and was called off when that ended."
)
ENDED = "It fell due during the pause, and had begun before: its accounts say the rest."
MADE_DRAFT = (
    "It fell due while the workspace was paused, and became a draft when that ended."
)


@dataclass(frozen=True, slots=True)
class Settling:
    """One decision about all that was due at `until`, the oldest of it at `oldest`."""

    overdue: Overdue
    until: datetime
    oldest: datetime
    user: User | None
    api_key: ApiKey | None

    @classmethod
    def begin(
        cls,
        workspace: Workspace,
        overdue: Overdue,
        *,
        user: User | None,
        api_key: ApiKey | None,
    ) -> Settling:
        """As things stand now."""
        now = database_now()
        found = _fell_due(workspace, now).aggregate(oldest=Min("due_at"))["oldest"]
        return cls(overdue, now, found or now, user, api_key)

    def new_time(self, due_at: datetime) -> datetime:
        """When what was due at `due_at` is due now: later than `until`."""
        after = max(due_at - self.oldest, timedelta(0)) / CLOSER
        return self.until + _INSTANT + after


def overdue_posts(workspace: Workspace, *, until: datetime) -> int:
    """How many posts fell due, of a paused workspace."""
    return _fell_due(workspace, until).values("post").distinct().count()


def settle_some(workspace: Workspace, settling: Settling) -> bool:
    """Settle some of what fell due; whether that was the last of it.

    The workspace, which is paused, is locked.
    """
    fell_due = _fell_due(workspace, settling.until)
    chosen = fell_due.order_by().values_list("post_id", flat=True).distinct()
    some = list(chosen[:AT_ONCE])
    posts = Post.objects.select_for_update(no_key=True).filter(pk__in=some)
    found = {post.pk: post for post in posts.order_by("pk")}
    for post in found.values():
        post.workspace = workspace
    _settle(_locked_targets(fell_due, found), found, settling)
    return len(some) < AT_ONCE


def _fell_due(workspace: Workspace, until: datetime) -> PostTargets:
    """Due during the pause; or before it, where nothing but the pause holds it up."""
    accounts = ConnectedAccount.objects.filter(workspace=workspace)
    free = accounts.filter(status=AccountStatus.ACTIVE)
    during = Q(due_at__gte=workspace.paused_at or until)
    return PostTarget.objects.filter(
        during | Q(account__in=free.values("pk")),
        account__in=accounts.values("pk"),
        status__in=SCHEDULED,
        due_at__lte=until,
    )


def _locked_targets(
    fell_due: PostTargets, posts: Collection[uuid.UUID]
) -> list[PostTarget]:
    all_of = PostTarget.objects.filter(post__in=posts).select_for_update(no_key=True)
    list(all_of.order_by("pk").values_list("pk"))
    # In a statement of its own: it sees what others did before they were locked.
    return list(fell_due.filter(post__in=posts).order_by("pk"))


def _settle(
    targets: Sequence[PostTarget], posts: dict[uuid.UUID, Post], settling: Settling
) -> None:
    if settling.overdue == Overdue.PUBLISH:
        _send(targets, posts, settling)
    elif settling.overdue == Overdue.SKIP:
        _skip(targets, posts, settling)
    else:
        begun = _begun(targets)
        # What has begun, or may have, is finished however late.
        _send([row for row in targets if row.pk in begun], posts, settling)
        _make_drafts([row for row in targets if row.pk not in begun], posts, settling)


def _skip(
    targets: Sequence[PostTarget], posts: dict[uuid.UUID, Post], settling: Settling
) -> None:
    ids = {row.pk for row in targets}
    call_off(ids, code="paused", words=CALLED_OFF)
    store_statuses(posts)
    rows = PostTarget.objects.filter(pk__in=ids, status=TargetStatus.CANCELLED)
    off = set(rows.values_list("post_id", flat=True))
    ended = {row.post_id for row in targets} - off
    _record(ActivityAction.POST_CANCELLED, off, posts, settling, CALLED_OFF)
    _record(ActivityAction.POST_UPDATED, ended, posts, settling, ENDED)


def _begun(targets: Sequence[PostTarget]) -> set[uuid.UUID]:
    ids = {row.pk for row in targets}
    return published_targets(ids) | doubtful_targets(ids)


def _send(
    targets: Sequence[PostTarget], posts: dict[uuid.UUID, Post], settling: Settling
) -> None:
    for row in targets:
        row.due_at = settling.new_time(row.due_at or settling.oldest)
        if row.late_after is not None:
            row.late_after = late_after(posts[row.post_id], row.due_at)
        row.updated_at = settling.until
    PostTarget.objects.bulk_update(targets, ["due_at", "late_after", "updated_at"])


def _make_drafts(
    targets: Sequence[PostTarget], posts: dict[uuid.UUID, Post], settling: Settling
) -> None:
    changes = {**FRESH, "due_at": None, "late_after": None}
    rows = PostTarget.objects.filter(pk__in=[row.pk for row in targets])
    rows.move(TargetStatus.DRAFT, of=SCHEDULED, **changes)
    ids = {row.post_id for row in targets}
    store_statuses(ids)
    drafts = Post.objects.filter(pk__in=ids, status=PostStatus.DRAFT)
    drafts.update(scheduled_time=None, updated_at=settling.until)
    QueuedPost.objects.filter(post__in=ids).delete()
    _record(ActivityAction.POST_UPDATED, ids, posts, settling, MADE_DRAFT)


def _record(
    action: ActivityAction,
    chosen: Collection[uuid.UUID],
    posts: dict[uuid.UUID, Post],
    settling: Settling,
    words: str,
) -> None:
    """One row per post: its owner is told."""
    for post_id in sorted(chosen):
        ActivityLog.objects.record(
            action,
            posts[post_id],
            workspace_id=posts[post_id].workspace_id,
            user=settling.user,
            api_key=settling.api_key,
            message=words,
        )
