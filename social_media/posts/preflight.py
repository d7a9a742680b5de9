"""Looking ahead: what will most likely go wrong is told while there is time left.

At each of PREFLIGHT_BEFORE ahead of its time a scheduled target is checked once more,
and each finding becomes a row of the activity log. Nothing is held back for it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from social_media.enums import ActivityAction
from social_media.models import ActivityLog, PostTarget
from social_media.models.account import ConnectedAccounts
from social_media.models.clock import database_now, from_now
from social_media.models.target_queries import PostTargets
from social_media.posts.asking import Asking, Due, askable
from social_media.posts.due import first_preflight
from social_media.posts.findings import Finding, findings_of

AT_ONCE = 100
#: A network is asked about one account at most so often.
ASK_AGAIN = timedelta(hours=1)
#: So long a check waits for its turn to ask.
PATIENCE = timedelta(minutes=10)
#: Until a check that failed is tried again.
PUT_OFF = timedelta(minutes=5)
_SHOWN = 60
_HOUR = timedelta(hours=1)

log = structlog.get_logger(__name__)


def preflight(*, within: timedelta) -> int:
    """Check what is due for it, the longest due first; answers how many warnings were
    written. Ends after `within`: the next sweep goes on. Makes network calls: no
    transaction may be open.
    """
    return _Sweep(within).run()


class _Sweep:
    def __init__(self, within: timedelta) -> None:
        self._ends = time.monotonic() + within.total_seconds()
        self._asking = Asking()
        self._passed: set[uuid.UUID] = set()
        self._written = 0

    def run(self) -> int:
        """First what needs no asking: no network holds that up."""
        while batch := self._due(_known()):
            self._check(batch)
        while batch := self._due(PostTarget.objects.to_preflight()):
            self._asking.ask(batch)
            self._check([one for one in batch if self._asking.is_settled(one)])
        return self._written

    def _due(self, rows: PostTargets) -> list[Due]:
        if self._is_over():
            return []
        rows = rows.exclude(pk__in=self._passed).annotate(ask=Exists(_to_ask()))
        names = ("pk", "account_id", "account__platform", "account__server", "ask")
        return [
            Due(target, account, (platform, server), ask)
            for target, account, platform, server, ask in rows.values_list(*names)[
                :AT_ONCE
            ]
        ]

    def _is_over(self) -> bool:
        return time.monotonic() >= self._ends

    def _check(self, batch: Sequence[Due]) -> None:
        for one in batch:
            if self._is_over():
                return
            found = self._alone(one)
            if found is None:
                self._passed.add(one.target)
            self._written += found or 0

    def _alone(self, one: Due) -> int | None:
        """One target that fails, on whatever row, must not keep the others from it."""
        try:
            return check_target(one.target, told=self._asking.told(one.account))
        except Exception:
            log.exception("preflight_failed", target=str(one.target))
        _put_off(one.target)
        return None


def _to_ask() -> ConnectedAccounts:
    """The outer row's account, if its network was not asked within the hour."""
    long_ago = Q(checked_at=None) | Q(checked_at__lte=from_now(-ASK_AGAIN))
    return askable().filter(long_ago, pk=OuterRef("account_id"))


def _known() -> PostTargets:
    """Checked by what is known here: also what has waited for its network too long."""
    rows = PostTarget.objects.to_preflight()
    waited = Q(preflight_at__lte=from_now(-PATIENCE))
    return rows.filter(~Exists(_to_ask()) | waited)


@transaction.atomic
def _put_off(target_id: uuid.UUID) -> None:
    """Later, lest it comes first in each sweep."""
    if _held(target_id):
        rows = PostTarget.objects.filter(pk=target_id)
        rows.update(preflight_at=from_now(PUT_OFF))


def _held(target_id: uuid.UUID) -> bool:
    """Lock it, if it is still due for its check and nobody holds it."""
    rows = PostTarget.objects.to_preflight().filter(pk=target_id)
    held = rows.select_for_update(skip_locked=True, no_key=True).order_by()
    return held.values_list("pk", flat=True).first() is not None


@transaction.atomic
def check_target(target_id: uuid.UUID, *, told: Sequence[Finding] = ()) -> int | None:
    """Check one target, if that is due; answers how many warnings that made. `told`:
    what its network said just now.

    The warnings and the time of the next check are written together: of two sweeps
    one warns. None: somebody else has it, or it isn't due (any more).
    """
    if not _held(target_id):
        return None
    target = _read(target_id)
    due_at = target.due_at
    mine = PostTarget.objects.filter(pk=target_id)
    now = database_now()
    if due_at is None or due_at <= now:
        mine.update(preflight_at=None)
        return 0
    found = [*told, *findings_of(target, due_at=due_at, now=now)]
    _tell(target, found, due_at=due_at, now=now)
    mine.update(preflight_at=first_preflight(due_at))
    return len(found)


def _read(target_id: uuid.UUID) -> PostTarget:
    rows = PostTarget.objects.select_related("post__workspace", "account")
    return rows.defer("account__secrets").get(pk=target_id)


def _tell(
    target: PostTarget, found: Sequence[Finding], *, due_at: datetime, now: datetime
) -> None:
    start = (
        f"{_title(target)} is to go out on {target.account} {_ahead(due_at - now)}, at "
        f"{due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    )
    for one in found:
        ActivityLog.objects.record(
            ActivityAction.TARGET_WARNED,
            target,
            workspace_id=target.post.workspace_id,
            message=f"{start}. {one.words}",
            details={"code": one.code, "due_at": due_at.isoformat()},
        )


def _title(target: PostTarget) -> str:
    text = target.post.content if target.content is None else target.content
    text = " ".join(text.split())
    cut = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return f'"{cut}"' if cut else "A post without words"


def _ahead(left: timedelta) -> str:
    """Such as `in 24 hours`, to the nearest."""
    hours = round(left / _HOUR)
    if hours > 1:
        return f"in {hours} hours"
    minutes = max(1, round(left.total_seconds() / 60))
    return "in an hour" if hours == 1 else f"in {minutes} minutes"
