"""Making a rendition of a file that is ready."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from social_media.enums import RenditionStatus
from social_media.media import workshop
from social_media.media.job import Job, Made, record_failure
from social_media.media.limits import workshop_limits
from social_media.media.store import discard, fetch, name_for, save
from social_media.models import MediaRendition
from social_media.platforms.media import Recipe


class RenditionJob(Job):
    """What one recipe makes of a file."""

    row: MediaRendition

    def make(self, folder: Path) -> Made:
        """As the recipe says. See Job."""
        hold, recipe = self.hold, Recipe.of(self.row.recipe)
        path = fetch(self.row.original.file, folder, hold.beat)
        target = folder / "rendition"
        facts = workshop.render(
            path,
            recipe,
            target,
            hold.progress,
            max_length=workshop_limits().max_seconds,
        )
        hold.renew()
        name = name_for("renditions", self.row.pk, facts.content_type)
        save(name, target, content_type=facts.content_type, beat=hold.beat)
        return Made(name, facts)

    def record(self, made: Made) -> None:
        """It is ready. See Job."""
        ready = self.hold.finish(
            RenditionStatus.READY,
            progress=100,
            error_code="",
            error_message="",
            file=made.name,
            size=made.facts.size,
            facts=made.facts.document(),
        )
        if not ready:
            discard(made.name)

    @transaction.atomic
    def fail(self, code: str, words: str, *, for_good: bool) -> None:
        """Of its file all else stays. See Job."""
        failed = {"error_code": code, "error_message": words[:1000]}
        if self.hold.finish(RenditionStatus.FAILED, progress=0, **failed):
            record_failure(self.row.original, words)
