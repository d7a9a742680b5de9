"""Pausing and resuming accounts in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from social_media.enums import AccountStatus
from social_media.models import ActivityLog, ConnectedAccount
from tests.factories import ConnectedAccountFactory, now

pytestmark = pytest.mark.django_db
LIST = "admin:social_media_connectedaccount_changelist"


def act(client, action, *accounts):
    answer = client.post(
        reverse(LIST),
        {"action": action, "_selected_action": [str(one.pk) for one in accounts]},
    )
    return [str(message) for message in get_messages(answer.wsgi_request)]


def statuses(*accounts):
    found = dict(ConnectedAccount.objects.values_list("pk", "status"))
    return [found[account.pk] for account in accounts]


def test_pause_then_resume(client, operator):
    one, two = ConnectedAccountFactory(), ConnectedAccountFactory(platform="x")
    told = act(client, "pause", one, two)
    assert sorted(told) == sorted([f"Paused {one}.", f"Paused {two}."])
    assert statuses(one, two) == [AccountStatus.PAUSED] * 2
    act(client, "resume", one)
    assert statuses(one, two) == [AccountStatus.ACTIVE, AccountStatus.PAUSED]
    logged = ActivityLog.objects.values_list("action", "user", "workspace")
    assert sorted(logged) == sorted(
        [
            ("account.paused", operator.pk, one.workspace_id),
            ("account.paused", operator.pk, two.workspace_id),
            ("account.resumed", operator.pk, one.workspace_id),
        ]
    )


def test_resume_clears_the_block(client, operator):
    account = ConnectedAccountFactory(blocked_until=now() + timedelta(hours=1))
    assert act(client, "resume", account) == [f"Resumed {account}."]
    account.refresh_from_db()
    assert account.blocked_until is None


def test_what_can_not_be_is_told_and_the_rest_is_done(client, operator):
    lost = ConnectedAccountFactory(status=AccountStatus.NEEDS_REAUTH)
    paused = ConnectedAccountFactory(status=AccountStatus.PAUSED)
    told = act(client, "resume", lost, paused)
    assert sorted(told) == sorted(
        [f"{lost} has to be connected again first.", f"Resumed {paused}."]
    )
    assert statuses(lost, paused) == ["needs_reauth", "active"]
