"""What a network already holds of a step's media, remembered from try to try."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from social_media.platforms.base import Checkpoint, Step
from social_media.platforms.errors import NotReady, Unavailable
from social_media.platforms.media import Beat, Upload

#: One upload's handle: whatever the strategy needs to go on with it.
Handle = dict[str, Any]


#: An upload has to last so much longer than its post takes to go out.
_SPARE = timedelta(minutes=5)


class Handles:
    """The handles in a step's checkpoint, by `Upload.key`, saved as they change."""

    def __init__(self, step: Step, checkpoint: Checkpoint) -> None:
        self._known: dict[str, Handle] = dict(step.checkpoint.get("uploads") or {})
        self._former: list[str] = list(step.checkpoint.get("former_uploads") or ())
        self._checkpoint = checkpoint
        self._appears_at = step.payload.get("created_at")

    def get(self, key: str) -> Handle | None:
        """A copy of the handle of one upload, None if there is none."""
        found = self._known.get(key)
        return None if found is None else dict(found)

    def outlives_its_use(self, expires_at: str) -> bool:
        """Whether what ends then (ISO) is still there when the post appears.

        Counted from its time, not from now: what was good enough some minutes ahead
        must not be uploaded again at the due second.
        """
        used_at = datetime.now(UTC)
        if self._appears_at:
            used_at = max(used_at, datetime.fromisoformat(self._appears_at))
        return datetime.fromisoformat(expires_at) - used_at > _SPARE

    def save(self, key: str, handle: Mapping[str, Any]) -> None:
        """Keep `handle` for the next try, at once."""
        if self._known.get(key, {}).get("id") != handle.get("id"):
            self._retire(key)
        self._known[key] = dict(handle)
        self._save()

    def forget(self, keys: Iterable[str]) -> None:
        """Let the next try upload these again."""
        for key in keys:
            self._retire(key)
        self._save()

    def keep_alive(self) -> None:
        """Say that the work goes on. May raise, which has to pass through."""
        self._checkpoint({})

    def _retire(self, key: str) -> None:
        """A post whose answer was lost may show it: a look-up has to know it."""
        handle = self._known.pop(key, {})
        if "id" in handle:
            self._former.append(str(handle["id"]))

    def _save(self) -> None:
        # All of them: the checkpoint replaces what stands under a name.
        learnt: dict[str, Any] = {"uploads": dict(self._known)}
        if self._former:
            learnt["former_uploads"] = list(self._former)
        self._checkpoint(learnt)


def ids_of(step: Step) -> set[str]:
    """The network's ids of all uploads that a try of `step` may have shown."""
    known = (step.checkpoint.get("uploads") or {}).values()
    former = step.checkpoint.get("former_uploads") or ()
    return {*former, *(str(handle["id"]) for handle in known if "id" in handle)}


def handles_of(step: Step) -> Iterator[Handle]:
    """The handle of each of the step's media, in order. Raises `upload_gone`."""
    known = step.checkpoint.get("uploads") or {}
    for upload in step.media:
        if upload.key not in known:
            raise upload_gone()
        yield known[upload.key]


def upload_gone() -> Unavailable:
    """The network doesn't have an upload (any more): the next try makes it again."""
    return Unavailable(
        "The network no longer has the uploaded media. They are uploaded again.",
        code="upload_gone",
    )


@contextmanager
def opened(upload: Upload, keep_alive: Beat) -> Iterator[BinaryIO]:
    """The bytes of `upload`. Raises Unavailable where the storage does not answer.

    `keep_alive` is called while they are fetched, and once they are there: what
    follows has its time from then on. What it raises passes through.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(upload.open(keep_alive))
        except OSError as error:
            raise Unavailable("The file could not be read.", code="storage") from error
        keep_alive()
        yield file


def bring_all(
    media: Iterable[Upload], bring: Callable[[Upload], datetime | None]
) -> None:
    """Bring each of `media` as far as it gets now.

    `bring` says when to ask again, None when there is nothing left to do. Raises
    NotReady for the latest of those times: all are needed, so all are begun first.
    """
    waits = [again for upload in media if (again := bring(upload)) is not None]
    if waits:
        raise NotReady(
            "The network is still processing the media.", check_at=max(waits)
        )
