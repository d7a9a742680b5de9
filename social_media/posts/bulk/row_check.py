"""From one row to what it asks for: a composition and its place in time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from social_media.platforms.base import Problem
from social_media.posts.bulk.accounts import KnownAccounts, WrongAccount
from social_media.posts.bulk.addresses import address_problem
from social_media.posts.bulk.asked import Asked, AskedTarget, Shown, asked_of
from social_media.posts.bulk.columns import OWN
from social_media.posts.bulk.place import Place, Repeat
from social_media.posts.bulk.reading import Row
from social_media.posts.bulk.times import WrongTime, local_in, moment_in, zone_of
from social_media.posts.composition import (
    Attachment,
    Attachments,
    Composition,
    Destination,
    Files,
)
from social_media.posts.files import file_problems
from social_media.posts.validate import (
    problems_of,
    target_count_problems,
    time_problems,
)

_ADDRESS = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")  # RFC 4122's, of URLs
_ONE_TIME = "A row has a scheduled_time or a queue, not both."


def stand_in(url: str) -> uuid.UUID:
    """In place of a file's id until the file is fetched from `url`."""
    return uuid.uuid5(_ADDRESS, url)


@dataclass(slots=True)
class Planned:
    """What a row asks for. `urls`: path and address of each file to be fetched.

    `origins`: where the text of each target was written. `shown`: what the rules of
    networks are held against, where that is not the composition as it is.
    """

    row: Row
    composition: Composition
    place: Place
    urls: list[tuple[str, str]] = field(default_factory=list)
    origins: tuple[str, ...] = ()
    shown: Composition | None = None

    @property
    def faults(self) -> list[tuple[str, str, str]]:
        """All that is wrong with it: (path, code, words)."""
        return self.row.faults

    def fault(self, path: str, code: str, words: str) -> None:
        """Note that something is wrong with it."""
        self.row.fault(path, code, words)

    def to(self, targets: tuple[Destination, ...]) -> None:
        """Publish it on these, as the row names none."""
        self.composition = replace(self.composition, targets=targets)
        self.origins = ("accounts",) * len(targets)


class Planner:
    """Plans rows of one workspace; `fetched` has the files of addresses."""

    def __init__(
        self,
        accounts: KnownAccounts,
        *,
        fetched: Mapping[uuid.UUID, uuid.UUID] | None = None,
    ) -> None:
        self.accounts = accounts
        self._fetched = fetched or {}

    def plan(self, row: Row) -> Planned:
        """What `row` asks for; what can't be understood is among its faults."""
        asked = asked_of(row)
        place = _place(asked, row)
        targets = tuple(self._destinations(asked, row))
        composition = Composition(
            content=asked.content,
            thread=tuple(asked.thread),
            media=self._attachments(asked.media),
            thread_media=tuple(map(self._attachments, asked.thread_media)),
            first_comment=asked.first_comment,
            targets=targets,
            scheduled_time=place.at,
            late_policy=asked.late_policy,
            late_minutes=asked.late_minutes,
            labels=tuple(asked.labels),
        )
        origins = tuple(self._origin(asked, one) for one in targets)
        planned = Planned(row, composition, place, list(_urls(asked)), origins)
        for path, url in planned.urls:
            if words := address_problem(url):
                row.fault(path, "unusable_address", words)
        return planned

    def check(self, planned: Planned, *, files: Files, now: datetime) -> None:
        """Add what speaks against publishing it. `files` are the workspace's."""
        composition = planned.shown or planned.composition
        waiting = {stand_in(url) for _, url in planned.urls} - set(self._fetched)
        for one in problems_of(composition, self.accounts.by_id, files):
            unknown = one.code == "unknown_file" and bool(waiting)
            if not (unknown and _file_at(composition, one.field) in waiting):
                planned.fault(*_fault(one, planned))
        found = time_problems(planned.place.at, now) if planned.place.at else []
        if not planned.place.is_draft:
            found += target_count_problems(composition)
        for one in found:
            planned.fault(*_fault(one, planned))

    def _destinations(self, asked: Asked, row: Row) -> Iterator[Destination]:
        special: dict[uuid.UUID, AskedTarget] = {}
        chosen: list[uuid.UUID] = []
        for name in asked.accounts:
            chosen += self._found(name, "accounts", row)
        for index, target in enumerate(asked.targets):
            for pk in self._found(target.account, f"targets.{index}.account", row):
                if pk in special:
                    words = "This account is in the list twice."
                    row.fault(f"targets.{index}.account", "duplicate", words)
                special[pk] = target
                chosen += [] if pk in chosen else [pk]
        for pk in chosen:
            given = special[pk].given if pk in special else {}
            own = asked.own.get(self.accounts.by_id[pk].platform)
            yield self._destination(pk, {"content": own, **given})

    def _origin(self, asked: Asked, target: Destination) -> str:
        platform = self.accounts.by_id[target.account_id].platform
        same = target.content is not None and target.content == asked.own.get(platform)
        return OWN + platform if same else "targets"

    def _found(self, name: str, path: str, row: Row) -> list[uuid.UUID]:
        try:
            return [self.accounts.find(name)]
        except WrongAccount as wrong:
            row.fault(path, wrong.code, wrong.message)
            return []

    def _destination(self, pk: uuid.UUID, given: dict[str, Any]) -> Destination:
        media = given.get("media")
        return Destination(
            account_id=pk,
            content=given["content"],
            thread=tuple(given.get("thread", ())),
            media=None if media is None else self._attachments(media),
            thread_media=tuple(map(self._attachments, given.get("thread_media", ()))),
            first_comment=given.get("first_comment"),
            options=given.get("options", {}),
        )

    def _attachments(self, shown: list[Shown]) -> Attachments:
        return tuple(Attachment(self._file_id(one), one.alt_text) for one in shown)

    def _file_id(self, shown: Shown) -> uuid.UUID:
        if shown.file_id is not None:
            return shown.file_id
        placed = stand_in(shown.url)
        return self._fetched.get(placed, placed)


def check_again(planned: Planned, files: Files) -> None:
    """Add what may have come up since `check`, with the files locked."""
    found = file_problems(planned.composition, files)
    for one in found:
        planned.fault(*_fault(one, planned))


def _place(asked: Asked, row: Row) -> Place:
    try:
        return _placed(asked)
    except WrongTime as wrong:
        row.fault(wrong.column, wrong.code, wrong.message)
        return Place()


def _placed(asked: Asked) -> Place:
    zone = zone_of(asked.timezone) if asked.timezone else None
    if asked.recurrence:
        return Place(repeat=_repeat(asked, zone))
    if asked.recurrence_excluded:
        words = "Without a recurrence there is nothing to leave out."
        raise WrongTime("needs_recurrence", words, "recurrence_excluded")
    if asked.queue:
        if asked.scheduled_time:
            raise WrongTime("two_times", _ONE_TIME, "queue")
        return Place(queue=asked.queue)
    if asked.scheduled_time:
        return Place(at=moment_in(asked.scheduled_time, zone))
    return Place()


def _repeat(asked: Asked, zone: ZoneInfo | None) -> Repeat:
    if asked.queue:
        words = "A row has a recurrence or a queue, not both."
        raise WrongTime("two_times", words, "queue")
    if not asked.scheduled_time:
        words = "A recurrence needs to know when it starts: set scheduled_time."
        raise WrongTime("required", words)
    if zone is None:
        words = "A recurrence counts in local time: set its timezone."
        raise WrongTime("required", words, "timezone")
    return Repeat(
        rule=asked.recurrence,
        timezone=asked.timezone,
        starts_at=local_in(asked.scheduled_time, zone).isoformat(),
        excluded=tuple(asked.recurrence_excluded),
    )


def _urls(asked: Asked) -> Iterator[tuple[str, str]]:
    owners: list[tuple[str, Any, Any]] = [("", asked.media, asked.thread_media)]
    for index, target in enumerate(asked.targets):
        given = target.given
        shown = given.get("media") or [], given.get("thread_media") or []
        owners.append((f"targets.{index}.", *shown))
    for prefix, media, thread_media in owners:
        parts = [("media", media)]
        parts += [(f"thread_media.{n}", part) for n, part in enumerate(thread_media)]
        for path, shown in parts:
            for place, one in enumerate(shown):
                if one.url:
                    yield f"{prefix}{path}.{place}.url", one.url


def _file_at(composition: Composition, path: str) -> uuid.UUID | None:
    """The file that the path of a problem with a file names."""
    names = path.split(".")
    owner: Composition | Destination = composition
    if names[0] == "targets":
        owner, names = composition.targets[int(names[1])], names[2:]
    if names[0] == "media":
        return (owner.media or ())[int(names[1])].file_id
    if len(names) > 2:  # noqa: PLR2004 - thread_media.part.place
        return owner.thread_media[int(names[1])][int(names[2])].file_id
    return None


def _fault(problem: Problem, planned: Planned) -> tuple[str, str, str]:
    return _written_at(problem.field, planned), problem.code, problem.message


def _written_at(path: str, planned: Planned) -> str:
    """Where a row says what `path` of its composition means."""
    name, *rest = path.split(".")
    if name != "targets":
        return path
    if not rest or rest[1:] == ["account"]:
        return "accounts"
    return planned.origins[int(rest[0])] if rest[1:] == ["content"] else "targets"
