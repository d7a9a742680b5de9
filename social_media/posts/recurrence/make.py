"""Making posts of what comes within the horizon: each occurrence once.

A schedule's row is locked for one occurrence at a time. What keeps two from making the
same one is the unique row of the occurrence, written first.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from social_media.enums import ActivityAction, OccurrenceStatus, RecurrenceStatus
from social_media.models import ActivityLog, Occurrence, Post, RecurringSchedule
from social_media.models.clock import database_now
from social_media.posts.compose import store_new
from social_media.posts.composition import Composition
from social_media.posts.errors import InvalidDraft
from social_media.posts.recurrence.read import passed_of, rule_of
from social_media.posts.recurrence.rules import Occurring, every
from social_media.posts.recurrence.template import composition_for, connected_only
from social_media.posts.recurrence.variables import render

log = structlog.get_logger(__name__)

#: Of one schedule at one tick; the rest comes at the next.
AT_ONCE = 500
#: While a person waits: what comes first.
WHILE_ASKED = 20
#: Schedules looked at in one tick, the longest due first.
_SCHEDULES = 500
#: One that can't be made by a defect of ours waits so long for its next try.
_SET_BACK = timedelta(minutes=5)

_ACTIONS = {
    OccurrenceStatus.FAILED: ActivityAction.OCCURRENCE_FAILED,
    OccurrenceStatus.MISSED: ActivityAction.OCCURRENCE_MISSED,
}
MISSED = "Its time had passed before it could be made; it was not posted late."


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be made of a schedule, as it was when it was read."""

    schedule: RecurringSchedule
    template: Composition
    wanted: Sequence[Occurring]
    passed: Occurring | None
    make_at: datetime | None


def make_due() -> int:
    """Make what is due, of every schedule; answers how many were settled."""
    rows = RecurringSchedule.objects.due().values_list("pk", flat=True)
    return sum(_alone(pk) for pk in list(rows[:_SCHEDULES]))


def make(schedule_id: uuid.UUID, *, most: int = AT_ONCE) -> int:
    """Settle up to `most` occurrences within the horizon; answers how many.

    Stops where somebody else is at it, or a person has changed the schedule since.
    """
    plan = _plan(schedule_id, most)
    if plan is None:
        return 0
    for done, one in enumerate(plan.wanted):
        if not _settle(plan, one):
            return done
    _finish(plan)
    return len(plan.wanted)


def occurrence_for(
    schedule: RecurringSchedule,
    one: Occurring,
    *,
    status: OccurrenceStatus = OccurrenceStatus.MADE,
) -> Occurrence | None:
    """A new row for `one`; None where it has one already."""
    try:
        with transaction.atomic():
            return Occurrence.objects.create(
                schedule=schedule, occurs_at=one.at, number=one.number, status=status
            )
    except IntegrityError:
        return None


def post_for(
    schedule: RecurringSchedule, template: Composition, one: Occurring
) -> tuple[Post, list[str]]:
    """A post for `one`, and the accounts left out. Raises InvalidDraft."""
    composition, gone = connected_only(template)
    text = render(composition, number=one.number, local=one.local)
    post = store_new(
        schedule.workspace,
        composition=replace(text, scheduled_time=one.at),
        author=schedule.template.author,
    )
    return post, gone


def _alone(schedule_id: uuid.UUID) -> int:
    """One schedule that fails, on whatever, must not hold up the others."""
    try:
        return make(schedule_id)
    except Exception:
        log.exception("recurrence_failed", schedule=str(schedule_id))
        rows = RecurringSchedule.objects.filter(pk=schedule_id, make_at__isnull=False)
        # Not by SQL: SQLite would write it in another way, never equal in `_finish`.
        rows.update(make_at=database_now() + _SET_BACK)
        return 0


def _plan(schedule_id: uuid.UUID, most: int) -> _Plan | None:
    rows = RecurringSchedule.objects.select_related("workspace", "template__author")
    schedule = rows.filter(pk=schedule_id, status=RecurrenceStatus.ACTIVE).first()
    if schedule is None:
        return None
    now, passed, rule = database_now(), passed_of(schedule), rule_of(schedule)
    settled = _settled(schedule, passed)
    wanted: list[Occurring] = []
    last = make_at = None
    for one in every(rule, after=passed):
        last = last if rule.excludes(one.local) else one.at
        if one.at in settled or rule.excludes(one.local):
            pass
        elif one.at - now > settings.RECURRENCE_HORIZON:
            make_at = one.at - settings.RECURRENCE_HORIZON
            break
        elif len(wanted) == most:
            make_at = now
            break
        else:
            wanted.append(one)
        if one.at <= now:
            passed = one
    else:  # until its time has come, the last one may be skipped, and taken back
        make_at = last if last is not None and last > now else None
    template = composition_for(schedule.template)
    return _Plan(schedule, template, wanted, passed, make_at)


def _settled(schedule: RecurringSchedule, passed: Occurring | None) -> set[datetime]:
    rows = Occurrence.objects.filter(schedule=schedule)
    if passed is not None:
        rows = rows.filter(occurs_at__gt=passed.at)
    return set(rows.order_by().values_list("occurs_at", flat=True))


@transaction.atomic
def _settle(plan: _Plan, one: Occurring) -> bool:
    """Make or miss `one`; False: leave it and the rest to somebody else."""
    if not _still(plan.schedule):
        return False
    row = occurrence_for(plan.schedule, one)
    if row is None:  # another beat's worker came first
        return True
    if one.at <= database_now():
        _give_up(row, OccurrenceStatus.MISSED, MISSED)
        return True
    try:
        row.post, gone = post_for(plan.schedule, plan.template, one)
    except InvalidDraft as error:
        _give_up(row, *_verdict(error))
        return True
    row.save(update_fields=["post"])
    _record(row, ActivityAction.OCCURRENCE_MADE, _left_out(gone))
    return True


def _still(schedule: RecurringSchedule) -> bool:
    """Lock it; whether it is free, active and as it was read."""
    rows = RecurringSchedule.objects.select_for_update(skip_locked=True, no_key=True)
    return bool(rows.filter(**_as_read(schedule)).values_list("pk"))


def _as_read(schedule: RecurringSchedule) -> dict[str, object]:
    return {
        "pk": schedule.pk,
        "status": RecurrenceStatus.ACTIVE,
        "updated_at": schedule.updated_at,
    }


def _verdict(error: InvalidDraft) -> tuple[OccurrenceStatus, str]:
    if any(one.code == "in_the_past" for one in error.problems):
        return OccurrenceStatus.MISSED, MISSED
    words = dict.fromkeys(one.message for one in error.problems)
    return OccurrenceStatus.FAILED, " ".join(words)


def _left_out(gone: Sequence[str]) -> str:
    if not gone:
        return ""
    return f"Left out, for they are disconnected: {', '.join(gone)}."


def _give_up(row: Occurrence, status: OccurrenceStatus, words: str) -> None:
    row.status, row.message = status, words[:1000]
    row.save(update_fields=["status", "message"])
    _record(row, _ACTIONS[status], words)


@transaction.atomic
def _finish(plan: _Plan) -> None:
    """Note how far it is, unless there is more to make since. One that ends is told."""
    changes: dict[str, object] = {"make_at": plan.make_at}
    if plan.passed is not None:
        local = plan.passed.local.isoformat()
        changes |= {"passed": plan.passed.number, "passed_local": local}
    if plan.make_at is None:
        changes["status"] = RecurrenceStatus.ENDED
    rows = RecurringSchedule.objects.filter(**_as_read(plan.schedule))
    rows = rows.filter(make_at=plan.schedule.make_at)
    if rows.update(**changes) and plan.make_at is None:
        ActivityLog.objects.record(
            ActivityAction.RECURRENCE_ENDED,
            plan.schedule,
            workspace_id=plan.schedule.workspace_id,
            message=f"{plan.schedule.name}: its last occurrence has passed.",
        )


def _record(row: Occurrence, action: ActivityAction, words: str) -> None:
    schedule = row.schedule
    ActivityLog.objects.record(
        action,
        row,
        workspace_id=schedule.workspace_id,
        message=f"{schedule.name}, number {row.number}. {words}".strip(),
        details={
            "schedule": str(schedule.pk),
            "post": str(row.post_id) if row.post_id else None,
            "occurs_at": row.occurs_at.isoformat(),
        },
    )
