"""Is it alive, does it work, and the figures: /healthz, /readyz and /metrics."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from social_media.api.health_connection import database_place, own_connection
from social_media.models import Heartbeat
from social_media.models.clock import database_now
from social_media.publishing import gauges
from social_media.publishing.figures import PREFIX, EveryProcess

BROKER_SECONDS = 2
UNKNOWN = "Not known without the database."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that has to work, in words for the operator."""

    ok: bool
    message: str
    seconds: float | None = None


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """Each part that publishing needs; 503 if one of them fails."""
    with own_connection():
        database = _database()
        parts = {
            "database": database,
            "broker": _broker(),
            "beat": _beat() if database.ok else _unknown(),
            "lateness": _lateness() if database.ok else _unknown(),
        }
    ok = all(part.ok for part in parts.values())
    answer = {"ok": ok, "parts": {name: asdict(part) for name, part in parts.items()}}
    return JsonResponse(answer, status=200 if ok else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus' text format; METRICS_TOKEN, if set, guards them."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN and not constant_time_compare(given, wanted):
        return HttpResponse(
            "Send METRICS_TOKEN as a bearer token.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EveryProcess())
    registry.register(DatabaseGauges())
    with own_connection():
        text = generate_latest(registry)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


class DatabaseGauges:
    """Collector: how the pipeline and the accounts stand, read at each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Without a database only `database_up`, at 0."""
        try:
            yield from [*_gauges(), _plain("database_up", "1: it answers.", 1)]
        except Error as error:
            log.warning("metrics.no_database", error=str(error))
            yield _plain("database_up", "1: it answers.", 0)


def _gauges() -> Iterator[Metric]:
    yield _by_platform(
        "targets", "Targets that wait or are in flight.", "state", gauges.depth()
    )
    yield _plain(
        "oldest_due_lateness_seconds",
        "How late the latest target is that a worker could take.",
        gauges.oldest_lateness().total_seconds(),
    )
    yield _by_platform("accounts", "Connected accounts.", "status", gauges.accounts())
    yield _by_platform(
        "tokens_expiring",
        "Accounts whose token ends within the window.",
        "within",
        gauges.expiring_tokens(),
    )


def _plain(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, text, value=value)


def _by_platform(
    name: str, text: str, label: str, counted: dict[str, gauges.ByPlatform]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, text, labels=[label, "platform"])
    for value, platforms in counted.items():
        for platform, number in platforms.items():
            family.add_metric([value, platform], number)
    return family


def _database() -> Part:
    try:
        database_now()
    except Error as error:
        words = f"The database at {database_place()} does not answer: is it running?"
        return _lost("database", f"{words} DATABASE_URL names it.", error)
    return Part(ok=True, message="The database answers.")


def _broker() -> Part:
    """One connection of its own, with a short time-out and no second try."""
    options: dict[str, Any] = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    options |= {"socket_timeout": BROKER_SECONDS}
    options |= {"socket_connect_timeout": BROKER_SECONDS}
    broker: Any = current_app.connection_for_write().clone(
        connect_timeout=BROKER_SECONDS, transport_options=options
    )
    folder = options.get("data_folder_out")
    port = broker.port or broker.get_transport_cls().default_port
    place = f"{broker.hostname}:{port}" if port else folder
    try:
        broker.transport.close_connection(broker.transport.establish_connection())
        if folder and not os.access(folder, os.W_OK):
            raise PermissionError(folder)
    except (*broker.connection_errors, OSError) as error:
        words = f"The message broker at {place} does not answer: is it running?"
        return _lost("broker", f"{words} BROKER_URL or REDIS_URL names it.", error)
    return Part(ok=True, message="The message broker answers.")


def _beat() -> Part:
    try:
        beat = Heartbeat.objects.filter(name="scan").first()
        age = database_now() - beat.beaten_at if beat else None
    except Error as error:
        return _lost("beat", UNKNOWN, error)
    if age is None:
        return Part(ok=False, message="No scan has run yet: start beat and a worker.")
    ok, seconds = age <= settings.READY_MAX_BEAT_AGE, _seconds(age)
    words = "" if ok else " Are beat and the worker of the scan queue running?"
    return Part(ok, f"The last scan ran {seconds} s ago.{words}", seconds)


def _lateness() -> Part:
    try:
        late = gauges.oldest_lateness()
    except Error as error:
        return _lost("lateness", UNKNOWN, error)
    ok, seconds = late <= settings.READY_MAX_LATENESS, _seconds(late)
    words = "" if ok else " Start more workers of the posting queue."
    return Part(ok, f"The oldest due post waits for {seconds} s.{words}", seconds)


def _seconds(age: timedelta) -> float:
    return round(max(age.total_seconds(), 0.0), 1)


def _unknown() -> Part:
    return Part(ok=False, message=UNKNOWN)


def _lost(part: str, words: str, error: Exception) -> Part:
    log.warning("ready.failed", part=part, error=str(error))
    return Part(ok=False, message=words)


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
