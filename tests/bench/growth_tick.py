"""A tick of the scan, and a fixed number of due targets for it, time and again."""

from __future__ import annotations

from django.db import connection

from social_media.publishing.claim import decline_late
from social_media.publishing.reconcile import due_look_ups
from social_media.publishing.scan import begin_scan, forget_stale_bells, scan
from social_media.publishing.show import show_posting
from social_media.publishing.takeover import take_over_expired

#: Each on an account of its own.
DUE = 500

_CHOOSE = f"""
DROP TABLE IF EXISTS bench_due;
CREATE TABLE bench_due AS
SELECT DISTINCT ON (account_id) id, due_at FROM social_media_posttarget
WHERE status = 'scheduled' ORDER BY account_id, due_at LIMIT {DUE};
ANALYZE bench_due
"""  # noqa: S608 - a number of ours
_MAKE = """
UPDATE social_media_posttarget target
SET status = 'scheduled', queued_at = NULL, due_at = now() - interval '1 s'
FROM bench_due WHERE bench_due.id = target.id
"""
_PUT_BACK = """
UPDATE social_media_posttarget target
SET status = 'scheduled', queued_at = NULL, due_at = bench_due.due_at
FROM bench_due WHERE bench_due.id = target.id
"""


def tick() -> None:
    """All that a tick does (social_media/tasks/scan.py), but for the messages."""
    begin_scan()
    decline_late()
    for _ in scan():
        pass
    forget_stale_bells()
    take_over_expired()
    due_look_ups()
    show_posting()


class Due:
    """Targets of the future that can be made due again and again, and put back."""

    def __init__(self) -> None:
        self._run(_CHOOSE)

    def make(self) -> None:
        """Due and not queued, whatever was done to them."""
        self._run(_MAKE)

    def put_back(self) -> None:
        """As they were at first."""
        self._run(_PUT_BACK)

    def _run(self, statements: str) -> None:
        with connection.cursor() as cursor:
            for statement in statements.split(";"):
                cursor.execute(statement)
