"""What happened to an occurrence's post by the ordinary ways. Called by those."""

from __future__ import annotations

import uuid

from social_media.enums import OccurrenceStatus
from social_media.models import Occurrence

DELETED = "Its post was deleted."


def mark_edited(post_id: uuid.UUID) -> None:
    """A person decided about this post: a new template leaves it as it is."""
    Occurrence.objects.filter(post_id=post_id, edited=False).update(edited=True)


def mark_deleted(post_id: uuid.UUID) -> None:
    """A person deletes this post: it is not made again."""
    Occurrence.objects.filter(post_id=post_id).update(
        post=None, status=OccurrenceStatus.SKIPPED, message=DELETED
    )
