"""The pattern of a recurring schedule: a post that is never sent itself.

Each function is a part of the caller's transaction, which records what was done.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounts.models import User, Workspace
from social_media.enums import AccountStatus
from social_media.models import ConnectedAccount, Post
from social_media.platforms.base import Problem
from social_media.posts.composition import Composition, Files, composition_of
from social_media.posts.errors import InvalidDraft
from social_media.posts.files import hold_files
from social_media.posts.lock import locked, targets_of
from social_media.posts.recurrence.rules import Occurring
from social_media.posts.recurrence.variables import render, variable_problems
from social_media.posts.validate import (
    accounts_for,
    problems_of,
    refuse,
    target_count_problems,
)
from social_media.posts.write import write_destinations, write_text

_GONE = AccountStatus.DISCONNECTED


def create_template(
    workspace: Workspace,
    *,
    composition: Composition,
    next_one: Occurring,
    user: User | None,
) -> Post:
    """Store it. Raises InvalidDraft for what `next_one` could not be posted with."""
    files = hold_files(workspace.pk, composition)
    refuse(template_problems(workspace.pk, composition, files, next_one))
    post = Post(workspace=workspace, author=user, is_template=True)
    write_text(post, composition)
    write_destinations(post, composition.targets)
    return post


def update_template(
    template: Post, *, changes: Mapping[str, Any], next_one: Occurring
) -> bool:
    """Change what `changes` names; whether anything is new. Raises InvalidDraft."""
    row, targets = locked(template.pk)
    before = composition_of(row, targets)
    after = replace(before, **changes)
    files = hold_files(row.workspace_id, after)
    kept = frozenset(one.account_id for one in before.targets)
    refuse(template_problems(row.workspace_id, after, files, next_one, kept=kept))
    if after == before:
        return False
    write_text(row, after)
    write_destinations(row, after.targets, existing=targets, unchanged=before.targets)
    return True


def composition_for(template: Post) -> Composition:
    """What the template says, with its variables."""
    return composition_of(template, targets_of(template.pk))


def template_problems(
    workspace_id: uuid.UUID,
    composition: Composition,
    files: Files,
    next_one: Occurring,
    *,
    kept: frozenset[uuid.UUID] = frozenset(),
) -> list[Problem]:
    """What speaks against it; the networks' rules on what `next_one` would say."""
    if found := _time_problem(composition) + variable_problems(composition):
        return found
    shown = render(composition, number=next_one.number, local=next_one.local)
    found = problems_of(shown, accounts_for(workspace_id, shown), files, kept=kept)
    return found + target_count_problems(shown)


def refuse_unknown_variables(composition: Composition) -> None:
    """Raise InvalidDraft that names every variable that isn't known, under `post`."""
    try:
        refuse(variable_problems(composition))
    except InvalidDraft as error:
        raise under_post(error) from None


def under_post(error: InvalidDraft) -> InvalidDraft:
    """The same, its paths as the body has them: the template lies under `post`."""
    return InvalidDraft(
        [replace(one, field=f"post.{one.field}") for one in error.problems]
    )


def connected_only(composition: Composition) -> tuple[Composition, list[str]]:
    """Without targets on accounts that are disconnected; and the names of those."""
    wanted = [one.account_id for one in composition.targets]
    rows = ConnectedAccount.objects.filter(pk__in=wanted).defer("secrets")
    gone = {row.pk: str(row) for row in rows.filter(status=_GONE).order_by("pk")}
    kept = tuple(one for one in composition.targets if one.account_id not in gone)
    return replace(composition, targets=kept), list(gone.values())


def _time_problem(composition: Composition) -> list[Problem]:
    if composition.scheduled_time is None:
        return []
    words = "The rule says when: leave this out."
    return [Problem("not_here", "scheduled_time", words)]
