"""A person decides about a target whose network could not tell: live, or send again."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import ApiKey, User
from social_media.enums import (
    ActivityAction,
    AttemptOutcome,
    TargetStatus,
)
from social_media.models import ActivityLog, PostTarget, PublishAttempt
from social_media.models.clock import database_now
from social_media.oauth.credentials import without_secrets
from social_media.platforms.base import Problem, RemoteRef
from social_media.platforms.factory import strategy_for
from social_media.posts.derive import store_status
from social_media.posts.draft import draft_of
from social_media.posts.due import set_due
from social_media.posts.errors import Conflict, InvalidDraft, PostGone
from social_media.posts.lock import lock_connected, locked
from social_media.posts.schedule import require_connected
from social_media.posts.words import standing

#: The shortest that a link must fit into, the id of a step.
MAX_URL = 500

REST_NOT_SENT = (
    "It is live. What was to follow it was not sent: Stationmaster needs the post's id "
    "and a connected account to reply to it."
)


@transaction.atomic
def resolve_live(
    target: PostTarget, *, url: str, user: User | None, api_key: ApiKey | None = None
) -> None:
    """It stands at `url` (up to MAX_URL): the doubtful step is done.

    Further parts go out now where the link tells all that they must answer to and the
    account is connected; else they are given up, and the target says so.
    Raises Conflict unless the target is unconfirmed, InvalidDraft for a link that is
    none to a post on its network, PostGone.
    """
    row, _ = _locked_unconfirmed(target)
    ref = _ref_of(row, url)
    _close_attempts(row)
    _adopt(row, ref)
    more = _has_more(row)
    can_answer = strategy_for(row.account.platform).can_answer(ref)
    if more and can_answer and _connected(row):
        set_due(row.post, targets=[row], due_at=database_now())
    else:
        _finish(row, url, cut=more)
    _record(row, user, api_key, decision="live", url=url)


@transaction.atomic
def resolve_send_again(
    target: PostTarget, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """It is not there: send it now. If it was, it appears a second time.

    Raises Conflict unless the target is unconfirmed, InvalidDraft if its account is
    disconnected, PostGone.
    """
    row, targets = _locked_unconfirmed(target)
    _close_attempts(row)
    row.steps.update(repeat_until=None)  # a person has decided
    # With the payload and the key of before: a network that knows keys won't double it.
    set_due(row.post, targets=[row], due_at=database_now(), refreeze=False)
    require_connected(targets, [row])
    _record(row, user, api_key, decision="send_again")


def _ref_of(target: PostTarget, url: str) -> RemoteRef:
    account = target.account
    ref = strategy_for(account.platform).ref_of(url, without_secrets(account))
    if ref is None:
        words = f"This is not a link to a post on {account}. Copy it from the post."
        raise InvalidDraft([Problem(code="not_a_post", field="url", message=words)])
    if target.steps.filter(remote_id=ref.id).exists():
        words = (
            "This is the link of another part of it. Copy that of the part in doubt."
        )
        raise InvalidDraft([Problem(code="known", field="url", message=words)])
    return ref


def _locked_unconfirmed(target: PostTarget) -> tuple[PostTarget, list[PostTarget]]:
    post, targets = locked(target.post_id)
    row = next((one for one in targets if one.pk == target.pk), None)
    if row is None:
        raise PostGone
    row.post = post
    if row.status != TargetStatus.UNCONFIRMED:
        raise Conflict(
            f"{standing(row)} There is nothing to decide.", code="not_unconfirmed"
        )
    return row, targets


def _close_attempts(target: PostTarget) -> None:
    doubtful = ("", AttemptOutcome.REPEATABLE)
    tries = PublishAttempt.objects.filter(target=target, outcome__in=doubtful)
    tries.update(outcome=AttemptOutcome.RESOLVED, closed_at=Now())


def _adopt(target: PostTarget, ref: RemoteRef) -> None:
    """Parts are sent in order, so the first without an id is the doubtful one."""
    step = target.steps.unpublished().filter(abandoned_at=None).first()
    if step is None:
        return
    tried = step.attempts.order_by("opened_at").last()
    step.remote_id, step.remote_url = ref.id, ref.url
    step.remote_data = dict(ref.data)
    step.published_at = tried.opened_at if tried else database_now()
    fields = ("remote_id", "remote_url", "remote_data", "published_at")
    step.save(update_fields=fields)


def _has_more(target: PostTarget) -> bool:
    """Whether a part neither stands on the network nor was given up."""
    done = target.steps.exclude(remote_id="", abandoned_at=None).count()
    return len(draft_of(target).parts) > done


def _finish(target: PostTarget, url: str, *, cut: bool) -> None:
    target.steps.unpublished().update(abandoned_at=Now())
    first = target.steps.exclude(remote_url="").first()
    PostTarget.objects.filter(pk=target.pk).move(
        TargetStatus.POSTED,
        of={TargetStatus.UNCONFIRMED},
        posted_at=Now(),
        remote_url=first.remote_url if first else url,
        error_code="rest_not_sent" if cut else "",
        error_message=REST_NOT_SENT if cut else "",
        unknown_since=None,
    )
    store_status(target.post_id)


def _connected(target: PostTarget) -> bool:
    return target.account_id in lock_connected([target.account_id])


def _record(
    target: PostTarget,
    user: User | None,
    api_key: ApiKey | None,
    *,
    decision: str,
    url: str = "",
) -> None:
    ActivityLog.objects.record(
        ActivityAction.TARGET_RESOLVED,
        target,
        workspace_id=target.post.workspace_id,
        user=user,
        api_key=api_key,
        details={"decision": decision, "url": url},
    )
