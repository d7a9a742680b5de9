"""Files that rows name by address: fetched before anything else is stored."""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from accounts.models import ApiKey, User, Workspace
from social_media.media.change import delete_file
from social_media.media.errors import Conflict, FileGone, MediaError
from social_media.media.intake import Intake, Received, room_for
from social_media.media.scratch import work_dir
from social_media.media.upload import Described, add
from social_media.models import MediaFile
from social_media.models.clock import database_now
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import PlatformError
from social_media.platforms.transport import deadline, download
from social_media.posts.bulk.notes import Notes
from social_media.posts.bulk.report import Finding
from social_media.posts.bulk.row_check import stand_in
from social_media.posts.bulk.source import Source
from social_media.posts.errors import Conflict as Busy

#: At the least for one address, while there is time at all.
_SHORTEST = 0.01


class Fetching:
    """`files`: what stands for an address until then, and its file. Outside of any
    transaction. `seconds` are for all addresses together.
    """

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        *,
        user: User | None,
        api_key: ApiKey | None,
        seconds: float | None = None,
    ) -> None:
        self._workspace, self._folder = workspace, folder
        self._seconds = seconds
        self._user, self._api_key = user, api_key
        self._config = config()
        self.files: dict[uuid.UUID, uuid.UUID] = {}
        self.added: dict[MediaFile, datetime] = {}

    def fetch(self, notes: Notes, source: Source) -> Iterator[Finding]:
        """Fetch each address once; what did not come, as problems."""
        ends_at = None if self._seconds is None else time.monotonic() + self._seconds
        for url, row, path in notes.urls():
            column = source.column(path)
            try:
                with _in_time(ends_at):
                    self._fetch(url)
            except (MediaError, PlatformError) as error:
                if _is_over(ends_at):
                    yield Finding(row, column, "fetching_too_slow", self._too_slow())
                    return
                yield Finding(row, column, error.code, error.message)

    def forget_unused(self) -> None:
        """Delete what was added and is shown by nothing.

        What somebody else was answered with since, who sent the same bytes, stays.
        """
        for file, at in self.added.items():
            untouched = MediaFile.objects.filter(pk=file.pk, unused_since=at)
            if untouched.exists() and not file.uses.exists():
                with suppress(Conflict, FileGone):  # somebody was faster
                    delete_file(file, user=self._user, api_key=self._api_key)

    def _fetch(self, url: str) -> None:
        path = self._folder / "fetched"
        try:
            file, added = add(
                self._workspace,
                self._received(url, path),
                described=Described(),
                user=self._user,
                api_key=self._api_key,
            )
        finally:
            path.unlink(missing_ok=True)
        self.files[stand_in(url)] = file.pk
        if added:
            self.added[file] = at = database_now()
            MediaFile.objects.filter(pk=file.pk).update(unused_since=at)

    def _too_slow(self) -> str:
        return (
            f"Fetching all addresses took longer than {self._seconds:g} seconds. "
            "Upload large files first and name them by their ids, or import in parts."
        )

    def _received(self, url: str, path: Path) -> Received:
        intake = Intake(path, room_for(self._workspace.pk))
        try:
            download(self._config, url, intake.take)
            return intake.received(_name(url))
        finally:
            intake.close()


@contextmanager
def one_at_a_time(workspace_id: uuid.UUID) -> Iterator[None]:
    """Nobody else on this machine fetches for the workspace meanwhile.

    The lock goes with the process, whatever happens to it. Raises Busy.
    """
    path = work_dir() / f"fetching-{workspace_id}"
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            words = (
                "Another import of this workspace fetches files from addresses. Try "
                "again when it is done."
            )
            raise Busy(words, code="import_running") from None
        os.utime(path)  # clean-up removes what is old
        yield


@contextmanager
def _in_time(ends_at: float | None) -> Iterator[None]:
    """What a server is waited for ends then, however it drips."""
    if ends_at is None:
        yield
        return
    with deadline(max(ends_at - time.monotonic(), _SHORTEST)):
        yield


def _is_over(ends_at: float | None) -> bool:
    return ends_at is not None and time.monotonic() >= ends_at


def _name(url: str) -> str:
    """What a file is called, after its address."""
    last = unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    kept = "".join(char for char in last if char.isprintable())
    return kept[:255] or "file"


def config() -> NetworkConfig:
    """The guard's, for servers that are no network: the shortest of all patience."""
    networks = settings.NETWORKS.values()
    return NetworkConfig(
        api_url="",
        connect_timeout=min(one.connect_timeout for one in networks),
        deadline=min(one.deadline for one in networks),
        upload_deadline=min(one.upload_deadline for one in networks),
        allow_private_hosts=any(one.allow_private_hosts for one in networks),
    )
