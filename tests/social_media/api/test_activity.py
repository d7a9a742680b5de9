"""What was done in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from social_media.enums import ActivityAction
from social_media.models import ActivityLog
from tests.factories import PostFactory
from tests.social_media.api.callers import error_of, fields_of

pytestmark = pytest.mark.django_db

PATH = "/api/v1/activity"


def record(team, action=ActivityAction.POST_CREATED, thing=None, at=None, **given):
    made = ActivityLog.objects.record(
        action,
        thing or PostFactory(workspace=team.workspace),
        workspace_id=team.workspace.pk,
        **given,
    )
    if at is not None:
        ActivityLog.objects.filter(pk=made.pk).update(created_at=at)
    return made


def test_every_role_reads_it_and_nobody_else(team):
    assert team.statuses("get", PATH) == {
        "owner": 200,
        "admin": 200,
        "editor": 200,
        "viewer": 200,
        "stranger": 200,
        "nobody": 401,
        "key": 200,
        "key without scope": 403,
    }


def test_a_row_says_who_did_what(team):
    post = PostFactory(workspace=team.workspace)
    key = team.key()
    record(
        team,
        thing=post,
        user=team.people["editor"],
        api_key=key,
        message="Made a post",
        details={"targets": 2},
    )

    body = team.client("viewer").get(PATH).json()

    (row,) = body.pop("results")
    assert body == {"count": 1, "next": None, "previous": None}
    assert row == {
        "id": row["id"],
        "action": "post.created",
        "thing_type": "post",
        "thing_id": str(post.pk),
        "message": "Made a post",
        "details": {"targets": 2},
        "user": {
            "id": str(team.people["editor"].pk),
            "email": team.people["editor"].email,
        },
        "api_key": {"id": str(key.pk), "name": key.name, "prefix": key.prefix},
        "created_at": row["created_at"],
    }


def test_nobody_did_what_stationmaster_did_itself(team):
    record(team, ActivityAction.TARGET_POSTED)

    (row,) = team.client("viewer").get(PATH).json()["results"]

    assert (row["user"], row["api_key"]) == (None, None)


def test_nothing_of_another_workspace(team):
    record(team)

    assert team.client("stranger").get(PATH).json()["count"] == 0


def test_filters_search_and_order(team):
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    post = PostFactory(workspace=team.workspace)
    editor = team.people["editor"]
    key = team.key()
    made = record(team, thing=post, at=noon, user=editor, message="Made with care")
    moved = record(
        team,
        ActivityAction.POST_SCHEDULED,
        thing=post,
        at=noon + timedelta(hours=1),
        api_key=key,
    )
    renamed = record(
        team,
        ActivityAction.WORKSPACE_UPDATED,
        thing=team.workspace,
        at=noon + timedelta(hours=2),
        user=team.people["owner"],
    )
    names = {str(made.pk): "made", str(moved.pk): "moved", str(renamed.pk): "renamed"}
    client = team.client("viewer")

    def found(query):
        answer = client.get(f"{PATH}?{query}")
        assert answer.status_code == 200, answer.content
        return [names[row["id"]] for row in answer.json()["results"]]

    assert found("") == ["renamed", "moved", "made"]
    assert found("ordering=created_at") == ["made", "moved", "renamed"]
    assert found("action=post.created") == ["made"]
    assert found("action=post.created&action=post.scheduled") == ["moved", "made"]
    assert found("thing_type=workspace") == ["renamed"]
    assert found(f"thing_id={post.pk}") == ["moved", "made"]
    assert found(f"user={editor.pk}") == ["made"]
    assert found(f"api_key={key.pk}") == ["moved"]
    assert found("created_at_after=2026-05-01T13:00:00Z") == ["renamed", "moved"]
    assert found("created_at_before=2026-05-01T15:00:00%2B02:00") == ["made"]
    assert found("search=care") == ["made"]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("action=post.exploded", {"action": ["invalid_choice"]}),
        ("thing_type=train", {"thing_type": ["invalid_choice"]}),
        ("thing_id=7", {"thing_id": ["invalid"]}),
        ("user=me", {"user": ["invalid"]}),
        ("created_at_after=2026-05-01T13:00:00", {"created_at_after": ["naive"]}),
        ("created_at_before=soon", {"created_at_before": ["invalid"]}),
        ("thing_type=%00", {"thing_type": ["invalid_choice"]}),
        ("ordering=user__password", {"ordering": ["unknown_field"]}),
        ("who=me", {"who": ["unknown_parameter"]}),
    ],
)
def test_a_query_that_is_not_understood(team, query, fields):
    assert fields_of(team.client("viewer").get(f"{PATH}?{query}")) == fields


@pytest.mark.parametrize("method", ["post", "patch", "put", "delete"])
def test_it_is_only_read(team, method):
    answer = getattr(team.client("owner"), method)(PATH, {})

    assert error_of(answer) == (405, "method_not_allowed")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(team, django_assert_num_queries, rows):
    for _ in range(rows):
        record(team, user=team.people["owner"], api_key=team.key())
    client = team.client("viewer")

    with django_assert_num_queries(4):  # the person, their role, the count, the rows
        assert len(client.get(PATH).json()["results"]) == rows


def test_everything_that_is_recorded_can_be_asked_for(team):
    """Each action belongs to a kind of thing that the filter knows."""
    shown = {"recurrence": "recurringschedule", "occurrence": "recurringschedule"}
    shown |= {
        "account": "connectedaccount",
        "target": "posttarget",
        "media": "mediafile",
    }
    shown |= {"queue": "postqueue", "posts": "workspace", "member": "membership"}
    kinds = {action.value.partition(".")[0] for action in ActivityAction}
    names = {shown.get(kind, kind.replace("_", "")) for kind in kinds}
    answers = {
        name: team.client("viewer").get(PATH, {"thing_type": name}).status_code
        for name in names
    }
    assert answers == dict.fromkeys(names, 200)
