"""Making an uploaded file ready: cleaned, with a thumbnail, under a name of its own."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from social_media.enums import MediaStatus, RenditionStatus
from social_media.media import workshop
from social_media.media.job import Job, Made, record_failure
from social_media.media.lease import LET_GO
from social_media.media.limits import workshop_limits
from social_media.media.quota import lock_workspace
from social_media.media.store import discard, fetch, name_for, save
from social_media.media.upload import columns_of, same_bytes
from social_media.models import MediaFile, MediaRendition


class FileJob(Job):
    """An upload."""

    row: MediaFile

    def make(self, folder: Path) -> Made:
        """Cleaned bytes and a thumbnail. See Job."""
        row, hold, limits = self.row, self.hold, workshop_limits()
        path = fetch(row.file, folder, hold.beat)
        sha256 = row.upload_sha256 or workshop.inspect(path, limits).sha256
        clean, facts = workshop.clean(path, folder, limits, hold.progress)
        small = folder / "thumbnail"
        small_type = workshop.thumbnail(clean, small).content_type
        hold.renew()
        made = Made(
            name=name_for("originals", row.pk, facts.content_type),
            facts=facts,
            thumbnail=name_for("thumbnails", row.pk, small_type),
            upload_sha256=sha256,
        )
        save(made.thumbnail, small, content_type=small_type, beat=hold.beat)
        save(made.name, clean, content_type=facts.content_type, beat=hold.beat)
        return made

    def record(self, made: Made) -> None:
        """It is ready, unless the workspace has these bytes already. See Job."""
        other, useless = self._recorded(made)
        discard(*useless)
        if other is not None:
            words = f"These bytes are here already, as {other.name} ({other.pk})."
            self.fail("duplicate", words, for_good=True)

    def fail(self, code: str, words: str, *, for_good: bool) -> None:
        """With it, all that was to be made of it. See Job."""
        if self._failed(code, words, for_good=for_good) and for_good:
            discard(self.row.file)

    @transaction.atomic
    def _recorded(self, made: Made) -> tuple[MediaFile | None, tuple[str, ...]]:
        """Write the row; the other file with the same bytes, if there is one, and
        names of what is stored for nothing.
        """
        new = made.name, made.thumbnail
        lock_workspace(self.row.workspace_id)
        same = same_bytes(self.row.workspace_id, made.upload_sha256)
        other = same.exclude(pk=self.row.pk).first()
        if other is not None:
            return other, new
        ready = self.hold.finish(
            MediaStatus.READY,
            progress=100,
            error_code="",
            error_message="",
            file=made.name,
            thumbnail=made.thumbnail,
            upload_sha256=made.upload_sha256,
            **columns_of(made.facts),
        )
        return None, (self.row.file,) if ready else new

    @transaction.atomic
    def _failed(self, code: str, words: str, *, for_good: bool) -> bool:
        failed = {"error_code": code, "error_message": words[:1000]}
        bytes_of = {"file": ""} if for_good else {}
        if not self.hold.finish(MediaStatus.FAILED, progress=0, **failed, **bytes_of):
            return False
        waiting = MediaRendition.objects.filter(original=self.row)
        waiting.exclude(status=RenditionStatus.READY).move(
            RenditionStatus.FAILED, **LET_GO, **failed
        )
        record_failure(self.row, words)
        return True
