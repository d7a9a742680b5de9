"""A post that is given another time leaves its queue; the others move up."""

from __future__ import annotations

import uuid

from social_media.models import QueuedPost
from social_media.posts.queues.hold import HeldQueue
from social_media.posts.queues.retime import retime


def leave_queue(post_id: uuid.UUID, held: HeldQueue | None) -> None:
    """Take the post, which is locked, out of its queue if it is in one.

    `held` is that queue as `hold_queue_of` found it, before the post was locked. If
    the post came into another one meanwhile, the others there move up with the next
    change of that.
    """
    QueuedPost.objects.filter(post_id=post_id).delete()
    if held is not None:
        held.entries = [one for one in held.entries if one.post_id != post_id]
        retime(held)
