"""Every rule that a composition breaks, before anything is stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from social_media.enums import AccountStatus, StepKind
from social_media.models import ConnectedAccount
from social_media.oauth.credentials import without_secrets
from social_media.platforms.base import Part, Problem
from social_media.platforms.factory import strategy_for
from social_media.posts.composition import Composition, Destination, Files
from social_media.posts.errors import InvalidDraft
from social_media.posts.files import blank_problems, file_problems

#: Further away than this is a slip of the finger (2062 for 2026).
FARTHEST = timedelta(days=3660)

Accounts = Mapping[uuid.UUID, ConnectedAccount]


@dataclass(frozen=True, slots=True)
class Measure:
    """How long one text is on one account, in the network's own unit."""

    field: str
    length: int
    limit: int
    unit: str


def accounts_for(workspace_id: uuid.UUID, composition: Composition) -> Accounts:
    """The workspace's accounts among those asked for; the secrets stay unread."""
    wanted = {target.account_id for target in composition.targets}
    rows = ConnectedAccount.objects.filter(workspace_id=workspace_id, pk__in=wanted)
    return {row.pk: row for row in rows.defer("secrets")}


def problems_of(
    composition: Composition,
    accounts: Accounts,
    files: Files,
    *,
    kept: Iterable[uuid.UUID] = (),
) -> list[Problem]:
    """Every problem of the choice of accounts and files and of the content.

    `kept`: accounts that the post has already; a disconnected one may stay there.
    """
    found = _choice_problems(composition, accounts, frozenset(kept))
    found += file_problems(composition, files)
    blanks = blank_problems(composition)
    return found + (blanks or network_problems(composition, accounts, files))


def network_problems(
    composition: Composition, accounts: Accounts, files: Files
) -> list[Problem]:
    """Every rule of a network that a target on one of `accounts` breaks."""
    found: list[Problem] = []
    for index, target in enumerate(composition.targets):
        account = accounts.get(target.account_id)
        if account is not None:
            found += _network_problems(composition, index, account, files)
    # Two accounts on one network break the same rule of the same text: told once.
    return list(dict.fromkeys(found))


def time_problems(at: datetime, now: datetime) -> list[Problem]:
    """What speaks against sending at `at`, seen from the database's present."""
    if at <= now:
        words = "This time is in the past. Choose a later one, or publish now."
        return [Problem("in_the_past", "scheduled_time", words)]
    if at - now > FARTHEST:
        words = "This time is more than ten years away. Check the year."
        return [Problem("too_far_away", "scheduled_time", words)]
    return []


def target_count_problems(composition: Composition) -> list[Problem]:
    """A problem if there is no account to publish on."""
    if composition.targets:
        return []
    words = "Choose at least one account to publish on."
    return [Problem("required", "targets", words)]


def refuse(problems: list[Problem]) -> None:
    """Raise InvalidDraft if there are any."""
    if problems:
        raise InvalidDraft(problems)


def measures_of(
    composition: Composition, index: int, account: ConnectedAccount
) -> list[Measure]:
    """The length of each text of target `index`, in order."""
    strategy = strategy_for(account.platform)
    can = strategy.capabilities(without_secrets(account))
    target = composition.targets[index]
    parts = composition.draft_for(target, {}).parts
    return [
        Measure(
            field=_path(target, index, field),
            length=strategy.measure(part.text),
            limit=can.max_length,
            unit=can.length_unit,
        )
        for part, field in zip(parts, _part_fields(parts), strict=True)
    ]


def _choice_problems(
    composition: Composition, accounts: Accounts, kept: frozenset[uuid.UUID]
) -> list[Problem]:
    found: list[Problem] = []
    seen: set[uuid.UUID] = set()
    for index, target in enumerate(composition.targets):
        found += _target_problems(index, target, accounts, kept | seen)
        if target.account_id in seen:
            words = "This account is in the list twice."
            found.append(_at(index, "account", "duplicate", words))
        seen.add(target.account_id)
    return found


def _target_problems(
    index: int, target: Destination, accounts: Accounts, kept: frozenset[uuid.UUID]
) -> list[Problem]:
    account = accounts.get(target.account_id)
    found = []
    if account is None:
        words = "There is no such account in this workspace."
        found.append(_at(index, "account", "unknown_account", words))
    elif account.status == AccountStatus.DISCONNECTED and account.pk not in kept:
        words = f"{account} is disconnected. Connect it again first."
        found.append(_at(index, "account", "disconnected", words))
    if (target.thread or target.thread_media) and target.content is None:
        words = "A thread of its own needs content of its own: set content too."
        found.append(_at(index, "thread", "needs_content", words))
    return found


def _network_problems(
    composition: Composition, index: int, account: ConnectedAccount, files: Files
) -> list[Problem]:
    strategy, seen = strategy_for(account.platform), without_secrets(account)
    target = composition.targets[index]
    draft = composition.draft_for(target, files)
    return [
        replace(problem, field=_path(target, index, problem.field))
        for problem in strategy.validate(draft, seen)
    ]


def _path(target: Destination, index: int, field: str) -> str:
    """Where in the composition a draft's `field` was written."""
    name, *rest = field.split(".")
    if name == "thread" and rest[1:2] == ["media"]:
        field = ".".join(["thread_media", rest[0], *rest[2:]])
    own_text = target.content is not None
    shared = {
        "content": not own_text,
        "thread": not own_text,
        "media": target.media is None,
        "first_comment": target.first_comment is None,
    }
    return field if shared.get(name, False) else f"targets.{index}.{field}"


def _part_fields(parts: Iterable[Part]) -> list[str]:
    """Each part's field within its draft, in order."""
    return [
        {
            StepKind.POST: "content",
            StepKind.THREAD_PART: f"thread.{number - 1}",
            StepKind.FIRST_COMMENT: "first_comment",
        }[part.kind]
        for number, part in enumerate(parts)
    ]


def _at(index: int, name: str, code: str, message: str) -> Problem:
    return Problem(code=code, field=f"targets.{index}.{name}", message=message)
