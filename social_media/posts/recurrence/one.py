"""One occurrence without the rest: skip it, take that back, edit it.

Each function is one transaction with one activity row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User
from social_media.enums import ActivityAction, OccurrenceStatus, RecurrenceStatus
from social_media.models import ActivityLog, Occurrence, Post, RecurringSchedule
from social_media.models.clock import database_now
from social_media.posts.compose import store_new, update_post
from social_media.posts.editable import require_editable
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.lock import locked
from social_media.posts.recurrence.lock import locked_schedule
from social_media.posts.recurrence.make import WHILE_ASKED, make
from social_media.posts.recurrence.position import find
from social_media.posts.recurrence.rules import Occurring
from social_media.posts.recurrence.template import (
    composition_for,
    connected_only,
    under_post,
)
from social_media.posts.recurrence.variables import render

SKIPPED = "Skipped by a person."


@transaction.atomic
def skip(
    schedule: RecurringSchedule,
    *,
    at: datetime,
    user: User | None,
    api_key: ApiKey | None = None,
) -> Occurrence:
    """Nothing is posted for the occurrence at `at`; its post, if made, is deleted.

    Raises InvalidDraft (no such occurrence), Conflict (it is past, on its way or out),
    NotEditable, ScheduleGone.
    """
    row = locked_schedule(schedule.pk)
    found = _row_at(row, at)
    if found is None:
        one = find(row, at)
        _require_ahead(at)
        found = Occurrence(schedule=row, occurs_at=one.at, number=one.number)
    elif found.status == OccurrenceStatus.SKIPPED:
        return found
    else:
        _require_ahead(at)
        _delete_post(found)
    found.post, found.status, found.message = None, OccurrenceStatus.SKIPPED, SKIPPED
    found.save()
    _record(ActivityAction.OCCURRENCE_SKIPPED, found, user, api_key, skipped=True)
    return found


def unskip(
    schedule: RecurringSchedule,
    *,
    at: datetime,
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """The occurrence at `at` is posted after all: made when its time comes near.

    Raises Conflict (not skipped, or past), ScheduleGone.
    """
    with transaction.atomic():
        row = locked_schedule(schedule.pk)
        found = _row_at(row, at)
        if found is None or found.status != OccurrenceStatus.SKIPPED:
            raise Conflict("The occurrence at this time is not skipped.")
        _require_ahead(at)
        _record(ActivityAction.OCCURRENCE_SKIPPED, found, user, api_key, skipped=False)
        found.delete()
        _due_now(row)
    make(schedule.pk, most=WHILE_ASKED)


@transaction.atomic
def edit_occurrence(
    schedule: RecurringSchedule,
    *,
    at: datetime,
    changes: Mapping[str, Any],
    user: User | None,
    api_key: ApiKey | None = None,
) -> Post:
    """Its post with `changes`, fields of a Composition; made now if it wasn't yet.

    The rest of the schedule stays as it is, and this one does when the rest changes.
    Raises InvalidDraft, Conflict (skipped, or past), NotEditable, ScheduleGone.
    """
    row = locked_schedule(schedule.pk)
    found = _row_at(row, at)
    if found is not None and found.status == OccurrenceStatus.SKIPPED:
        raise Conflict("This occurrence is skipped. Take that back first.")
    try:
        if found is not None and found.post is not None:
            update_post(found.post, changes=changes, user=user, api_key=api_key)
        else:
            one = find(row, at)
            _require_ahead(at)
            found = found or Occurrence(schedule=row, occurs_at=at, number=one.number)
            found.post = _edited_post(row, one, changes)
    except InvalidDraft as error:
        raise error if _about_time(error) else under_post(error) from None
    found.status, found.edited, found.message = OccurrenceStatus.MADE, True, ""
    found.save()
    _record(ActivityAction.OCCURRENCE_EDITED, found, user, api_key)
    if found.post is None:
        raise RuntimeError("an edited occurrence has a post")
    return found.post


def _row_at(schedule: RecurringSchedule, at: datetime) -> Occurrence | None:
    rows = Occurrence.objects.filter(schedule=schedule, occurs_at=at)
    return rows.select_related("post", "schedule").first()


def _edited_post(
    schedule: RecurringSchedule, one: Occurring, changes: Mapping[str, Any]
) -> Post:
    template, _ = connected_only(composition_for(schedule.template))
    text = render(template, number=one.number, local=one.local)
    composition = replace(text, **{"scheduled_time": one.at, **changes})
    author = schedule.template.author
    return store_new(schedule.workspace, composition=composition, author=author)


def _delete_post(row: Occurrence) -> None:
    """Raises NotEditable when it is on its way or out, at least in part."""
    if row.post is None:
        return
    post, targets = locked(row.post.pk)
    require_editable(targets)
    row.post = None
    row.save(update_fields=["post"])
    post.delete()


def _require_ahead(at: datetime) -> None:
    if at <= database_now():
        raise Conflict("The time of this occurrence has passed.")


def _due_now(schedule: RecurringSchedule) -> None:
    if schedule.status != RecurrenceStatus.STOPPED:
        rows = RecurringSchedule.objects.filter(pk=schedule.pk)
        rows.update(make_at=database_now(), status=RecurrenceStatus.ACTIVE)


def _about_time(error: InvalidDraft) -> bool:
    return any(one.field == "occurs_at" for one in error.problems)


def _record(
    action: ActivityAction,
    row: Occurrence,
    user: User | None,
    api_key: ApiKey | None,
    **details: Any,
) -> None:
    schedule = row.schedule
    ActivityLog.objects.record(
        action,
        row,
        workspace_id=schedule.workspace_id,
        user=user,
        api_key=api_key,
        message=f"{schedule.name}, number {row.number}.",
        details={
            **details,
            "schedule": str(schedule.pk),
            "post": str(row.post_id) if row.post_id else None,
            "occurs_at": row.occurs_at.isoformat(),
        },
    )
