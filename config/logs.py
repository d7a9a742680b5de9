"""Structured logs with secrets masked, for web, workers and beat alike."""

from __future__ import annotations

import logging
import logging.config
import re
from collections.abc import Mapping
from typing import Any

import structlog

_SECRET_NAME = re.compile(
    r"(?i)(authorization|token|secret|password|jwt|api[-_]?key|cookie|credential)"
)
# After a secret's name, an Authorization scheme, a URL's user, in the address of a
# calendar feed; or by its own shape, also where what is before it is percent-encoded.
# Whoever calls us writes what is logged: the time must grow with the text's length, no
# faster. No repetition may stand before what a match hangs on, and none without a bound
# may fail at its end (tests/config/test_logs.py tries what would take long).
_SECRET_TEXT = re.compile(
    r"""(?ix)
    ( (?: bearer | api-key ) \s+
    | (?: token | secret | password | jwt | signature ) ["']? \s*[=:]\s* ["']?
    | [?&] code =
    | :// [^\s/:@]* :
    | (?<! /v1 ) (?: / | %2F ) calendar (?: / | %2F )
    )
    (?: [^\s"'&,;@]{6,} | (?<=:) [^\s/@]{1,500}+ (?=@) )
    | (?: \b | (?<= % [\da-f]{2} ) | (?<= %25 [\da-f]{2} ) )
      (?: eyJ[\w-]{10,}(?:\.[\w-]*){0,2} | smf?(?:_|%5F)[\w-]{20,} | gAAAAA[\w=-]{20,} )
    """
)
#: Characters of one text that are looked through and shown.
LONGEST_TEXT = 100_000
MASK = "***"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMS = ("json", "console")
LONGEST_PATH = 200

# Libraries that print tokens at DEBUG, or a line per request, setting or function.
_QUIET = (
    *("tweepy", "oauthlib", "requests_oauthlib", "urllib3", "httpx", "httpcore"),
    *("celery.beat", "celery.worker.strategy", "celery.app.trace"),
    *("celery.utils.functional", "environ"),
)


def mask(value: Any, name: str = "") -> Any:
    """`value` without secrets: by the name it goes by and by how it looks."""
    if _SECRET_NAME.search(name) and isinstance(value, (str, bytes)):
        return MASK
    if isinstance(value, str):
        return _SECRET_TEXT.sub(rf"\g<1>{MASK}", _shortened(value))
    if isinstance(value, Mapping):
        return {key: mask(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(item, name) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return mask(str(value) if isinstance(value, Exception) else repr(value))


def _shortened(text: str) -> str:
    more = len(text) - LONGEST_TEXT
    return text if more <= 0 else f"{text[:LONGEST_TEXT]}… and {more} characters more"


def mask_event(_logger: Any, _method: str, event: Any) -> Any:
    """structlog processor: masks every value of the event."""
    return {
        # structlog's own entries start with an underscore and are never shown.
        key: item if key.startswith("_") else mask(item, key)
        for key, item in event.items()
    }


def name_request(_logger: Any, _method: str, event: Any) -> Any:
    """structlog processor: of Django's request its method and the start of its path.

    The query string stays out of the logs: it may hold what people searched for.
    """
    request = event.pop("request", None)
    path = getattr(request, "path", None)
    if path is not None:
        # As Django's own message has it, in full.
        shown = path.encode("unicode_escape").decode("ascii")
        event["event"] = str(event["event"]).replace(shown, shown[:LONGEST_PATH])
        event["method"] = request.method
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    mask_event,
]


def configure(*, level: str, form: str) -> None:
    """Set up structlog and the standard library's logging.

    Args:
        level: the least level shown, such as INFO.
        form: "json" for machines, "console" for people.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.captureWarnings(capture=True)
    handler = {"class": "logging.StreamHandler", "formatter": "structured"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": _formatter(form)},
            "handlers": {"stderr": handler},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {name: {"level": "WARNING"} for name in _QUIET},
        }
    )


def _formatter(form: str) -> dict[str, Any]:
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), name_request, *_SHARED],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    }
