"""Queues themselves: create, change, pause, resume, delete.

Each function is one transaction and writes one activity row.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction
from social_media.models import ActivityLog, ConnectedAccount, PostQueue
from social_media.platforms.base import Problem
from social_media.posts.errors import Conflict
from social_media.posts.queues.hold import HeldQueue, hold
from social_media.posts.queues.retime import retime_all
from social_media.posts.queues.slots import in_order, slot_problems
from social_media.posts.queues.times import take_times
from social_media.posts.validate import refuse

#: As many as a post can have.
MAX_ACCOUNTS = 50


@transaction.atomic
def create_queue(
    workspace: Workspace,
    *,
    given: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> PostQueue:
    """A queue of `given`: name, slots, accounts (ids), maybe timezone and evergreen.

    Raises InvalidDraft, Conflict (the name is taken).
    """
    problems = slot_problems(given["slots"])
    problems += _account_problems(workspace.pk, given["accounts"])
    refuse(problems)
    queue = PostQueue(workspace=workspace, timezone=workspace.timezone)
    _write(queue, given)
    _record(ActivityAction.QUEUE_CREATED, queue, user, api_key)
    return queue


@transaction.atomic
def update_queue(
    queue: PostQueue,
    *,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Change what is named; other slots or another zone move all that waits.

    Raises InvalidDraft, Conflict (the name is taken, slots too few for what waits),
    QueueGone.
    """
    held = hold(queue.pk)
    problems = slot_problems(changes["slots"]) if "slots" in changes else []
    if "accounts" in changes:
        problems += _account_problems(held.queue.workspace_id, changes["accounts"])
    refuse(problems)
    _write(held.queue, changes)
    if {"slots", "timezone"} & changes.keys():
        _retime_whole(held)
    details = {"changed": sorted(changes)}
    _record(ActivityAction.QUEUE_UPDATED, held.queue, user, api_key, details=details)


@transaction.atomic
def pause_queue(
    queue: PostQueue, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """What waits loses its time and keeps its order; what is on its way goes out.

    Nothing happens where it is paused already. Raises QueueGone.
    """
    held = hold(queue.pk)
    if held.queue.paused_at is not None:
        return
    held.queue.paused_at = held.now
    held.queue.save(update_fields=["paused_at", "updated_at"])
    retime_all(held)
    _record(ActivityAction.QUEUE_PAUSED, held.queue, user, api_key)


@transaction.atomic
def resume_queue(
    queue: PostQueue, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """What waits gets the next free slots from now on, in its order.

    Nothing happens where it isn't paused. Raises Conflict (too few slots), QueueGone.
    """
    held = hold(queue.pk)
    if held.queue.paused_at is None:
        return
    held.queue.paused_at = None
    held.queue.save(update_fields=["paused_at", "updated_at"])
    _retime_whole(held)
    _record(ActivityAction.QUEUE_RESUMED, held.queue, user, api_key)


@transaction.atomic
def delete_queue(
    queue: PostQueue, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """What waits becomes drafts; what has begun, or whose slot has come, goes out.

    Raises QueueGone.
    """
    held = hold(queue.pk)
    fixed = held.unmovable()
    waiting = [entry.post_id for entry in held.entries]
    drafts = [post_id for post_id in waiting if post_id not in fixed]
    take_times(drafts)
    details = {"name": held.queue.name, "drafts": [str(one) for one in drafts]}
    _record(ActivityAction.QUEUE_DELETED, held.queue, user, api_key, details=details)
    held.queue.delete()


def _write(queue: PostQueue, given: Mapping[str, Any]) -> None:
    for name in ("name", "timezone", "evergreen"):
        if name in given:
            setattr(queue, name, given[name])
    if "slots" in given:
        queue.slots = in_order(given["slots"])
    try:
        with transaction.atomic():
            queue.save()
    except IntegrityError:
        words = f"There is a queue {queue.name} already. Choose another name."
        raise Conflict(words, code="name_taken") from None
    if "accounts" in given:
        queue.accounts.set(given["accounts"])


def _retime_whole(held: HeldQueue) -> None:
    without = retime_all(held)
    if without and held.queue.paused_at is None:
        words = (
            f"These slots are too few: {without} of {len(held.entries)} posts that "
            "wait would get none in the next ten years."
        )
        raise Conflict(words, code="no_free_slot")


def _account_problems(
    workspace_id: uuid.UUID, accounts: Sequence[uuid.UUID]
) -> list[Problem]:
    if not accounts:
        words = "Choose at least one account to publish on."
        return [Problem("required", "accounts", words)]
    rows = ConnectedAccount.objects.connected().filter(workspace_id=workspace_id)
    known = set(rows.filter(pk__in=accounts).values_list("pk", flat=True))
    found = []
    for place, account_id in enumerate(accounts):
        path = f"accounts.{place}"
        if account_id not in known:
            words = "There is no such connected account in this workspace."
            found.append(Problem("unknown_account", path, words))
        elif account_id in accounts[:place]:
            words = "This account is in the list twice."
            found.append(Problem("duplicate", path, words))
    return found


def _record(
    action: ActivityAction,
    queue: PostQueue,
    user: User | None,
    api_key: ApiKey | None,
    *,
    details: dict[str, Any] | None = None,
) -> None:
    ActivityLog.objects.record(
        action,
        queue,
        workspace_id=queue.workspace_id,
        user=user,
        api_key=api_key,
        details=details,
    )
