"""Throwing away what nobody needs any more."""

from __future__ import annotations

from celery import shared_task
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from social_media.media.prune import prune_addresses
from social_media.media.scratch import remove_left_behind
from social_media.models import StoredAnswer
from social_media.models.clock import database_now


@shared_task(name="default.prune")
def prune() -> None:
    """Delete kept answers after a day, refresh tokens after their expiry, what killed
    processes left in the work folder for media, and what came to void addresses.
    """
    StoredAnswer.objects.outdated().delete()
    OutstandingToken.objects.filter(expires_at__lt=database_now()).delete()
    remove_left_behind()
    prune_addresses()
