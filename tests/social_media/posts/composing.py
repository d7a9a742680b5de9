"""What the tests of this package compose."""

from __future__ import annotations

from datetime import timedelta

from social_media.enums import Platform, PostStatus, TargetStatus
from social_media.models import ActivityLog, Post, PostTarget, PublishStep
from social_media.posts.composition import Composition, Destination
from tests.factories import (
    ConnectedAccountFactory,
    PostFactory,
    PostTargetFactory,
    now,
)

LATER = timedelta(hours=1)


def account_on(workspace, platform=Platform.BLUESKY, **given):
    return ConnectedAccountFactory(workspace=workspace, platform=platform, **given)


def composed(*accounts, **given):
    """Hello, to these accounts."""
    given.setdefault("content", "Hello")
    return Composition(targets=tuple(Destination(a.pk) for a in accounts), **given)


def post_with(*statuses, **given):
    """A post with one target per status, each on a Bluesky account of its own."""
    alone = len(set(statuses)) == 1
    status = statuses[0] if alone and statuses[0] in PostStatus.values else "scheduled"
    post = PostFactory(status=status, **given)
    for one in statuses:
        account = account_on(post.workspace)
        PostTargetFactory(post=post, account=account, status=one)
    return post


def statuses(post):
    rows = PostTarget.objects.filter(post=post)
    return [TargetStatus(row.status).value for row in rows]


def stored(post):
    return Post.objects.get(pk=post.pk)


def step_of(target, position=0, **given):
    return PublishStep.objects.create(
        target=target,
        position=position,
        kind=given.pop("kind", "thread_part" if position else "post"),
        idempotency_key=f"key-{target.pk}-{position}"[:64],
        payload={"text": "Hello", "options": {}, "created_at": now().isoformat()},
        **given,
    )


def in_an_hour():
    return now() + LATER


def problems(told):
    return [(one.field, one.code) for one in told.value.problems]


def logged():
    return [(row.action, row.thing_id) for row in ActivityLog.objects.all()]
