"""Finding due work. Any number of scanners may run at once (I6)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Window
from django.db.models.functions import Now, RowNumber

from social_media.enums import IN_FLIGHT, Instant, TargetStatus
from social_media.failpoints import reached
from social_media.models import ConnectedAccount, Heartbeat, PostTarget
from social_media.models.clock import from_now

HEARTBEAT = "scan"

#: So many of each workspace go ahead of what others have waiting.
AHEAD = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turn:
    """An account that may send its first due post now."""

    account: uuid.UUID
    ahead: bool


def scan() -> Iterator[list[uuid.UUID]]:
    """Queue what is due, at most one target per account; yields each batch's ids.

    A batch is committed before it is yielded: its bells may be rung. Ends when
    nothing is due, all is busy, or as much is queued as the workers can take soon.
    """
    room = settings.MAX_QUEUED - _queued()
    while batch := _queue_batch(room):
        reached(Instant.SCAN_COMMITTED)
        yield batch
        room -= len(batch)
        if len(batch) < settings.SCAN_BATCH:
            return


def forget_stale_bells() -> int:
    """Targets whose bell must be lost go back to `scheduled`; answers how many."""
    rows = PostTarget.objects.stale(settings.BELL_STALE_AFTER)
    stale = list(rows.values_list("pk", flat=True))
    if not stale:
        return 0
    with transaction.atomic():
        free = _free(stale, standing=TargetStatus.QUEUED)
        return PostTarget.objects.filter(pk__in=free).move(
            TargetStatus.SCHEDULED, of={TargetStatus.QUEUED}, queued_at=None
        )


def begin_scan() -> bool:
    """Whether it is time for a scan: not if there was one less than half a period ago.

    Ticks that piled up, or that several beats sent, are let go by the database's
    clock: the workers' clocks may differ. Shows /readyz that scans happen.
    """
    hearts = Heartbeat.objects.filter(name=HEARTBEAT)
    # In the future: the database's clock was set back.
    late = Q(beaten_at__lte=from_now(-settings.SCAN_EVERY / 2))
    if hearts.filter(late | Q(beaten_at__gt=Now())).update(beaten_at=Now()):
        return True
    if hearts.exists():
        return False
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=HEARTBEAT, beaten_at=Now())], ignore_conflicts=True
    )
    return True


def _queued() -> int:
    return PostTarget.objects.filter(status=TargetStatus.QUEUED).count()


def _queue_batch(room: int) -> list[uuid.UUID]:
    turns = _with_room(_turns(), room)
    if not turns:
        return []
    try:
        return _queue_first(turns)
    except IntegrityError:
        # In the same instant a worker took another one of an account: next tick.
        log.info("scan_overtaken")
        return []


def _queue_first(turns: list[Turn]) -> list[uuid.UUID]:
    ahead = [turn.account for turn in turns if turn.ahead]
    with transaction.atomic():
        first = _first_targets(_locked([turn.account for turn in turns]))
        first = _free(first, standing=TargetStatus.SCHEDULED)
        rows = PostTarget.objects.filter(pk__in=first)
        rows.move(
            TargetStatus.QUEUED,
            of={TargetStatus.SCHEDULED},
            queued_at=Now(),
            ahead=False,
        )
        rows.filter(account__in=ahead).update(ahead=True)
        reached(Instant.SCAN_BEFORE_COMMIT)
    return first


def _with_room(turns: list[Turn], room: int) -> list[Turn]:
    """As many as there is room for; as many again of those that go ahead.

    A workspace that fills the queue thus leaves room for all others.
    """
    spare = max(0, settings.MAX_QUEUED + room)
    first = [turn for turn in turns if turn.ahead][:spare]
    others = [turn for turn in turns if not turn.ahead]
    return first + others[: max(0, room - len(first))]


def _turns() -> list[Turn]:
    """Ready accounts with something due and nothing in flight, at most a batch.

    Workspaces take turns, the one whose post is due longest first: a post waits for
    other workspaces' firsts, never for all that one of them has due.
    """
    due = PostTarget.objects.due_anywhere().account_not_held()
    # No join: few accounts are busy, and they are read once.
    busy = PostTarget.objects.filter(status__in=IN_FLIGHT).values("account_id")
    waiting = due.exclude(account_id__in=busy)
    by_age = waiting.values("account_id", "account__workspace_id").annotate(
        oldest=Min("due_at")
    )
    place = Window(
        RowNumber(),
        partition_by=[F("account__workspace_id")],
        order_by=[F("oldest").asc()],
    )
    rows = by_age.annotate(place=place).order_by("place", "oldest")
    found = rows.values_list("account_id", "account__workspace_id", "place")
    chosen, flying = list(found[: settings.SCAN_BATCH]), _in_flight()
    return [
        Turn(account, ahead=flying.get(workspace, 0) + place <= AHEAD)
        for account, workspace, place in chosen
    ]


def _in_flight() -> dict[uuid.UUID, int]:
    """How many targets of each workspace are queued or being published."""
    rows = PostTarget.objects.filter(status__in=IN_FLIGHT).order_by()
    counted = rows.values_list("account__workspace_id").annotate(count=Count("pk"))
    return dict(counted)


def _locked(accounts: list[uuid.UUID]) -> list[uuid.UUID]:
    """Lock the accounts' rows; those that another process holds are left to it.

    The accounts, never the targets: skipping a locked first target would take the
    account's second one.
    """
    rows = ConnectedAccount.objects.ready().filter(pk__in=accounts).order_by()
    locked = rows.select_for_update(skip_locked=True, no_key=True)
    return list(locked.values_list("pk", flat=True))


def _free(targets: list[uuid.UUID], *, standing: TargetStatus) -> list[uuid.UUID]:
    """Lock those that still stand so; one that a person is changing waits a tick.

    Waiting for it here, with the account's lock in hand, could be a deadlock: an edit
    locks the target first and its account last.
    """
    rows = PostTarget.objects.filter(pk__in=targets, status=standing).unattended()
    rows = rows.order_by("due_at", "pk")
    free = rows.select_for_update(skip_locked=True, no_key=True)
    return list(free.values_list("pk", flat=True))


def _first_targets(accounts: list[uuid.UUID]) -> list[uuid.UUID]:
    """Each account's first due target, oldest first. The accounts are locked, and this
    is a statement of its own: it sees what the locks' former holders committed.
    """
    of_account = PostTarget.objects.filter(account=OuterRef("pk"))
    busy = of_account.filter(status__in=IN_FLIGHT)
    first = of_account.due().order_by("due_at", "pk")
    rows = (
        ConnectedAccount.objects.filter(~Exists(busy), pk__in=accounts)
        .annotate(
            first=Subquery(first.values("pk")[:1]),
            first_due=Subquery(first.values("due_at")[:1]),
        )
        .filter(first__isnull=False)
        .order_by("first_due", "first")
    )
    return list(rows.values_list("first", flat=True))
