"""What must be true at the end of every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    MediaKind,
    Platform,
    PostStatus,
    RenditionStatus,
    TargetStatus,
)
from social_media.models import ActivityLog, MediaFile, PostTarget, PublishAttempt
from tests.social_media.publishing.matrix_owner import (
    DECIDE,
    RECONNECT,
    RESUME,
    RETRY,
    Owner,
)
from tests.social_media.publishing.matrix_stage import HANDLE, Stage

#: Digest and description of what one part shows, in order.
Media = list[tuple[str, str]]

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
    assert [media_of(post) for post in posts] == [
        shown for target in stage.targets for shown in wanted_media(target)
    ]
    _assert_stands(posts, [parts_of(target) for target in stage.targets])
    found = stage.simulator.summary()
    assert (found["doubled"], found["duplicates_refused"]) == (0, 0)
    # Only what nobody here could know is sent again: see `lost_handles`.
    lost = stage.watch.lost_handles + stage.network.lost_handles
    assert found["uploaded_again"] == lost
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


def media_of(post: dict[str, Any]) -> Media:
    """What a post on the network shows."""
    return [(one["sha256"], one["alt_text"]) for one in post["media"]]


def wanted_media(target: PostTarget) -> list[Media]:
    """What each of its parts has to show, in order: bytes and description."""
    shown: list[Media] = [[] for _ in parts_of(target)]
    for place in target.post.media.select_related("file").order_by("part", "position"):
        file = place.file
        # X has no descriptions of videos.
        silent = target.account.platform == Platform.X and file.kind != MediaKind.IMAGE
        alt_text = "" if silent else file.alt_text
        shown[place.part].append((_sent_of(file), alt_text))
    return shown


def _sent_of(file: MediaFile) -> str:
    """Of what was made of it for the network, else of itself."""
    made = list(file.renditions.all())
    assert len(made) <= 1
    for rendition in made:
        assert (rendition.status, rendition.due_at) == (RenditionStatus.READY, None)
    return made[0].facts["sha256"] if made else file.sha256


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
    assert (target.preparing_token, target.preparing_until) == (None, None)
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
