"""What must be true at the end of every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    PostStatus,
    TargetStatus,
)
from social_media.models import ActivityLog, PostTarget, PublishAttempt
from tests.social_media.publishing.matrix_owner import (
    DECIDE,
    RECONNECT,
    RESUME,
    RETRY,
    Owner,
)
from tests.social_media.publishing.matrix_stage import HANDLE, Stage

_OUT = {AttemptOutcome.POSTED, AttemptOutcome.ADOPTED}
#: After these a step may be sent again: it surely isn't there, or the key is known.
_AGAIN = {
    AttemptOutcome.RATE_LIMITED,
    AttemptOutcome.NOT_READY,
    AttemptOutcome.UNAVAILABLE,
    AttemptOutcome.AUTHENTICATION_FAILED,
    AttemptOutcome.ACCOUNT_BLOCKED,
    AttemptOutcome.CONTENT_REJECTED,
    AttemptOutcome.ABSENT,
    AttemptOutcome.REPEATABLE,
}
#: How the owner was told of what there was to do.
_TOLD = {
    RECONNECT: ActivityAction.ACCOUNT_NEEDS_REAUTH,
    RESUME: ActivityAction.ACCOUNT_BLOCKED,
    RETRY: ActivityAction.TARGET_FAILED,
    DECIDE: ActivityAction.TARGET_UNCONFIRMED,
}


def assert_appeared_once(stage: Stage) -> None:
    """Each part once, in order and threaded, there and here; the owner told once."""
    posts = stage.simulator.posts(stage.cell.network, HANDLE)
    _assert_stands(posts, [parts_of(target) for target in stage.targets])
    found = stage.simulator.summary()
    assert (found["doubled"], found["duplicates_refused"]) == (0, 0)
    stage.account.refresh_from_db()
    assert stage.account.status == AccountStatus.ACTIVE
    for target in stage.targets:
        target.refresh_from_db()
        mine, posts = posts[: target.steps.count()], posts[target.steps.count() :]
        _assert_recorded(target, mine)
        _assert_ledger(target, decided=DECIDE in stage.owner.did)
    _assert_told(stage.owner, len(stage.targets))


def parts_of(target: PostTarget) -> list[str]:
    """Its texts in order."""
    thread = target.post.thread_parts.order_by("position")
    return [target.post.content, *thread.values_list("content", flat=True)]


def _assert_stands(
    posts: Sequence[dict[str, Any]], threads: Sequence[Sequence[str]]
) -> None:
    """Nothing but `threads` stands there, each part under the one before it."""
    ids = iter([post["id"] for post in posts])
    expected: list[tuple[str, str | None, int]] = []
    for thread in threads:
        above: str | None = None
        for text in thread:
            expected.append((text, above, 0))
            above = next(ids, "none")
    assert [(p["text"], p["reply_to"], p["edits"]) for p in posts] == expected


def _assert_recorded(target: PostTarget, posts: Sequence[dict[str, Any]]) -> None:
    assert target.status == TargetStatus.POSTED
    assert target.post.status == PostStatus.POSTED
    assert target.remote_url == posts[0]["url"]
    assert (target.attempt_token, target.lease_expires_at) == (None, None)
    steps = target.steps.order_by("position").values_list("remote_id", "remote_url")
    assert list(steps) == [(post["id"], post["url"]) for post in posts]


def _assert_ledger(target: PostTarget, *, decided: bool) -> None:
    """Every try has ended, and each but a step's last in what lets it be sent again."""
    out = _OUT | {AttemptOutcome.UNDETERMINED} if decided else _OUT
    for step in target.steps.all():
        tries = PublishAttempt.objects.filter(step=step).order_by("opened_at", "pk")
        *before, last = tries.values_list("outcome", flat=True) or ["never tried"]
        assert last in out, (before, last)
        assert set(before) <= _AGAIN, (before, last)


def _assert_told(owner: Owner, targets: int) -> None:
    """Once of each post that is out, and once of each thing that there was to do."""
    told = Counter(ActivityLog.objects.values_list("action", flat=True))
    wanted = {action: owner.did.count(act) for act, action in _TOLD.items()}
    wanted[ActivityAction.TARGET_POSTED] = targets
    assert {action: told[action] for action in wanted} == wanted
