"""gunicorn's own lines, like everybody's: see config/logs.py."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from gunicorn.glogging import Logger


class StructuredLogger(Logger):  # type: ignore[misc]
    """For `gunicorn --logger-class config.web_logs.StructuredLogger`."""

    def setup(self, cfg: Any) -> None:
        """Leave every line to the handler and the level of the root logger."""
        super().setup(cfg)
        # Reading the settings sets that handler up.
        level: str = settings.LOG_LEVEL
        for ours in (self.error_log, self.access_log):
            ours.handlers.clear()
            ours.propagate = True
            ours.setLevel(logging.getLevelName(level))
