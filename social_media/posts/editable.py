"""Whether a post may still be changed or deleted."""

from __future__ import annotations

from collections.abc import Collection

from social_media.enums import EDITABLE, TargetStatus
from social_media.models import PostTarget
from social_media.posts.errors import Conflict, NotEditable
from social_media.posts.steps import doubtful_targets, published_targets
from social_media.posts.words import standing

_ON_ITS_WAY = frozenset({TargetStatus.POSTING, TargetStatus.RECONCILING})


def require_editable(targets: Collection[PostTarget]) -> None:
    """Raise NotEditable with the network and the reason. `targets` are locked."""
    held = [target.pk for target in targets]
    published, doubtful = published_targets(held), doubtful_targets(held)
    for target in targets:
        if target.status not in EDITABLE:
            raise NotEditable(f"{standing(target)} {_hint(target)}")
        if target.pk in published:
            raise NotEditable(
                f"A part of this post stands on {target.account} already. Retry to "
                "send the rest, or duplicate the post and edit the copy."
            )
        if target.pk in doubtful:
            raise NotEditable(
                f"{target.account} may have this post: its answer was lost. Wait until "
                "that is settled, or duplicate the post and edit the copy."
            )


def require_deletable(targets: Collection[PostTarget]) -> None:
    """Raise Conflict while a network is getting the post. `targets` are locked."""
    for target in targets:
        if target.status in _ON_ITS_WAY:
            raise Conflict(
                f"{standing(target)} Try again when it is known how that ended.",
                code="not_deletable",
            )


def _hint(target: PostTarget) -> str:
    if target.status in _ON_ITS_WAY:
        return "Wait until it is known how that ended."
    if target.status == TargetStatus.UNCONFIRMED:
        return "Say first whether it is live there or is to be sent again."
    return "Duplicate it and edit the copy."
