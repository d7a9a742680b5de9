"""Files that rows name by address: fetched before anything else is stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from accounts.models import ApiKey, User, Workspace
from social_media.media.change import delete_file
from social_media.media.errors import Conflict, FileGone, MediaError
from social_media.media.intake import Intake, Received, room_for
from social_media.media.upload import Described, add
from social_media.models import MediaFile
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import PlatformError
from social_media.platforms.transport import download
from social_media.posts.bulk.inspect import Source
from social_media.posts.bulk.notes import Notes
from social_media.posts.bulk.report import Finding
from social_media.posts.bulk.row_check import stand_in


class Fetching:
    """`files`: what stands for an address until then, and its file. Outside of any
    transaction.
    """

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        *,
        user: User | None,
        api_key: ApiKey | None,
    ) -> None:
        self._workspace, self._folder = workspace, folder
        self._user, self._api_key = user, api_key
        self._config = _config()
        self.files: dict[uuid.UUID, uuid.UUID] = {}
        self.added: list[MediaFile] = []

    def fetch(self, notes: Notes, source: Source) -> Iterator[Finding]:
        """Fetch each address once; what did not come, as problems."""
        for url, row, path in notes.urls():
            column = source.column(path)
            try:
                self._fetch(url)
            except (MediaError, PlatformError) as error:
                yield Finding(row, column, error.code, error.message)

    def forget_unused(self) -> None:
        """Delete what was added and is shown by nothing."""
        for file in self.added:
            if not file.uses.exists():
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
            self.added.append(file)

    def _received(self, url: str, path: Path) -> Received:
        intake = Intake(path, room_for(self._workspace.pk))
        try:
            download(self._config, url, intake.take)
            return intake.received(_name(url))
        finally:
            intake.close()


def _name(url: str) -> str:
    """What a file is called, after its address."""
    last = unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    kept = "".join(char for char in last if char.isprintable())
    return kept[:255] or "file"


def _config() -> NetworkConfig:
    """The guard's, for servers that are no network: the shortest of all patience."""
    networks = settings.NETWORKS.values()
    return NetworkConfig(
        api_url="",
        connect_timeout=min(one.connect_timeout for one in networks),
        deadline=min(one.deadline for one in networks),
        upload_deadline=min(one.upload_deadline for one in networks),
        allow_private_hosts=any(one.allow_private_hosts for one in networks),
    )
