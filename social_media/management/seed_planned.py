"""What the demo plans: a queue with posts in its slots, and a recurring post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import User, Workspace
from social_media.enums import Platform
from social_media.management.demo_posts import (
    QUEUE,
    QUEUED,
    RECURRED,
    RECURRING,
    DemoPost,
)
from social_media.models import ConnectedAccount, PostQueue, RecurringSchedule
from social_media.posts.compose import create_post
from social_media.posts.composition import Composition, Destination
from social_media.posts.queues.add import add_post
from social_media.posts.queues.change import create_queue, update_queue
from social_media.posts.queues.slots import WEEKDAYS
from social_media.posts.recurrence.change import create_schedule
from social_media.posts.recurrence.parse import Wish

#: The first slot is the next full minute that is at least so far away.
AHEAD = timedelta(seconds=8)
_MINUTE = timedelta(minutes=1)

Connected = Mapping[tuple[Platform, str], ConnectedAccount]


def fill_queue(
    workspace: Workspace, connected: Connected, *, user: User, now: datetime
) -> int:
    """A queue with one slot a day, in a minute for the first time, and its posts.

    Answers how many go out today. What waits since an earlier run goes first.
    """
    slot = (now + AHEAD).replace(second=0, microsecond=0) + _MINUTE
    slots = {weekday: [f"{slot:%H:%M}"] for weekday in WEEKDAYS}
    queue = PostQueue.objects.filter(workspace=workspace, name=QUEUE).first()
    if queue is None:
        places = [connected[place].pk for place in QUEUED[0].accounts()]
        given = {"name": QUEUE, "timezone": "UTC", "slots": slots, "accounts": places}
        queue = create_queue(workspace, given=given, user=user)
    else:
        update_queue(queue, changes={"slots": slots}, user=user)
    for one in QUEUED:
        (content,) = one.texts(now)
        composition = Composition(content=content)
        post = create_post(workspace, composition=composition, user=user)
        add_post(queue, post_id=post.pk, user=user)
    return 1


def begin_recurring(
    workspace: Workspace, connected: Connected, *, user: User, now: datetime
) -> int:
    """A post a week, the first in a minute; one of an earlier run goes on instead.

    Answers how many go out today.
    """
    if RecurringSchedule.objects.filter(workspace=workspace, name=RECURRING).exists():
        return 0
    first = now + timedelta(seconds=RECURRED.seconds)
    create_schedule(
        workspace,
        name=RECURRING,
        wish=Wish("UTC", f"{first:%Y-%m-%dT%H:%M:%S}", rule="FREQ=WEEKLY"),
        composition=Composition(
            content=RECURRED.content, targets=_targets(RECURRED, connected)
        ),
        user=user,
    )
    return 1


def _targets(post: DemoPost, connected: Connected) -> tuple[Destination, ...]:
    return tuple(Destination(connected[place].pk) for place in post.accounts())
