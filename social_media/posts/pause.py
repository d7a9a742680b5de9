"""Pausing a whole workspace: nothing leaves it until somebody resumes it.

`Workspace.paused_at` is the truth; each account repeats it, so that a scan reads one
row less. Whoever pauses, resumes or connects an account locks the row of the workspace
first, then posts, targets and accounts in the order of everybody else.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction

from accounts.models import ApiKey, User, Workspace
from social_media.enums import ActivityAction, Overdue
from social_media.models import ActivityLog, ConnectedAccount
from social_media.models.clock import database_now
from social_media.oauth.standing import WrongStanding
from social_media.posts.overdue import Settling, overdue_posts, settle_some


class Undecided(Exception):
    """Posts fell due during the pause, and nobody said what becomes of them."""

    def __init__(self, posts: int) -> None:
        what = "One post" if posts == 1 else f"{posts} posts"
        self.message = (
            f"{what} fell due during the pause. Say with `overdue` what becomes of "
            "that: `publish` sends it now, in order; `skip` calls it off; `draft` puts "
            "it back to the drafts."
        )
        super().__init__(self.message)


@transaction.atomic
def pause(
    workspace: Workspace, *, user: User | None, api_key: ApiKey | None = None
) -> None:
    """Let nothing more leave `workspace`; what is in flight is finished, what is in
    doubt is still looked up. Brings `workspace` up to date. Raises WrongStanding.
    """
    row = _locked(workspace)
    if row.paused_at is not None:
        raise WrongStanding(f"{row} is paused already.")
    row.paused_at = workspace.paused_at = database_now()
    _store(row)
    _record(ActivityAction.WORKSPACE_PAUSED, row, user, api_key)


def resume(
    workspace: Workspace,
    *,
    overdue: Overdue | None = None,
    user: User | None,
    api_key: ApiKey | None = None,
) -> None:
    """Let posts leave `workspace` again; `overdue` says what becomes of those that fell
    due meanwhile. Brings `workspace` up to date.

    Many are settled in several transactions, the last of which ends the pause: killed
    in the middle, it is still paused. No transaction may be open. Raises WrongStanding,
    Undecided.
    """
    if overdue is None:
        _resume_if_clear(workspace, user, api_key)
        return
    settling = Settling.begin(workspace, overdue, user=user, api_key=api_key)
    while not _resume_if_last(workspace, settling):
        pass


@transaction.atomic
def _resume_if_clear(
    workspace: Workspace, user: User | None, api_key: ApiKey | None
) -> None:
    row = _locked_paused(workspace)
    if posts := overdue_posts(row, until=database_now()):
        raise Undecided(posts)
    _end(row, workspace, user, api_key)


@transaction.atomic
def _resume_if_last(workspace: Workspace, settling: Settling) -> bool:
    """Settle some of what fell due; with the last of it the pause ends."""
    row = _locked_paused(workspace)
    if not settle_some(row, settling):
        return False
    _end(row, workspace, settling.user, settling.api_key, overdue=settling.overdue)
    return True


def _locked(workspace: Workspace) -> Workspace:
    return Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _locked_paused(workspace: Workspace) -> Workspace:
    row = _locked(workspace)
    if row.paused_at is None:
        raise WrongStanding(f"{row} is not paused.")
    return row


def _end(
    row: Workspace,
    workspace: Workspace,
    user: User | None,
    api_key: ApiKey | None,
    **details: Any,
) -> None:
    row.paused_at = workspace.paused_at = None
    _store(row)
    _record(ActivityAction.WORKSPACE_RESUMED, row, user, api_key, details=details)


def _store(row: Workspace) -> None:
    row.save(update_fields=["paused_at"])
    accounts = ConnectedAccount.objects.filter(workspace=row)
    # By id, like everybody who locks several.
    held = accounts.select_for_update(no_key=True).order_by("pk")
    ids: list[uuid.UUID] = list(held.values_list("pk", flat=True))
    ConnectedAccount.objects.filter(pk__in=ids).update(
        workspace_paused=row.paused_at is not None
    )


def _record(
    action: ActivityAction,
    row: Workspace,
    user: User | None,
    api_key: ApiKey | None,
    *,
    details: dict[str, Any] | None = None,
) -> None:
    ActivityLog.objects.record(
        action,
        row,
        workspace_id=row.pk,
        user=user,
        api_key=api_key,
        details=details,
    )
