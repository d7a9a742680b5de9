"""Whether a row's queue and recurrence will do."""

from __future__ import annotations

from accounts.models import Workspace
from social_media.models import PostQueue
from social_media.posts.bulk.accounts import KnownAccounts
from social_media.posts.bulk.row_check import Planned


class PlaceCheck:
    """Looks at the places of one workspace's rows."""

    def __init__(self, workspace: Workspace, accounts: KnownAccounts) -> None:
        self.queues = {
            row.name: row for row in PostQueue.objects.filter(workspace=workspace)
        }

    def check(self, planned: Planned) -> None:
        """Add what is wrong to the row's faults."""
        name = planned.place.queue
        if name and name not in self.queues:
            words = f"There is no queue “{name[:120]}” in this workspace."
            planned.faults.append(("queue", "unknown_queue", words))
