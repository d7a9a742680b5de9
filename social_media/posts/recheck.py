"""A person asks for a look-up now instead of when it is due."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from social_media.enums import ActivityAction, TargetStatus
from social_media.models import ActivityLog, PostTarget
from social_media.posts.errors import Conflict


@transaction.atomic
def recheck(target: PostTarget, *, user: User) -> None:
    """Make the look-up of a target in doubt due at once.

    Safe at any time: an early "it is not there" is not believed (publishing/doubt.py).
    Raises Conflict unless the target is being reconciled.
    """
    rows = PostTarget.objects.filter(pk=target.pk, status=TargetStatus.RECONCILING)
    if not rows.update(due_at=Now(), updated_at=Now()):
        raise Conflict(
            "Nothing is in doubt about this target: there is nothing to look up."
        )
    ActivityLog.objects.record(
        ActivityAction.TARGET_RECONCILING,
        target,
        workspace_id=target.account.workspace_id,
        user=user,
        message="Asked to look it up on the network now.",
    )
