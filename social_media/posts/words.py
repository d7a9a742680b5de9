"""Where a target stands, in a sentence for people."""

from __future__ import annotations

from social_media.enums import TargetStatus
from social_media.models import PostTarget


def standing(target: PostTarget) -> str:
    """How the post on the target's account stands; its account is loaded."""
    if target.status == TargetStatus.POSTING:
        return f"{target.account} is getting this post right now."
    if target.status == TargetStatus.RECONCILING:
        return f"We are finding out whether this post went out on {target.account}."
    state = TargetStatus(target.status).label.lower()
    return f"The post on {target.account} is {state}."
