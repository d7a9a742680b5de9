"""Pausing and resuming an account."""

from __future__ import annotations

from datetime import timedelta

import pytest

from social_media.enums import AccountStatus, TargetStatus
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from social_media.oauth.standing import WrongStanding, pause, resume
from social_media.publishing.reconcile import due_look_ups
from tests.factories import (
    ConnectedAccountFactory,
    PostTargetFactory,
    UserFactory,
    now,
)

pytestmark = pytest.mark.django_db


def logged():
    return list(ActivityLog.objects.values_list("action", "thing_id", "user"))


def test_pause_and_resume():
    account, user = ConnectedAccountFactory(), UserFactory()
    pause(account, user)
    assert account.status == AccountStatus.PAUSED
    assert list(ConnectedAccount.objects.ready()) == []
    resume(account, user)
    assert account.status == AccountStatus.ACTIVE
    assert list(ConnectedAccount.objects.ready()) == [account]
    assert logged() == [
        ("account.resumed", account.pk, user.pk),
        ("account.paused", account.pk, user.pk),
    ]


def test_resume_forgets_a_rate_limit_and_a_reason():
    account = ConnectedAccountFactory(
        blocked_until=now() + timedelta(hours=1), status_reason="Too many posts."
    )
    resume(account, UserFactory())
    account.refresh_from_db()
    assert (account.blocked_until, account.status_reason) == (None, "")
    assert list(ConnectedAccount.objects.ready()) == [account]


def in_doubt(account, minutes):
    return PostTargetFactory(
        account=account,
        status=TargetStatus.RECONCILING,
        due_at=now() + timedelta(minutes=minutes),
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_in_doubt_is_looked_for_as_soon_as_the_account_is_resumed():
    account = ConnectedAccountFactory(status="paused")
    paused, due = in_doubt(account, 15), in_doubt(account, -1)
    elsewhere = in_doubt(ConnectedAccountFactory(), 15)
    waiting = PostTargetFactory(account=account, due_at=now() + timedelta(hours=1))

    resume(account, UserFactory())

    assert set(due_look_ups()) == {paused.pk, due.pk}
    later = PostTarget.objects.filter(due_at__gt=now() + timedelta(minutes=10))
    assert set(later) == {elsewhere, waiting}


def test_pausing_keeps_the_secrets():
    account = ConnectedAccountFactory()
    pause(account, UserFactory())
    stored = ConnectedAccount.objects.get()
    assert stored.secrets == account.secrets


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (pause, "paused", "is paused already."),
        (pause, "needs_reauth", "has to be connected again first."),
        (pause, "disconnected", "is disconnected."),
        (resume, "active", "is active already."),
        (resume, "needs_reauth", "has to be connected again first."),
        (resume, "disconnected", "is disconnected."),
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(change, status, words):
    account = ConnectedAccountFactory(status=status)
    with pytest.raises(WrongStanding) as told:
        change(account, UserFactory())
    assert str(told.value) == f"{account} {words}"
    account.refresh_from_db()
    assert account.status == status
    assert logged() == []


def test_a_change_by_someone_else_meanwhile_is_noticed():
    account = ConnectedAccountFactory()
    ConnectedAccount.objects.update(status=AccountStatus.NEEDS_REAUTH)
    with pytest.raises(WrongStanding):
        pause(account, UserFactory())
    assert account.status == AccountStatus.NEEDS_REAUTH
