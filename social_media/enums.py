"""Names that every layer shares: networks, statuses, their groups and legal moves.

A leaf: imports nothing of the project. Illegal tables fail at import.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import TextChoices


class Platform(TextChoices):
    """A social network that Stationmaster can publish to."""

    X = "x", "X"
    BLUESKY = "bluesky", "Bluesky"
    MASTODON = "mastodon", "Mastodon"


class AccountStatus(TextChoices):
    """Whether posts leave through a connected account."""

    ACTIVE = "active", "Active"
    NEEDS_REAUTH = "needs_reauth", "Needs to be connected again"
    PAUSED = "paused", "Paused"
    DISCONNECTED = "disconnected", "Disconnected"


class TargetStatus(TextChoices):
    """Where one post on one account stands (docs/publishing.md has the diagram)."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    QUEUED = "queued", "Queued"
    POSTING = "posting", "Posting"
    RECONCILING = "reconciling", "Checking with the network"
    POSTED = "posted", "Posted"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"


class PostStatus(TextChoices):
    """A post's status, derived from its targets and stored (posts/derive.py)."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    POSTING = "posting", "Posting"
    RECONCILING = "reconciling", "Checking with the network"
    POSTED = "posted", "Posted"
    PARTIALLY_POSTED = "partially_posted", "Partially posted"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNCONFIRMED = "unconfirmed", "Unconfirmed"


class MediaKind(TextChoices):
    """What a file is to those who look at it."""

    IMAGE = "image", "Image"
    GIF = "gif", "Animated image"
    VIDEO = "video", "Video"


class MediaStatus(TextChoices):
    """Where an uploaded file stands."""

    UPLOADING = "uploading", "Waiting for its bytes"
    PROCESSING = "processing", "Being made ready"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class RenditionStatus(TextChoices):
    """Where what a network needs of a file stands."""

    WAITING = "waiting", "Waiting to be made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class RecurrenceStatus(TextChoices):
    """Whether a recurring schedule still makes posts."""

    ACTIVE = "active", "Active"
    STOPPED = "stopped", "Stopped"
    ENDED = "ended", "Ended: its last occurrence has passed"


class OccurrenceStatus(TextChoices):
    """What became of one occurrence of a recurring schedule."""

    MADE = "made", "Its post was made"
    SKIPPED = "skipped", "Skipped by a person"
    FAILED = "failed", "Its post could not be made"
    MISSED = "missed", "Its time passed before it could be made"


class StepKind(TextChoices):
    """What a publish step makes visible."""

    POST = "post", "Post"
    THREAD_PART = "thread_part", "Thread part"
    FIRST_COMMENT = "first_comment", "First comment"


class AttemptOutcome(TextChoices):
    """How a try ended. An open attempt has none yet."""

    POSTED = "posted", "Posted"
    RATE_LIMITED = "rate_limited", "Rate limited"
    NOT_READY = "not_ready", "Network still processing"
    UNAVAILABLE = "unavailable", "Network unavailable, nothing sent"
    AUTHENTICATION_FAILED = "authentication_failed", "Sign-in refused"
    ACCOUNT_BLOCKED = "account_blocked", "Account held back by the network"
    CONTENT_REJECTED = "content_rejected", "Refused by the network"
    ADOPTED = "adopted", "Answer lost, found on the network"
    ABSENT = "absent", "Answer lost, not on the network"
    REPEATABLE = "repeatable", "Answer lost, safe to repeat with the same key"
    UNDETERMINED = "undetermined", "Answer lost, the network could not tell"
    RESOLVED = "resolved", "Answer lost, decided by a person"


class Instant(TextChoices):
    """Where a process can be made to die (failpoints.py), in the order of a post's way.

    A claim is one statement that commits itself; only where an instant may be struck is
    there a transaction around it.
    """

    SCAN_BEFORE_COMMIT = "scan.before_commit", "A batch is queued, not committed"
    SCAN_COMMITTED = "scan.committed", "A batch is queued, no bell was rung"
    CLAIM_BEFORE_COMMIT = "claim.before_commit", "Before the claim commits"
    CLAIMED = "claim.committed", "After the claim"
    UPLOADED = "uploaded", "The network has an upload, its handle is not saved"
    UPLOAD_SAVED = "upload.saved", "After the handle of an upload"
    PREPARED = "prepared", "Steps are frozen, uploads done"
    ATTEMPT_OPENED = "attempt.opened", "After the attempt row"
    NETWORK_ACCEPTED = "network.accepted", "The network accepted, no answer is read"
    ANSWERED = "answered", "After the answer, before the record"
    RECORD_BEFORE_COMMIT = "record.before_commit", "The record is not committed"
    PART_RECORDED = "part.recorded", "In the middle of a thread"
    RECORDED = "recorded", "After the last record"
    MEDIA_MADE = "media.made", "A rendition is stored, its row does not say so"
    LOOK_UP_HELD = "look_up.held", "Before a look-up"
    LOOKED_UP = "look_up.answered", "After a look-up, before its record"


class LatePolicy(TextChoices):
    """What happens to a post that could not leave in time."""

    PUBLISH = "publish", "Publish, however late"
    SKIP = "skip", "Skip when too late"
    HOLD = "hold", "Hold and ask when too late"


class Overdue(TextChoices):
    """What becomes of posts that fell due while their workspace was paused."""

    PUBLISH = "publish", "Send them now, in order"
    SKIP = "skip", "Call them off"
    DRAFT = "draft", "Put them back to the drafts"


class ActivityAction(TextChoices):
    """What was done, for the audit trail; past tense, `thing.verb`."""

    USER_REGISTERED = "user.registered"
    USER_UPDATED = "user.updated"
    WORKSPACE_CREATED = "workspace.created"
    WORKSPACE_UPDATED = "workspace.updated"
    MEMBER_ADDED = "member.added"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    WORKSPACE_PAUSED = "workspace.paused"
    WORKSPACE_RESUMED = "workspace.resumed"
    CALENDAR_FEED_CREATED = "calendar_feed.created"
    CALENDAR_FEED_REVOKED = "calendar_feed.revoked"
    ACCOUNT_CONNECTED = "account.connected"
    ACCOUNT_UPDATED = "account.updated"
    ACCOUNT_CHECKED = "account.checked"
    ACCOUNT_DISCONNECTED = "account.disconnected"
    ACCOUNT_PAUSED = "account.paused"
    ACCOUNT_RESUMED = "account.resumed"
    ACCOUNT_NEEDS_REAUTH = "account.needs_reauth"
    ACCOUNT_BLOCKED = "account.blocked"
    MEDIA_UPLOADED = "media.uploaded"
    MEDIA_UPDATED = "media.updated"
    MEDIA_DELETED = "media.deleted"
    MEDIA_FAILED = "media.failed"
    POST_CREATED = "post.created"
    POST_UPDATED = "post.updated"
    POST_DELETED = "post.deleted"
    POST_DUPLICATED = "post.duplicated"
    POST_SCHEDULED = "post.scheduled"
    POST_CANCELLED = "post.cancelled"
    POST_PUBLISH_NOW = "post.publish_now"
    POST_RETRIED = "post.retried"
    POSTS_IMPORTED = "posts.imported"
    LABEL_RENAMED = "label.renamed"
    LABEL_DELETED = "label.deleted"
    QUEUE_CREATED = "queue.created"
    QUEUE_UPDATED = "queue.updated"
    QUEUE_DELETED = "queue.deleted"
    QUEUE_PAUSED = "queue.paused"
    QUEUE_RESUMED = "queue.resumed"
    QUEUE_POST_ADDED = "queue.post_added"
    QUEUE_POST_REMOVED = "queue.post_removed"
    QUEUE_REORDERED = "queue.reordered"
    QUEUE_POST_RECYCLED = "queue.post_recycled"
    QUEUE_POST_HELD = "queue.post_held"
    RECURRENCE_CREATED = "recurrence.created"
    RECURRENCE_UPDATED = "recurrence.updated"
    RECURRENCE_STOPPED = "recurrence.stopped"
    RECURRENCE_RESUMED = "recurrence.resumed"
    RECURRENCE_DELETED = "recurrence.deleted"
    RECURRENCE_ENDED = "recurrence.ended"
    OCCURRENCE_MADE = "occurrence.made"
    OCCURRENCE_SKIPPED = "occurrence.skipped"
    OCCURRENCE_EDITED = "occurrence.edited"
    OCCURRENCE_FAILED = "occurrence.failed"
    OCCURRENCE_MISSED = "occurrence.missed"
    TARGET_POSTED = "target.posted"
    TARGET_WARNED = "target.warned"
    TARGET_RETRYING = "target.retrying"
    TARGET_FAILED = "target.failed"
    TARGET_RECONCILING = "target.reconciling"
    TARGET_UNCONFIRMED = "target.unconfirmed"
    TARGET_SKIPPED = "target.skipped"
    TARGET_HELD = "target.held"
    TARGET_RESOLVED = "target.resolved"


_S = TargetStatus

#: One of these per account at most (a partial unique index holds it).
IN_FLIGHT: frozenset[TargetStatus] = frozenset({_S.QUEUED, _S.POSTING})
#: A person may still change the post's content.
EDITABLE: frozenset[TargetStatus] = frozenset(
    {_S.DRAFT, _S.SCHEDULED, _S.QUEUED, _S.FAILED, _S.CANCELLED}
)

#: How a target ends that is held back before its time: as what is true of it.
_CALLED_OFF = frozenset({_S.CANCELLED, _S.FAILED, _S.POSTED, _S.UNCONFIRMED})

#: Every legal move of a target. `models/target_queries.py` refuses all others.
TRANSITIONS: Mapping[TargetStatus, frozenset[TargetStatus]] = {
    _S.DRAFT: frozenset({_S.SCHEDULED}),
    _S.SCHEDULED: frozenset({_S.DRAFT, _S.QUEUED, _S.POSTING}) | _CALLED_OFF,
    _S.QUEUED: frozenset({_S.DRAFT, _S.SCHEDULED, _S.POSTING}) | _CALLED_OFF,
    _S.POSTING: frozenset({_S.SCHEDULED, _S.RECONCILING, _S.POSTED, _S.FAILED}),
    _S.RECONCILING: frozenset({_S.SCHEDULED, _S.POSTED, _S.FAILED, _S.UNCONFIRMED}),
    _S.POSTED: frozenset(),
    _S.FAILED: frozenset({_S.SCHEDULED, _S.DRAFT}),
    _S.CANCELLED: frozenset({_S.SCHEDULED, _S.DRAFT}),
    _S.UNCONFIRMED: frozenset({_S.SCHEDULED, _S.POSTED}),
}


_M = MediaStatus

#: Legal moves of an uploaded file; one method moves (models/media.py).
MEDIA_TRANSITIONS: Mapping[MediaStatus, frozenset[MediaStatus]] = {
    _M.UPLOADING: frozenset({_M.PROCESSING, _M.FAILED}),
    _M.PROCESSING: frozenset({_M.READY, _M.FAILED}),
    _M.READY: frozenset(),
    _M.FAILED: frozenset({_M.PROCESSING}),
}


def check_transitions(
    table: Mapping[TargetStatus, frozenset[TargetStatus]],
) -> None:
    """Raise ValueError unless each status has a row and is reached from a draft."""
    missing = set(TargetStatus) - set(table)
    if missing:
        raise ValueError(f"no row in the table of moves for: {sorted(missing)}")
    reached, frontier = {TargetStatus.DRAFT}, [TargetStatus.DRAFT]
    while frontier:
        fresh = table[frontier.pop()] - reached
        reached |= fresh
        frontier.extend(fresh)
    if reached != set(TargetStatus):
        raise ValueError(f"unreachable statuses: {sorted(set(TargetStatus) - reached)}")


check_transitions(TRANSITIONS)
