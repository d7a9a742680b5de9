"""Recurring schedules: create, change, stop, resume, delete.

Each function is one transaction with one activity row; what comes first is made right
after, so that whoever asked sees the posts.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction, RecurrenceStatus
from social_media.models import ActivityLog, RecurringSchedule
from social_media.models.clock import database_now
from social_media.platforms.base import Problem
from social_media.posts.composition import Composition
from social_media.posts.errors import Conflict, InvalidDraft
from social_media.posts.recurrence.carry import carry_over
from social_media.posts.recurrence.lock import locked_schedule
from social_media.posts.recurrence.make import WHILE_ASKED, make
from social_media.posts.recurrence.parse import Wish, parse
from social_media.posts.recurrence.position import Position, next_of, position_of
from social_media.posts.recurrence.read import passed_of, rule_of
from social_media.posts.recurrence.rules import Rule
from social_media.posts.recurrence.take_back import take_back
from social_media.posts.recurrence.template import (
    create_template,
    under_post,
    update_template,
)

_RULE_FIELDS = ("rule", "cron", "timezone", "starts_at", "until", "count", "excluded")


def create_schedule(
    workspace: Workspace,
    *,
    name: str,
    wish: Wish,
    composition: Composition,
    user: User | None,
    api_key: ApiKey | None = None,
    make_now: bool = True,
) -> RecurringSchedule:
    """A stored, active schedule. Raises InvalidDraft, and nothing is stored.

    Without `make_now` no account is locked and the sweep makes the posts: for those who
    store many in one transaction of theirs.
    """
    rule = parse(wish)
    with transaction.atomic():
        _require_room(workspace.pk)
        now = database_now()
        position = position_of(rule, now)
        row = RecurringSchedule(workspace=workspace, name=name, make_at=now)
        try:
            row.template = create_template(
                workspace, composition=composition, next_one=position.next, user=user
            )
        except InvalidDraft as error:
            raise under_post(error) from None
        _write_rule(row, rule, position)
        row.save(force_insert=True)
        _record(ActivityAction.RECURRENCE_CREATED, row, user, api_key)
    if make_now:
        make(row.pk, most=WHILE_ASKED)
    return row


def update_schedule(
    schedule: RecurringSchedule,
    *,
    changes: Mapping[str, Any],
    post: Mapping[str, Any] | None = None,
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Change what `changes` names (`name`, fields of a Wish), and the template.

    What is made ahead and untouched is taken back and made anew; what was skipped or
    edited stays so, see `carry_over`. Raises InvalidDraft, ScheduleGone.
    """
    with transaction.atomic():
        row = locked_schedule(schedule.pk)
        row.name = changes.get("name", row.name)
        old, passed = rule_of(row), passed_of(row)
        rule = parse(wish_of(row, changes)) if _touched(changes) else old
        if rule != old:
            _write_rule(row, rule, position_of(rule, database_now(), stored=row))
        # Both are done: the template is checked against the new rule's next one.
        left = []
        if _change_template(row, post or {}) or rule != old:
            take_back(row)
            if rule != old:
                left = carry_over(row, rule=old, passed=passed)
            if row.status == RecurrenceStatus.ENDED:
                _require_room(row.workspace_id)
            if row.status != RecurrenceStatus.STOPPED:
                _go_on(row)
        row.save()
        _record(
            ActivityAction.RECURRENCE_UPDATED,
            row,
            user,
            api_key,
            changed=sorted([*changes, *(["post"] if post else [])]),
            not_carried=[one.isoformat() for one in left],
        )
    make(row.pk, most=WHILE_ASKED)


@transaction.atomic
def stop(
    schedule: RecurringSchedule, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Make no more; take back what is made ahead and untouched.

    Raises Conflict unless it is active or ended, ScheduleGone.
    """
    row = locked_schedule(schedule.pk)
    if row.status == RecurrenceStatus.STOPPED:
        raise Conflict("This recurring post is stopped already.")
    row.status, row.make_at = RecurrenceStatus.STOPPED, None
    row.save()
    taken = take_back(row)
    _record(ActivityAction.RECURRENCE_STOPPED, row, user, api_key, taken_back=taken)


def resume(
    schedule: RecurringSchedule, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Make posts again, of what lies ahead; what passed meanwhile is not made up for.

    Raises Conflict unless it is stopped, InvalidDraft when nothing lies ahead.
    """
    with transaction.atomic():
        row = locked_schedule(schedule.pk)
        if row.status != RecurrenceStatus.STOPPED:
            raise Conflict("Only a stopped recurring post can be resumed.")
        _require_room(row.workspace_id)
        rule = rule_of(row)
        _write_rule(row, rule, position_of(rule, database_now(), stored=row))
        _go_on(row)
        row.save()
        _record(ActivityAction.RECURRENCE_RESUMED, row, user, api_key)
    make(row.pk, most=WHILE_ASKED)


@transaction.atomic
def delete_schedule(
    schedule: RecurringSchedule, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Delete it with what is made ahead and untouched; all its other posts stay.

    Raises ScheduleGone.
    """
    row = locked_schedule(schedule.pk)
    take_back(row)
    _record(ActivityAction.RECURRENCE_DELETED, row, user, api_key)
    template = row.template
    row.delete()
    template.delete()


def wish_of(schedule: RecurringSchedule, changes: Mapping[str, Any]) -> Wish:
    """What the row says, with `changes`; a new rule or end replaces the other kind."""
    until = schedule.until
    wish = Wish(
        timezone=schedule.timezone,
        starts_at=schedule.starts_at,
        rule=schedule.rule if "cron" not in changes else "",
        cron=schedule.cron if "rule" not in changes else "",
        until=until.isoformat() if until else "",
        count=schedule.count,
        excluded=tuple(schedule.excluded),
    )
    text = str(changes.get("rule", "")).upper()
    ends = changes.get("until") or changes.get("count")
    if ends or "COUNT" in text or "UNTIL" in text:
        wish = replace(wish, until="", count=None)
    return replace(wish, **{key: changes[key] for key in _touched(changes)})


def _touched(changes: Mapping[str, Any]) -> list[str]:
    return [name for name in _RULE_FIELDS if name in changes]


def _change_template(row: RecurringSchedule, post: Mapping[str, Any]) -> bool:
    if not post:
        return False
    try:
        return update_template(row.template, changes=post, next_one=next_of(row))
    except InvalidDraft as error:
        raise under_post(error) from None


def _require_room(workspace_id: uuid.UUID) -> None:
    """Raises InvalidDraft at the most. Nothing is locked: two at once may pass it."""
    rows = RecurringSchedule.objects.filter(workspace_id=workspace_id)
    most = settings.RECURRENCE_MAX_SCHEDULES
    if rows.filter(status=RecurrenceStatus.ACTIVE).count() >= most:
        words = (
            f"A workspace has at most {most} active recurring posts. Stop one first."
        )
        raise InvalidDraft([Problem("too_many", "rule", words)])


def _go_on(row: RecurringSchedule) -> None:
    """It has something to make at once."""
    row.status, row.make_at = RecurrenceStatus.ACTIVE, database_now()


def _write_rule(row: RecurringSchedule, rule: Rule, position: Position) -> None:
    row.rule, row.cron, row.timezone = rule.rrule, rule.cron, rule.zone.key
    row.starts_at = rule.starts_at.isoformat()
    row.until, row.count = rule.until, rule.count
    row.excluded = sorted(rule.excluded)
    passed = position.passed
    row.passed = passed.number if passed else 0
    row.passed_local = passed.local.isoformat() if passed else ""


def _record(
    action: ActivityAction,
    row: RecurringSchedule,
    user: User | None,
    api_key: ApiKey | None,
    **details: Any,
) -> None:
    ActivityLog.objects.record(
        action,
        row,
        workspace_id=row.workspace_id,
        user=user,
        api_key=api_key,
        message=row.name,
        details=details,
    )
