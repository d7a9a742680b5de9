"""Celery's edge: every task has a queue, every beat entry and bell expires."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from config.celery import app
from social_media.enums import Platform, TargetStatus
from social_media.models import Heartbeat, PostTarget, StoredAnswer
from social_media.models.clock import database_now
from social_media.tasks.posting import publish_target, reconcile_target
from social_media.tasks.prune import prune
from social_media.tasks.scan import due_posts, ring
from tests.factories import ConnectedAccountFactory, WorkspaceFactory
from tests.social_media.publishing.conftest import connected, due, let_time_pass, texts

__all__ = ["connected"]
pytestmark = pytest.mark.django_db(transaction=True)
QUEUES = {"scan", "posting", "analytics", "media", "default"}


def test_every_task_of_ours_has_a_queue_of_its_own_kind():
    ours = [name for name in app.tasks if not name.startswith("celery.")]
    routes = {
        name: app.amqp.router.route({}, name)["queue"].name for name in sorted(ours)
    }
    assert routes == {
        "default.preflight": "default",
        "default.prune": "default",
        "default.queues": "default",
        "default.recurrence": "default",
        "media.work": "media",
        "posting.publish": "posting",
        "posting.reconcile": "posting",
        "posting.upload_ahead": "posting",
        "scan.due_posts": "scan",
        "scan.media": "scan",
    }
    assert set(routes.values()) <= QUEUES


@pytest.fixture
def bells(monkeypatch):
    """What would have been sent to the broker: (task, id, expiry in seconds)."""
    sent = []

    def send(name, args, **options):
        sent.append((name, args[0], options["expires"]))

    monkeypatch.setattr(
        "celery.app.task.Task.apply_async",
        lambda self, args, **options: send(self.name, args, **options),
    )
    return sent


def scan_again():
    """As if a period had passed."""
    Heartbeat.objects.update(beaten_at=database_now() - timedelta(minutes=1))
    due_posts()


def test_ticks_that_piled_up_are_let_go(bells):
    due_posts()
    due(ConnectedAccountFactory())
    due_posts()
    assert bells == []


def test_a_step_that_fails_keeps_no_other_from_running(bells, monkeypatch):
    def fail():
        raise ValueError("one bad row")

    monkeypatch.setattr("social_media.tasks.scan.decline_late", fail)
    target = due(ConnectedAccountFactory())
    due_posts()
    assert [bell[1] for bell in bells] == [str(target.pk)]


def test_a_scan_rings_a_bell_per_queued_target_that_expires_when_stale(bells, settings):
    target = due(ConnectedAccountFactory())
    due_posts()
    expires = settings.BELL_STALE_AFTER.total_seconds() + 300
    assert bells == [("posting.publish", str(target.pk), expires)]
    assert Heartbeat.objects.get().name == "scan"
    scan_again()
    assert len(bells) == 1


def test_a_lost_bell_is_rung_again_after_the_stale_age(bells, settings):
    """The broker may be emptied at any moment."""
    target = due(ConnectedAccountFactory())
    due_posts()
    PostTarget.objects.update(queued_at=target.due_at - timedelta(minutes=1))
    scan_again()
    scan_again()
    assert [bell[1] for bell in bells] == [str(target.pk)] * 2


def test_a_broker_that_is_down_loses_bells_and_nothing_else(monkeypatch):
    def refuse(*_args, **_options):
        raise OperationalError("connection refused")

    monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)
    due(ConnectedAccountFactory())
    due_posts()
    assert PostTarget.objects.get().status == TargetStatus.QUEUED
    ring(publish_target, [uuid.uuid4()])


def test_the_bells_publish_and_reconcile(bells, simulator, connected):
    account = connected(Platform.X)
    target = due(account)
    simulator.fault(network="x", kind="accept_then_reset", calls=1)
    due_posts()
    publish_target(bells[-1][1])
    let_time_pass(target)
    scan_again()
    assert bells[-1][0] == "posting.reconcile"
    reconcile_target(bells[-1][1])
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, account) == ["Hello"]


def test_old_answers_are_thrown_away_and_young_ones_kept():
    workspace = WorkspaceFactory()
    for key in ("old", "young"):
        StoredAnswer.objects.create(
            workspace=workspace, caller=uuid.uuid4(), key=key, fingerprint="f"
        )
    row = StoredAnswer.objects.get(key="old")
    StoredAnswer.objects.filter(pk=row.pk).update(
        created_at=row.created_at - timedelta(hours=25)
    )
    prune()
    assert list(StoredAnswer.objects.values_list("key", flat=True)) == ["young"]


def test_the_application_is_the_current_one():
    assert current_app.main == "stationmaster"
