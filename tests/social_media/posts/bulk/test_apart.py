"""Recurring posts on their way out: what was skipped, edited, stopped or deleted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from social_media.models import Occurrence, Post, RecurringSchedule
from social_media.posts.bulk.repeats import locals_at
from social_media.posts.bulk.times import zone_of
from social_media.posts.compose import delete_post, update_post
from social_media.posts.local_time import moment_of
from social_media.posts.recurrence.change import stop
from social_media.posts.recurrence.make import make_due
from tests.factories import WorkspaceFactory, now
from tests.social_media.posts.bulk.rows import exported, imported
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db

ROW = {
    "content": "Daily",
    "accounts": ["x:anna"],
    "timezone": "UTC",
    "recurrence": "FREQ=DAILY;COUNT=5",
}


@pytest.fixture
def workspace():
    made = WorkspaceFactory()
    account_on(made, "x", handle="anna")
    return made


@pytest.fixture
def schedule(workspace, tmp_path):
    """Five posts, made."""
    soon = now() + timedelta(days=1)
    row = {**ROW, "scheduled_time": f"{soon:%Y-%m-%dT%H:%M:%S}"}
    imported(workspace, tmp_path, json.dumps(row))
    assert make_due() == 5
    return RecurringSchedule.objects.get()


def lines(workspace, **given):
    return [
        json.loads(line)
        for line in exported(workspace, "jsonl", **given).split("\n")
        if line
    ]


def active(schedule):
    """As long as its last one isn't made."""
    RecurringSchedule.objects.filter(pk=schedule.pk).update(status="active")


def test_posts_of_a_schedule_that_goes_on_are_its_row(workspace, schedule):
    active(schedule)
    (row,) = lines(workspace)
    assert row["recurrence"] == "FREQ=DAILY;COUNT=5"


def test_posts_of_a_schedule_that_ended_are_rows(workspace, schedule):
    RecurringSchedule.objects.update(status="ended")
    found = [row["scheduled_time"] for row in lines(workspace)]
    made = Post.objects.filter(is_template=False).order_by("scheduled_time")
    assert len(found) == 5
    assert [datetime.fromisoformat(at) for at in found] == [
        post.scheduled_time for post in made
    ]


def test_what_a_stopped_schedule_left_is_a_row(workspace, schedule):
    active(schedule)
    edited = Post.objects.filter(is_template=False).first()
    update_post(edited, changes={"content": "Mine"}, user=None)
    stop(schedule, user=None)
    assert [row["content"] for row in lines(workspace)] == ["Mine"]


def test_posts_whose_pattern_is_filtered_out_are_rows(workspace, schedule):
    active(schedule)
    posts = Post.objects.filter(workspace=workspace, status="scheduled")
    assert len(lines(workspace, posts=posts)) == 5


def test_a_deleted_occurrence_does_not_come_back(workspace, schedule):
    active(schedule)
    gone = Occurrence.objects.order_by("occurs_at")[1]
    delete_post(gone.post, user=None)
    (row,) = lines(workspace)
    assert row["recurrence_excluded"] == [f"{gone.occurs_at:%Y-%m-%dT%H:%M:%S}"]


@pytest.mark.parametrize(
    ("rule", "local", "expected"),
    [
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2027-03-28T02:30", ["02:30"]),
        ("FREQ=DAILY;BYHOUR=2,3;BYMINUTE=0", "2027-03-28T03:00", ["02:00", "03:00"]),
        ("FREQ=DAILY;BYHOUR=3;BYMINUTE=0", "2027-03-28T03:00", ["03:00"]),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2027-10-31T02:30", ["02:30"]),
    ],
)
def test_a_moment_has_the_local_times_that_the_rule_says(rule, local, expected):
    schedule = RecurringSchedule(
        rule=rule, timezone="Europe/Berlin", starts_at="2027-03-01T01:00:00"
    )
    at = moment_of(datetime.fromisoformat(local), zone_of("Europe/Berlin"))
    day = local.partition("T")[0]
    assert locals_at(schedule, at) == [f"{day}T{time}:00" for time in expected]
