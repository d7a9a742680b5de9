"""What is found out by one who no longer holds the target."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.ids import new_id
from social_media.enums import Platform
from social_media.models import (
    ActivityLog,
    PostTarget,
)
from social_media.models.clock import database_now
from social_media.posts.compose import update_post
from social_media.publishing import prepare as preparing
from social_media.publishing import run
from social_media.publishing.claim import claim_target
from social_media.publishing.lease import LeaseLost
from social_media.publishing.scan import scan
from social_media.publishing.takeover import take_over_expired
from social_media.publishing.work import load_work
from tests.social_media.publishing.conftest import (
    due,
    expire_lease,
    let_time_pass,
    publish_due,
    steps_of,
    texts,
    tick,
    together,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def frozen(monkeypatch) -> Callable[[PostTarget], Callable[[], None]]:
    """Publish a target with a worker that is frozen between the network's answer and
    its record, until another took the target over; the answer lets it thaw.
    """
    record = run.record_published

    def freeze(target: PostTarget) -> Callable[[], None]:
        kept = []

        def keep(*args):
            kept.append(args)
            monkeypatch.setattr(run, "record_published", record)
            raise LeaseLost

        monkeypatch.setattr(run, "record_published", keep)
        publish_due()
        expire_lease(target)
        take_over_expired()
        let_time_pass(target)

        def thaw():
            with pytest.raises(LeaseLost):
                record(*kept[0])

        return thaw

    return freeze


def standing(target):
    """Status and words of a target and its post's status."""
    target.refresh_from_db()
    target.post.refresh_from_db()
    return target.status, target.error_code, target.post.status


def told(target):
    rows = ActivityLog.objects.filter(thing_id=target.pk).order_by("pk")
    return rows.values_list("message", flat=True).last()


# A worker that lost its lease while it prepared


@pytest.mark.parametrize("thread", [(), ("and more",)])
def test_the_words_of_before_an_edit_are_not_frozen(
    simulator, connected, monkeypatch, thread
):
    """Claim, slow sign-in, take-over, a person edits, the worker goes on."""
    account = connected(Platform.MASTODON)
    target = due(account, "old words", thread=thread)
    usable = preparing.usable_credentials

    def slow_sign_in(row):
        monkeypatch.setattr(preparing, "usable_credentials", usable)
        answer = usable(row)
        expire_lease(target)
        take_over_expired()
        later = database_now() + timedelta(hours=1)
        changes = {"content": "new words", "scheduled_time": later}
        update_post(target.post, changes=changes, user=None)
        return answer

    monkeypatch.setattr(preparing, "usable_credentials", slow_sign_in)
    publish_due()
    assert steps_of(target) == []
    PostTarget.objects.update(due_at=database_now())
    tick()
    assert texts(simulator, account) == ["new words", *thread]


@pytest.mark.postgresql
@pytest.mark.parametrize("thread", [(), ("and more",)])
def test_steps_are_not_stored_beside_a_take_over_that_is_about_to_commit(
    connected, thread
):
    target = due(connected(), thread=thread)
    [[target_id]] = list(scan())
    work = load_work(claim_target(target_id).lease)
    taken = threading.Event()

    def take_over():
        with transaction.atomic():
            rows = PostTarget.objects.filter(pk=target_id)
            rows.update(attempt_token=new_id())
            taken.set()
            time.sleep(0.3)

    def go_on():
        taken.wait(5)
        with pytest.raises(LeaseLost):
            preparing.prepare(work)

    together(take_over, go_on)
    assert steps_of(target) == []
