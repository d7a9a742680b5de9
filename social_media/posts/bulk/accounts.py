"""Accounts as tables name them: platform:handle, platform:handle@server, or an id."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from social_media.enums import AccountStatus
from social_media.models import ConnectedAccount

#: What stands between two names.
_APART = re.compile(r"[\s,]")


class WrongAccount(Exception):
    """A `code` and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class KnownAccounts:
    """The accounts of a workspace, by every name that they may be called by."""

    def __init__(self, rows: Iterable[ConnectedAccount]) -> None:
        self.by_id: Mapping[uuid.UUID, ConnectedAccount] = {row.pk: row for row in rows}
        self._ids: dict[str, list[uuid.UUID]] = {}
        # Those that are gone answer to their name only if nobody else does.
        for gone in (False, True):
            self._name(gone=gone)

    def _name(self, *, gone: bool) -> None:
        taken = frozenset(self._ids)
        for row in self.by_id.values():
            if (row.status == AccountStatus.DISCONNECTED) != gone:
                continue
            for name in {str(row.pk), short_name(row), long_name(row)} - taken:
                self._ids.setdefault(name, []).append(row.pk)

    def find(self, name: str) -> uuid.UUID:
        """The account of this name. Raises WrongAccount."""
        found = self._ids.get(_plain(name), [])
        if len(found) == 1:
            return found[0]
        if not found:
            words = (
                f"There is no account “{name[:100]}” in this workspace. Write "
                "platform:handle, such as bluesky:anna.example, or the account's id."
            )
            raise WrongAccount("unknown_account", words)
        names = ", ".join(sorted(self.name_of(pk) for pk in found))
        words = f"“{name[:100]}” may be any of these: {names}. Write which."
        raise WrongAccount("ambiguous_account", words)

    def name_of(self, pk: uuid.UUID) -> str:
        """The shortest name that means this account and no other."""
        row = self.by_id[pk]
        for name in (short_name(row), long_name(row)):
            if self._ids.get(name) == [pk] and not _APART.search(name):
                return name
        return str(pk)


def accounts_of(workspace_id: uuid.UUID) -> KnownAccounts:
    """All of the workspace; the secrets stay unread."""
    rows = ConnectedAccount.objects.filter(workspace_id=workspace_id)
    return KnownAccounts(rows.defer("secrets").order_by("pk"))


def short_name(row: ConnectedAccount) -> str:
    """`bluesky:anna.example`."""
    return _plain(f"{row.platform}:{row.handle}")


def long_name(row: ConnectedAccount) -> str:
    """`mastodon:anna@social.example`; the short one where there are no servers."""
    host = urlsplit(row.server).netloc
    return _plain(f"{row.platform}:{row.handle}@{host}") if host else short_name(row)


def _plain(name: str) -> str:
    """As it is compared: in small letters, without the @ in front of a handle."""
    platform, colon, handle = name.strip().lower().partition(":")
    return f"{platform}:{handle.removeprefix('@')}" if colon else platform
