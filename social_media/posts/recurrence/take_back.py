"""Taking back what was made ahead of its time, as long as nobody touched it."""

from __future__ import annotations

import uuid

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from social_media.enums import OccurrenceStatus, TargetStatus
from social_media.models import Occurrence, Post, PostTarget, RecurringSchedule
from social_media.posts.call_off import GONE
from social_media.posts.due import WAITING
from social_media.posts.steps import doubtful_targets, published_targets


def take_back(schedule: RecurringSchedule) -> int:
    """Delete what lies ahead, posts and rows; answers how many posts.

    What a person edited, what has begun or ended stays, and so does what was skipped.
    What could not be made is forgotten, to be tried anew. `schedule` is locked.
    """
    ahead = Occurrence.objects.filter(schedule=schedule, occurs_at__gt=Now())
    ahead.filter(status=OccurrenceStatus.FAILED).delete()
    untouched = ahead.filter(
        status=OccurrenceStatus.MADE,
        edited=False,
        post__isnull=False,
        post__queued=None,
    )
    gone = _unbegun(_locked_posts(untouched))
    # Asked again under the locks: a person may have edited one in this moment.
    gone &= set(untouched.values_list("post_id", flat=True))
    Occurrence.objects.filter(schedule=schedule, post__in=gone).delete()
    Post.objects.filter(pk__in=gone).delete()
    return len(gone)


def _locked_posts(rows: QuerySet[Occurrence]) -> set[uuid.UUID]:
    wanted = list(rows.order_by().values_list("post_id", flat=True))
    posts = Post.objects.select_for_update(no_key=True).filter(pk__in=wanted)
    return set(posts.order_by("pk").values_list("pk", flat=True))


def _unbegun(posts: set[uuid.UUID]) -> set[uuid.UUID]:
    """Those of which nothing left, or may have left."""
    targets = PostTarget.objects.select_for_update(no_key=True).filter(post__in=posts)
    # What ended with its account was called off by nobody.
    gone = Q(status=TargetStatus.CANCELLED, error_code=GONE)
    rows = list(
        targets.exclude(gone).order_by("pk").values_list("pk", "post_id", "status")
    )
    ids = {pk for pk, _, _ in rows}
    begun = published_targets(ids) | doubtful_targets(ids)
    kept = {post for pk, post, status in rows if status not in WAITING or pk in begun}
    return posts - kept
