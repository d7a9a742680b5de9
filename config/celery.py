"""The Celery application: `celery -A config worker|beat`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stationmaster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logs(**_: Any) -> None:
    """Celery sets up no logs where somebody listens: config/logs.py did, for all."""


@celeryd_after_setup.connect
def load_networks(instance: Any, **_: Any) -> None:
    """Import the networks' libraries before a post is due: it takes a second or two."""
    from social_media.enums import Platform
    from social_media.platforms.factory import strategy_for

    if "posting" in instance.app.amqp.queues.consume_from:
        for platform in Platform:
            strategy_for(platform)
