"""The operators' three addresses."""

from __future__ import annotations

import json
import socket
import time
from contextlib import nullcontext
from datetime import timedelta

import pytest
from celery import current_app
from django.db import OperationalError, connection, connections
from django.test import RequestFactory

from social_media.api import health
from social_media.api.health_connection import own_connection
from social_media.enums import AccountStatus, TargetStatus
from social_media.models import Heartbeat
from social_media.publishing.figures import ATTEMPTS, LATENESS
from tests.factories import ConnectedAccountFactory, PostTargetFactory, now


def ask(view, **headers):
    return view(RequestFactory().get("/", headers=headers))


def ready():
    """The status and the parts that fail."""
    answer = ask(health.readyz)
    parts = json_of(answer)["parts"]
    assert list(parts) == ["database", "broker", "beat", "lateness"]
    assert json_of(answer)["ok"] == (answer.status_code == 200)
    return answer.status_code, {
        name: part["message"] for name, part in parts.items() if not part["ok"]
    }


def json_of(answer):
    return json.loads(answer.content)


def figures(prefix, **headers):
    answer = ask(health.metrics, **headers)
    assert answer.status_code == 200
    return [
        line.removeprefix("stationmaster_")
        for line in answer.content.decode().splitlines()
        if line.startswith(f"stationmaster_{prefix}")
    ]


@pytest.fixture
def beating(db):
    return Heartbeat.objects.create(name="scan", beaten_at=now())


@pytest.fixture
def no_database(db, monkeypatch):
    """Every statement fails, as when the server is gone."""

    def refuse(execute, sql, params, many, context):
        raise OperationalError("connection to server lost")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture(autouse=True)
def within_the_test(request, monkeypatch):
    """Only the test's own connection sees what its transaction wrote."""
    marker = request.node.get_closest_marker("django_db")
    if not (marker and marker.kwargs.get("transaction")):
        monkeypatch.setattr(health, "own_connection", nullcontext)


def test_healthz_asks_nothing():
    assert json_of(ask(health.healthz)) == {"ok": True}


def test_only_reading_is_allowed():
    for view in (health.healthz, health.readyz, health.metrics):
        assert view(RequestFactory().post("/")).status_code == 405


def test_ready(beating):
    assert ready() == (200, {})


def test_the_beat_is_missing(db):
    assert ready() == (
        503,
        {"beat": "No scan has run yet: start beat and a worker."},
    )


def test_the_beat_is_old(beating, settings):
    settings.READY_MAX_BEAT_AGE = timedelta(seconds=5)
    beating.beaten_at -= timedelta(seconds=60)
    beating.save()
    status, failed = ready()
    assert (status, list(failed)) == (503, ["beat"])
    assert failed["beat"].startswith("The last scan ran 6")
    assert failed["beat"].endswith("Are beat and the worker of the scan queue running?")


def test_posts_wait_too_long(beating, settings):
    settings.READY_MAX_LATENESS = timedelta(seconds=90)
    PostTargetFactory(due_at=now() - timedelta(seconds=80))
    assert ready() == (200, {})
    PostTargetFactory(due_at=now() - timedelta(seconds=100))
    status, failed = ready()
    assert (status, list(failed)) == (503, ["lateness"])
    assert failed["lateness"].startswith("The oldest due post waits for 10")


def test_a_queued_post_that_nobody_takes_counts_as_waiting(beating):
    PostTargetFactory(status=TargetStatus.QUEUED, due_at=now() - timedelta(seconds=400))
    assert list(ready()[1]) == ["lateness"]


@pytest.mark.parametrize(
    "held",
    [
        {"status": AccountStatus.PAUSED},
        {"status": AccountStatus.NEEDS_REAUTH},
        {"blocked_until": now() + timedelta(hours=1)},
    ],
)
def test_what_an_account_holds_back_is_not_late(beating, held):
    account = ConnectedAccountFactory(**held)
    PostTargetFactory(account=account, due_at=now() - timedelta(days=1))
    assert ready() == (200, {})


def test_without_a_database_each_part_says_so(no_database):
    unknown = "Not known without the database."
    assert ready() == (
        503,
        {
            "database": f"The database at {health.database_place()} does not answer: "
            "is it running? DATABASE_URL names it.",
            "beat": unknown,
            "lateness": unknown,
        },
    )


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//"])
def test_without_a_broker(beating, monkeypatch, url):
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)
    place = url.split("/")[2]
    words = f"The message broker at {place} does not answer: is it running? "
    assert ready() == (503, {"broker": f"{words}BROKER_URL or REDIS_URL names it."})


def test_a_broker_folder_that_is_gone(beating, settings, monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_write_url", "filesystem://")
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": "/nowhere/messages",
        "data_folder_out": "/nowhere/messages",
        "control_folder": "/nowhere/control",
    }
    words = "The message broker at /nowhere/messages does not answer: is it running? "
    assert ready() == (503, {"broker": f"{words}BROKER_URL or REDIS_URL names it."})


def test_metrics_of_targets(db):
    ready_account = ConnectedAccountFactory(platform="x")
    PostTargetFactory(account=ready_account, due_at=now() - timedelta(seconds=50))
    PostTargetFactory(account=ready_account, due_at=now() + timedelta(hours=1))
    PostTargetFactory(account__status=AccountStatus.PAUSED)
    for status in ("queued", "posting", "reconciling", "unconfirmed", "posted"):
        PostTargetFactory(account__platform="bluesky", status=status)
    counted = {line for line in figures("targets{") if not line.endswith(" 0.0")}
    assert counted == {
        'targets{platform="x",state="due"} 1.0',
        'targets{platform="mastodon",state="held"} 1.0',
        'targets{platform="bluesky",state="queued"} 1.0',
        'targets{platform="bluesky",state="posting"} 1.0',
        'targets{platform="bluesky",state="reconciling"} 1.0',
        'targets{platform="bluesky",state="unconfirmed"} 1.0',
    }
    assert len(figures("targets{")) == 6 * 3
    (late,) = figures("oldest_due_lateness_seconds")
    assert 50 <= float(late.split()[1]) < 60


def test_metrics_of_accounts_and_tokens(db):
    for hours in (-1, 23, 25, 24 * 8):
        ConnectedAccountFactory(
            platform="x", token_expires_at=now() + timedelta(hours=hours)
        )
    ConnectedAccountFactory(status=AccountStatus.DISCONNECTED, token_expires_at=now())
    assert {line for line in figures("accounts{") if not line.endswith(" 0.0")} == {
        'accounts{platform="x",status="active"} 4.0',
        'accounts{platform="mastodon",status="disconnected"} 1.0',
    }
    assert set(figures("tokens_expiring{")) == {
        'tokens_expiring{platform="x",within="24h"} 2.0',
        'tokens_expiring{platform="x",within="7d"} 3.0',
        'tokens_expiring{platform="bluesky",within="24h"} 0.0',
        'tokens_expiring{platform="bluesky",within="7d"} 0.0',
        'tokens_expiring{platform="mastodon",within="24h"} 0.0',
        'tokens_expiring{platform="mastodon",within="7d"} 0.0',
    }


def test_metrics_of_attempts(db):
    series = 'attempts_total{outcome="posted",platform="test"}'
    ATTEMPTS.labels("test", "posted").inc()
    LATENESS.labels("test").observe(0.3)
    (before,) = figures(series)
    ATTEMPTS.labels("test", "posted").inc(2)
    (after,) = figures(series)
    assert float(after.split()[1]) - float(before.split()[1]) == 2
    assert figures('lateness_seconds_bucket{le="0.25",platform="test"}') == [
        'lateness_seconds_bucket{le="0.25",platform="test"} 0.0'
    ]


def test_metrics_without_a_database_keep_the_counters(no_database):
    ATTEMPTS.labels("test", "posted").inc()
    assert figures("database_up") == ["database_up 0.0"]
    assert figures("targets{") == []
    assert len(figures('attempts_total{outcome="posted",platform="test"}')) == 1


def test_the_number_of_queries_is_that_of_the_figures(db, django_assert_num_queries):
    for _ in range(3):
        PostTargetFactory()
    with django_assert_num_queries(12):
        figures("targets{")


def test_metrics_token(db, settings):
    settings.METRICS_TOKEN = "figures-token"
    assert figures("database_up", authorization="Bearer figures-token") == [
        "database_up 1.0"
    ]
    for headers in ({}, {"authorization": "Bearer other"}, {"authorization": "Bearer"}):
        answer = ask(health.metrics, **headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert b"stationmaster" not in answer.content


@pytest.mark.django_db(transaction=True)
def test_each_asks_over_a_connection_of_its_own():
    usual, backends = connection.connection, []

    def note(execute, sql, params, many, context):
        backends.append(context["connection"].connection)
        return execute(sql, params, many, context)

    Heartbeat.objects.create(name="scan", beaten_at=now())
    with own_connection():
        assert connections["default"].connection is None
        with connections["default"].execute_wrapper(note):
            assert Heartbeat.objects.count() == 1
    assert len(backends) == 1
    assert backends[0] is not usual
    assert ready() == (200, {})
    assert figures("database_up") == ["database_up 1.0"]


@pytest.mark.postgresql
@pytest.mark.parametrize("view", [health.readyz, health.metrics])
@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_silent_is_waited_for_once(monkeypatch, view):
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as at:
        port = silent.getsockname()[1]
        for name, value in (("HOST", "127.0.0.1"), ("PORT", port)):
            at.setitem(connection.settings_dict, name, value)
        started = time.monotonic()
        answer = ask(view)
        assert time.monotonic() - started < 3
    if view is health.metrics:
        assert b"stationmaster_database_up 0.0" in answer.content
        return
    parts = json_of(answer)["parts"]
    assert {name: part["message"] for name, part in parts.items()} | {"broker": ""} == {
        "database": f"The database at 127.0.0.1:{port} does not answer: is it running? "
        "DATABASE_URL names it.",
        "broker": "",
        "beat": health.UNKNOWN,
        "lateness": health.UNKNOWN,
    }
