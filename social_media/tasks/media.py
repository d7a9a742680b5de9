"""Bells for making files and renditions: they carry no id, the rows say what is due."""

from __future__ import annotations

from celery import shared_task

from social_media.media.work import make_due
from social_media.tasks.posting import shutting_down


@shared_task(name="media.work")
def work() -> None:
    """Make what is due, the longest due first, some in a row."""
    make_due(stopping=shutting_down)
