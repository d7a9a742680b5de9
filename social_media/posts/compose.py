"""Writing posts: create, update, delete, duplicate.

Each function is one transaction and writes one activity row. What breaks a rule, a
draft too, is refused as a whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction
from social_media.models import ActivityLog, ConnectedAccount, Post, PostTarget
from social_media.models.clock import database_now
from social_media.platforms.base import Problem
from social_media.posts.composition import Composition, Files, composition_of
from social_media.posts.derive import store_status
from social_media.posts.due import (
    join_schedule,
    left_behind,
    set_late_after,
    set_no_time,
    set_time,
    upload_anew,
)
from social_media.posts.editable import require_deletable, require_editable
from social_media.posts.files import hold_files
from social_media.posts.lock import locked, targets_of
from social_media.posts.queues.hold import hold_queue_of
from social_media.posts.queues.leave import leave_queue
from social_media.posts.recurrence.edited import mark_deleted, mark_edited
from social_media.posts.renditions import want_renditions
from social_media.posts.schedule import require_connected
from social_media.posts.steps import discard_unsent
from social_media.posts.validate import (
    accounts_for,
    problems_of,
    refuse,
    target_count_problems,
    time_problems,
)
from social_media.posts.write import write_destinations, write_text


@transaction.atomic
def create_post(
    workspace: Workspace,
    *,
    composition: Composition,
    user: User | None,
    api_key: ApiKey | None = None,
) -> Post:
    """A stored post: scheduled if `composition` has a time, else a draft.

    Raises InvalidDraft, and nothing is stored.
    """
    post = store_new(workspace, composition=composition, author=user)
    _record(ActivityAction.POST_CREATED, post, user, api_key)
    return post


@transaction.atomic
def store_new(
    workspace: Workspace, *, composition: Composition, author: User | None
) -> Post:
    """`create_post` without its activity row. Raises InvalidDraft."""
    files = hold_files(workspace.pk, composition)
    refuse(new_problems(workspace.pk, composition, files))
    post = Post(workspace=workspace, author=author)
    targets = _store_new(post, composition)
    if composition.scheduled_time is not None:
        set_time(post, targets=targets, at=composition.scheduled_time)
    want_renditions(composition, targets, files)
    require_connected(targets, targets)
    return post


@transaction.atomic
def update_post(
    post: Post,
    *,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Change what `changes` names, fields of a Composition; `targets` as a whole.

    A new `scheduled_time` moves all targets, None makes a draft of the post; either
    takes it out of its queue. What was frozen for sending is forgotten. Raises
    NotEditable, InvalidDraft, PostGone.
    """
    queue = hold_queue_of(post.pk) if "scheduled_time" in changes else None
    row, targets = locked(post.pk)
    require_editable(targets)
    before = composition_of(row, targets)
    after = replace(before, **changes).labelled_as(before)
    if after == before:
        return
    files = hold_files(row.workspace_id, after)
    refuse(_change_problems(row, before, after, files))
    write_text(row, after)
    write_destinations(row, after.targets, existing=targets, unchanged=before.targets)
    if files:
        want_renditions(after, targets_of(row.pk), files)
    if after.scheduled_time != before.scheduled_time:
        leave_queue(row.pk, queue)
    _move_targets(row, before=before, after=after)
    mark_edited(row.pk)
    details = _changed(before, after)
    _record(ActivityAction.POST_UPDATED, row, user, api_key, details=details)


@transaction.atomic
def delete_post(
    post: Post, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Delete the post here; what is published already stays on its network.

    Raises Conflict while a network is getting it, PostGone.
    """
    queue = hold_queue_of(post.pk)
    row, targets = locked(post.pk)
    require_deletable(targets)
    _record(ActivityAction.POST_DELETED, row, user, api_key)
    mark_deleted(row.pk)
    leave_queue(row.pk, queue)
    row.delete()


@transaction.atomic
def duplicate_post(
    post: Post, *, user: User | None, api_key: ApiKey | None = None
) -> Post:
    """A new draft with the same content on the same accounts, the connected ones.

    Raises PostGone.
    """
    copy = copy_post(post.pk, author=user)
    details = {"from": str(post.pk)}
    _record(ActivityAction.POST_DUPLICATED, copy, user, api_key, details=details)
    return copy


def copy_post(post_id: uuid.UUID, *, author: User | None) -> Post:
    """`duplicate_post` without its activity row; part of the caller's transaction."""
    row, targets = locked(post_id)
    original = composition_of(row, targets)
    if hold_files(row.workspace_id, original).keys() != original.files():
        original = composition_of(row, targets)  # one was deleted in this moment
    connected = ConnectedAccount.objects.connected().filter(
        workspace_id=row.workspace_id
    )
    known = set(connected.values_list("pk", flat=True))
    kept = tuple(one for one in original.targets if one.account_id in known)
    copy = Post(workspace=row.workspace, author=author)
    _store_new(copy, replace(original, targets=kept, scheduled_time=None))
    return copy


def new_problems(
    workspace_id: uuid.UUID, composition: Composition, files: Files
) -> list[Problem]:
    """Everything that speaks against creating this. Stores nothing."""
    accounts = accounts_for(workspace_id, composition)
    found = problems_of(composition, accounts, files)
    return found + _time_problems(composition)


def _change_problems(
    post: Post, before: Composition, after: Composition, files: Files
) -> list[Problem]:
    accounts = accounts_for(post.workspace_id, after)
    found = problems_of(after, accounts, files, kept=_accounts(before))
    if after.scheduled_time != before.scheduled_time:
        return found + _time_problems(after)
    if after.scheduled_time is not None:
        return found + target_count_problems(after)
    return found


def _time_problems(composition: Composition) -> list[Problem]:
    at = composition.scheduled_time
    if at is None:
        return []
    return target_count_problems(composition) + time_problems(at, database_now())


def _store_new(post: Post, composition: Composition) -> list[PostTarget]:
    write_text(post, composition)
    write_destinations(post, composition.targets)
    return targets_of(post.pk)


def _move_targets(post: Post, *, before: Composition, after: Composition) -> None:
    """Bring the targets' times and frozen payloads in line with what changed."""
    rows = targets_of(post.pk)
    if after.text() != before.text():
        discard_unsent(row.pk for row in rows)
        if before.files() | after.files():
            upload_anew(rows)
    moved = [row for row in rows if row.account_id not in _accounts(before)]
    if after.scheduled_time == before.scheduled_time:
        join_schedule(post, targets=moved)
    elif after.scheduled_time is None:
        set_no_time(post, targets=rows)
    else:
        moved = [row for row in rows if not left_behind(row)]
        set_time(post, targets=moved, at=after.scheduled_time)
    if _lateness(after) != _lateness(before):
        set_late_after(post, targets=rows)
    store_status(post.pk)
    require_connected(rows, moved)


def _lateness(composition: Composition) -> tuple[str, int | None]:
    return composition.late_policy, composition.late_minutes


def _accounts(composition: Composition) -> set[uuid.UUID]:
    return {target.account_id for target in composition.targets}


def _changed(before: Composition, after: Composition) -> dict[str, Any]:
    names = Composition.__slots__
    return {"changed": [n for n in names if getattr(before, n) != getattr(after, n)]}


def _record(
    action: ActivityAction,
    post: Post,
    user: User | None,
    api_key: ApiKey | None,
    *,
    details: dict[str, Any] | None = None,
) -> None:
    ActivityLog.objects.record(
        action,
        post,
        workspace_id=post.workspace_id,
        user=user,
        api_key=api_key,
        details=details,
    )
