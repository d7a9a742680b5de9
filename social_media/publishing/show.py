"""Letting a post say `posting` while one of its targets takes its time."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from social_media.enums import PostStatus, TargetStatus
from social_media.models import Post, PostTarget
from social_media.models.clock import from_now

#: What is out sooner goes from `scheduled` to `posted`: most do, and need no write.
AFTER = timedelta(seconds=1)
AT_ONCE = 500


def show_posting() -> int:
    """Let posts whose publishing goes on for a while say so; answers how many."""
    with transaction.atomic():
        posts = _locked(list(_slow().values_list("post_id", flat=True)[:AT_ONCE]))
        # A statement of its own, begun after the locks were got: what was derived
        # meanwhile must not be overwritten.
        working = PostTarget.objects.filter(
            post=OuterRef("pk"), status=TargetStatus.POSTING
        )
        shown = Post.objects.filter(
            Exists(working), pk__in=posts, status=PostStatus.SCHEDULED
        )
        return shown.update(status=PostStatus.POSTING) if posts else 0


def _slow() -> QuerySet[PostTarget]:
    claimed = from_now(settings.LEASE - AFTER)
    return PostTarget.objects.filter(
        status=TargetStatus.POSTING,
        lease_expires_at__lte=claimed,
        post__status=PostStatus.SCHEDULED,
    ).order_by("lease_expires_at")


def _locked(posts: list[uuid.UUID]) -> list[uuid.UUID]:
    rows = Post.objects.filter(pk__in=posts).order_by("pk")
    free = rows.select_for_update(skip_locked=True, no_key=True)
    return list(free.values_list("pk", flat=True)) if posts else []
