"""I5: a process may die at any instruction, the database at any statement."""

from __future__ import annotations

import pytest
from django.db import connection

from social_media.enums import AttemptOutcome, Platform, TargetStatus
from social_media.models import PostTarget
from social_media.models.clock import database_now
from social_media.platforms.factory import strategy_for
from social_media.publishing import record, run
from social_media.publishing.scan import scan
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
NETWORKS = list(Platform)


class Killed(BaseException):
    """Nothing catches this: the thread ends as `kill -9` would end it."""


def die(*_args, **_kwargs):
    raise Killed


def die_after(function):
    def call_then_die(*args, **kwargs):
        function(*args, **kwargs)
        raise Killed

    return call_then_die


#: Where to die: name -> (module, function, whether it still runs before the death).
INSTANTS = {
    "before the claim commits": (run, "claim_target", False),
    "after the claim": (run, "claim_target", True),
    "before the attempt": (run, "open_attempt", False),
    "after the attempt": (run, "open_attempt", True),
    "after the network accepted": (None, "publish", True),
    "before the record": (run, "record_published", False),
    "after the record": (run, "record_published", True),
}


def kill_at(monkeypatch, instant, platform):
    module, name, runs = INSTANTS[instant]
    where = module or strategy_for(platform)
    function = getattr(where, name)
    monkeypatch.setattr(where, name, die_after(function) if runs else die)


def recover(target):
    """Lease, stale age and settle time pass, again and again."""
    for _ in range(4):
        old = database_now().replace(year=2020)
        PostTarget.objects.filter(status=TargetStatus.QUEUED).update(queued_at=old)
        if PostTarget.objects.filter(status=TargetStatus.POSTING).exists():
            expire_lease(target)
        take_over_expired()
        let_time_pass(target)
        tick()


@pytest.mark.parametrize("platform", NETWORKS)
@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("thread", [(), ("two",)])
def test_killed_there_it_appears_once(
    simulator, connected, monkeypatch, instant, platform, thread
):
    account = connected(platform)
    target = due(account, "one", thread=thread)
    [[target_id]] = list(scan())
    with monkeypatch.context() as dying:
        kill_at(dying, instant, platform)
        with pytest.raises(Killed):
            run.publish(target_id)
    recover(target)
    target.refresh_from_db()
    assert target.status == TargetStatus.POSTED
    assert texts(simulator, account) == ["one", *thread]
    assert "" not in outcomes(target)


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
