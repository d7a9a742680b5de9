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

from social_media.enums import AccountStatus, ActivityAction
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.models.clock import database_now
from social_media.oauth.check import check
from social_media.oauth.errors import AccountDisconnected
from social_media.platforms.errors import PlatformError, Unavailable
from social_media.posts.due import first_preflight
from social_media.posts.findings import Finding, findings_of

AT_ONCE = 100
#: A network is asked about one account at most so often.
ASK_AGAIN = timedelta(hours=1)
_SHOWN = 60
_HOUR = timedelta(hours=1)

log = structlog.get_logger(__name__)


def preflight(*, within: timedelta) -> int:
    """Check what is due for it, the longest due first; answers how many warnings were
    written. Ends after `within`: the next sweep goes on. Makes network calls: no
    transaction may be open.
    """
    ends = time.monotonic() + within.total_seconds()
    asking, written, passed = Asking(), 0, set[uuid.UUID]()
    while batch := _due(passed):
        for target_id, account_id in batch:
            if time.monotonic() >= ends:
                return written
            asking.ask(account_id)
            found = check_target(target_id)
            if found is None:
                passed.add(target_id)
            written += found or 0
    return written


class Asking:
    """Asks networks about accounts, in one sweep none that does not answer twice."""

    def __init__(self) -> None:
        self._done: set[uuid.UUID] = set()
        self._silent: set[tuple[str, str]] = set()

    def ask(self, account_id: uuid.UUID) -> None:
        """Bring the account in line with what its network says, unless that was done
        within the hour. What can't be asked now is asked at the next check.
        """
        if account_id in self._done:
            return
        self._done.add(account_id)
        account = ConnectedAccount.objects.filter(pk=account_id).first()
        if account is None or account.status != AccountStatus.ACTIVE:
            return
        place = account.platform, account.server
        last = account.checked_at
        if place in self._silent or (last and database_now() - last < ASK_AGAIN):
            return
        try:
            check(account, user=None)
        except Unavailable:
            self._silent.add(place)
        except (PlatformError, AccountDisconnected) as error:
            log.info("preflight_not_asked", account=str(account_id), why=str(error))


@transaction.atomic
def check_target(target_id: uuid.UUID) -> int | None:
    """Check one target, if that is due; answers how many warnings that made.

    The warnings and the time of the next check are written together: of two sweeps
    one warns. None: somebody else has it, or it isn't due (any more).
    """
    rows = PostTarget.objects.to_preflight().filter(pk=target_id)
    held = rows.select_for_update(skip_locked=True, no_key=True).order_by()
    if held.values_list("pk", flat=True).first() is None:
        return None
    target = _read(target_id)
    due_at = target.due_at
    mine = PostTarget.objects.filter(pk=target_id)
    now = database_now()
    if due_at is None or due_at <= now:
        mine.update(preflight_at=None)
        return 0
    found = findings_of(target, due_at=due_at, now=now)
    _tell(target, found, due_at=due_at, now=now)
    mine.update(preflight_at=first_preflight(due_at))
    return len(found)


def _due(passed: set[uuid.UUID]) -> list[tuple[uuid.UUID, uuid.UUID]]:
    rows = PostTarget.objects.to_preflight().exclude(pk__in=passed)
    return list(rows.values_list("pk", "account_id")[:AT_ONCE])


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
