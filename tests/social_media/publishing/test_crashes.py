"""I5: a worker may be late, the database may fail at any statement.

Deaths at every named instant are in test_matrix.py.
"""

from __future__ import annotations

import pytest
from django.db import connection

from social_media.enums import AttemptOutcome, Platform, TargetStatus
from social_media.platforms.factory import strategy_for
from social_media.publishing import record
from social_media.publishing.takeover import take_over_expired
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    let_time_pass,
    outcomes,
    steps_of,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_success_that_comes_after_the_take_over_is_kept(
    simulator, connected, monkeypatch
):
    account = connected(Platform.MASTODON)
    target = due(account)
    publish_for_real = strategy_for(account.platform).publish

    def slow_publish(*args):
        answer = publish_for_real(*args)
        expire_lease(target)
        take_over_expired()
        return answer

    monkeypatch.setattr(strategy_for(account.platform), "publish", slow_publish)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.RECONCILING
    assert outcomes(target) == [AttemptOutcome.POSTED]
    assert steps_of(target)[0].remote_id != ""
    let_time_pass(target)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, account) == ["Hello"]


@pytest.mark.postgresql
def test_the_database_fails_between_the_answer_and_the_record(
    simulator, connected, monkeypatch
):
    """Every connection is cut while the network answers: the record is retried."""
    account = connected(Platform.X)
    target = due(account)
    strategy = strategy_for(account.platform)
    publish_for_real = strategy.publish

    def publish_and_cut(*args):
        answer = publish_for_real(*args)
        cut_all_connections()
        return answer

    monkeypatch.setattr(strategy, "publish", publish_and_cut)
    tick()
    target.refresh_from_db()
    assert (target.status, outcomes(target)) == (
        TargetStatus.POSTED,
        [AttemptOutcome.POSTED],
    )


@pytest.mark.postgresql
def test_the_connection_dies_inside_the_record(simulator, connected, monkeypatch):
    """Its transaction is lost as a whole and written again as a whole."""
    account = connected(Platform.X)
    target = due(account)
    settle, cuts = record.settle_posted, []

    def cut_then_settle(*args, **kwargs):
        if not cuts:
            cuts.append(own_backend())
            cut(cuts[0])
        return settle(*args, **kwargs)

    monkeypatch.setattr(record, "settle_posted", cut_then_settle)
    tick()
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, account) == ["Hello"]


@pytest.mark.postgresql
def test_commits_are_durable():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def own_backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def cut(backend):
    """End one connection from another, as a restart would."""

    def terminate():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backend])

    together(terminate)


def cut_all_connections():
    def terminate():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    together(terminate)
