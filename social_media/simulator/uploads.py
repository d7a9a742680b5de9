"""The uploads of all networks: one table, changed by events only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

from social_media.simulator.intake import Intake
from social_media.simulator.records import Account, Upload

#: Network, account, and the network's id of the upload.
Key = tuple[str, str, str]


class Uploads:
    """What came in, whose it is, and how often the same came again.

    Args:
        commit: writes an event down and applies it (World).
    """

    def __init__(self, commit: Callable[..., None], intake: Intake) -> None:
        self._commit = commit
        self.intake = intake
        self.forget_all()

    def forget_all(self) -> None:
        self._uploads: dict[Key, Upload] = {}
        #: By network, account and SHA-256: an account may send the same often.
        self._same_bytes: dict[Key, set[Key]] = defaultdict(set)
        #: Bytes that came in, by network, whatever became of them.
        self.bytes_received: Counter[str] = Counter()
        #: Files that came in whole, by network.
        self.received: Counter[str] = Counter()
        #: Those whose bytes the account had there already, and could have used.
        self.again: Counter[str] = Counter()

    def events(self) -> dict[str, Callable[[dict[str, Any]], None]]:
        return {
            "upload": self._apply_upload,
            "received": self._apply_received,
            "drop_upload": self._apply_drop,
        }

    def add(self, upload: Upload) -> Upload:
        """A file that has come in whole."""
        same = (self._uploads[key] for key in self._same_bytes[_content(upload)])
        again = any(not each.is_lost and each.is_usable() for each in same)
        self._commit("received", network=upload.network, bytes=0, again=again, files=1)
        return self.put(upload)

    def put(self, upload: Upload, **changes: Any) -> Upload:
        """Store `upload` with these fields changed."""
        changed = replace(upload, **changes)
        self._commit("upload", **asdict(changed))
        return self._uploads[_key(changed)]

    def count(self, network: str, size: int) -> None:
        """So many bytes have come in."""
        self._commit("received", network=network, bytes=size, again=False, files=0)

    def get(self, account: Account, upload_id: str) -> Upload | None:
        return self._uploads.get((account.network, account.id, upload_id))

    def same(self, upload: Upload) -> Upload | None:
        """What became of `upload` since."""
        return self._uploads.get(_key(upload))

    def find(self, name: str) -> Upload | None:
        """By its key, or by the id that a network gave it."""
        for upload in self._uploads.values():
            if name in (upload.key, upload.id) and upload.is_whole:
                return upload
        return None

    def all(self, network: str = "", handle: str = "") -> Iterator[Upload]:
        """Oldest first, of one network and one account if named."""
        for upload in self._uploads.values():
            if network in ("", upload.network) and handle in ("", upload.account):
                yield upload

    def forget(self, network: str) -> int:
        """Let every handle go that no post holds; the number of those."""
        held = [each for each in self.all(network) if each.is_given_out()]
        for upload in held:
            self.put(upload, is_forgotten=True)
        return len(held)

    def drop(self, upload: Upload) -> None:
        """As if it had never come."""
        self._commit("drop_upload", key=list(_key(upload)))

    def sweep(self) -> None:
        """Delete files that belong to nothing: those of an end that came too soon."""
        known = {upload.key for upload in self._uploads.values()}
        for upload in self._uploads.values():
            known |= {each["key"] for each in upload.data.get("segments", {}).values()}
        self.intake.keep_only(known)

    def _apply_upload(self, event: dict[str, Any]) -> None:
        given = {name: value for name, value in event.items() if name != "event"}
        upload = Upload(**given)
        self._uploads[_key(upload)] = upload
        if upload.is_whole:
            self._same_bytes[_content(upload)].add(_key(upload))

    def _apply_received(self, event: dict[str, Any]) -> None:
        network = event["network"]
        self.bytes_received[network] += event["bytes"]
        self.received[network] += event["files"]
        self.again[network] += event["again"]

    def _apply_drop(self, event: dict[str, Any]) -> None:
        network, account, upload_id = event["key"]
        upload = self._uploads.pop((network, account, upload_id))
        self._same_bytes[_content(upload)].discard(_key(upload))


def _key(upload: Upload) -> Key:
    return upload.network, upload.account_id, upload.id


def _content(upload: Upload) -> Key:
    return upload.network, upload.account_id, upload.sha256
