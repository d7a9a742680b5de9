"""What the networks say to a post, for the person who writes it. Stores nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from social_media.models import ConnectedAccount, Post
from social_media.platforms.base import Problem
from social_media.posts.compose import new_problems
from social_media.posts.composition import Composition, composition_of
from social_media.posts.files import file_problems, files_for
from social_media.posts.lock import targets_of
from social_media.posts.same_text import composition_warnings
from social_media.posts.validate import (
    Accounts,
    Measure,
    accounts_for,
    measures_of,
    network_problems,
    target_count_problems,
)


@dataclass(frozen=True, slots=True)
class MeasuredTarget:
    """The length of each text on one account."""

    account: ConnectedAccount
    parts: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Problems by path and lengths by target, those on unknown accounts left out.

    `warnings` don't speak against it.
    """

    problems: tuple[Problem, ...]
    targets: tuple[MeasuredTarget, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


def review_new(workspace_id: uuid.UUID, composition: Composition) -> Review:
    """The review of a post that is not stored."""
    accounts = accounts_for(workspace_id, composition)
    files = files_for(workspace_id, composition)
    problems = new_problems(workspace_id, composition, files)
    warnings = composition_warnings(composition, accounts)
    return _review(composition, accounts, problems, warnings)


def review_stored(post: Post) -> Review:
    """The review of a stored post, whatever its time."""
    targets = targets_of(post.pk)
    composition = composition_of(post, targets)
    accounts = {target.account_id: target.account for target in targets}
    problems = target_count_problems(composition)
    files = files_for(post.workspace_id, composition)
    problems += file_problems(composition, files)
    problems += network_problems(composition, accounts, files)
    warnings = composition_warnings(composition, accounts, but=post.pk)
    return _review(composition, accounts, problems, warnings)


def _review(
    composition: Composition,
    accounts: Accounts,
    problems: list[Problem],
    warnings: list[Problem],
) -> Review:
    measured = [
        MeasuredTarget(
            accounts[target.account_id],
            tuple(measures_of(composition, index, accounts[target.account_id])),
        )
        for index, target in enumerate(composition.targets)
        if target.account_id in accounts
    ]
    return Review(tuple(problems), tuple(measured), tuple(warnings))
