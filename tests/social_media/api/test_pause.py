"""Pausing and resuming a workspace over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Workspace
from social_media.enums import TargetStatus
from social_media.models import ActivityLog, ConnectedAccount, PostTarget
from tests.factories import PostTargetFactory, now
from tests.social_media.api.callers import client_with, error_of, fields_of
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(team):
    return f"/api/v1/workspaces/{team.workspace.pk}"


@pytest.fixture
def client(team):
    return team.client("admin")


def fall_due(team):
    return PostTargetFactory(
        account=account_on(team.workspace, workspace_paused=True),
        due_at=now() - timedelta(seconds=1),
    )


def test_pause_and_resume(team, client, address):
    paused = client.post(f"{address}/pause", {}, format="json")

    assert paused.status_code == 200
    assert paused.json()["paused_at"] == client.get(address).json()["paused_at"]
    assert paused.json()["paused_at"] is not None
    again = client.post(f"{address}/pause", {}, format="json")
    assert error_of(again) == (409, "wrong_status")
    resumed = client.post(f"{address}/resume", {}, format="json")
    assert (resumed.status_code, resumed.json()["paused_at"]) == (200, None)
    again = client.post(f"{address}/resume", {}, format="json")
    assert error_of(again) == (409, "wrong_status")
    told = ActivityLog.objects.filter(thing_id=team.workspace.pk).order_by("pk")
    assert [(row.action, row.user) for row in told] == [
        ("workspace.paused", team.people["admin"]),
        ("workspace.resumed", team.people["admin"]),
    ]


def test_what_fell_due_has_to_be_decided(team, client, address):
    client.post(f"{address}/pause", {}, format="json")
    target = fall_due(team)

    undecided = client.post(f"{address}/resume", {}, format="json")

    assert error_of(undecided) == (409, "overdue_undecided")
    words = undecided.json()["error"]["message"]
    assert words.startswith("One post fell due during the pause.")
    assert all(f"`{one}`" in words for one in ("publish", "skip", "draft"))
    assert Workspace.objects.get(pk=team.workspace.pk).paused_at is not None
    decided = client.post(f"{address}/resume", {"overdue": "skip"}, format="json")
    assert decided.status_code == 200
    assert PostTarget.objects.get(pk=target.pk).status == TargetStatus.CANCELLED
    assert not ConnectedAccount.objects.get().workspace_paused


def test_a_choice_that_there_is_not(client, address):
    client.post(f"{address}/pause", {}, format="json")

    for body, fields in (
        ({"overdue": "later"}, {"overdue": ["invalid_choice"]}),
        ({"overdue": None}, {"overdue": ["null"]}),
        ({"other": 1}, {"other": ["unknown_field"]}),
    ):
        answer = client.post(f"{address}/resume", body, format="json")
        assert fields_of(answer) == fields


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_who_may(team, address, verb):
    done = {"owner": 200, "admin": 409, "key": 409}
    if verb == "resume":
        Workspace.objects.filter(pk=team.workspace.pk).update(paused_at=now())
    denied = {
        "editor": 403,
        "viewer": 403,
        "stranger": 404,
        "nobody": 401,
        "key without scope": 403,
    }

    assert team.statuses("post", f"{address}/{verb}", {}) == done | denied
    key = client_with(team.key(["workspace.manage"]))
    other = "resume" if verb == "pause" else "pause"
    assert key.post(f"{address}/{other}", {}, format="json").status_code == 200
