"""What an import stores: what one by one would have made, or nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.enums import ActivityAction
from social_media.models import (
    ActivityLog,
    ConnectedAccount,
    Label,
    MediaRendition,
    Post,
    PostMedia,
    PostQueue,
    PostTarget,
    QueuedPost,
    ThreadPart,
)
from social_media.posts.bulk import perform as performing
from social_media.posts.bulk.errors import ImportRefused, TooManyRows
from social_media.posts.compose import create_post
from social_media.posts.composition import Attachment, Composition, Destination
from social_media.posts.recurrence.make import make_due
from tests.factories import MediaFileFactory, UserFactory, WorkspaceFactory, now
from tests.social_media.posts.bulk.rows import (
    LATER,
    exported,
    imported,
    looked_at,
    table,
    told,
    written,
    zulu,
)
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db

_OWN = {"id", "created_at", "updated_at", "post_id", "target_id"}


@pytest.fixture
def workspace():
    return WorkspaceFactory(late_policy="skip", late_minutes=30)


@pytest.fixture
def accounts(workspace):
    return [
        account_on(workspace, "bluesky", handle="anna.example"),
        account_on(workspace, "mastodon", handle="anna"),
        account_on(workspace, "x", handle="anna"),
    ]


def columns(row):
    names = [field.attname for field in type(row)._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in _OWN}


def everything(post):
    """All columns of all rows of a post, but what only tells the rows apart."""
    targets = list(PostTarget.objects.filter(post=post))
    owners = {None: None, **{row.pk: row.account_id for row in targets}}
    parts = ThreadPart.objects.filter(post=post).order_by("position", "content")
    places = PostMedia.objects.filter(post=post).order_by("part", "position", "file")
    return {
        "post": columns(Post.objects.get(pk=post.pk)),
        "targets": [columns(row) for row in targets],
        "parts": [(owners[row.target_id], columns(row)) for row in parts],
        "media": [(owners[row.target_id], columns(row)) for row in places],
        "labels": [label.name for label in post.labels.order_by("name")],
    }


def compositions(accounts, files):
    first, second, third = (account.pk for account in accounts)
    plain = Composition(
        content="Hello",
        targets=(Destination(first), Destination(second)),
        scheduled_time=LATER,
    )
    shown = Attachment(files[0].pk, "A cat")
    full = Composition(
        content="All of it",
        thread=("two", "three"),
        media=(shown, Attachment(files[1].pk)),
        thread_media=((), (Attachment(files[1].pk, ""),)),
        first_comment="And this",
        targets=(
            Destination(first, content="Ours", thread=("ours two",), media=()),
            Destination(second, options={"visibility": "unlisted"}),
            Destination(third, content="Short", first_comment=""),
        ),
        scheduled_time=LATER,
        late_policy="hold",
        late_minutes=0,
        labels=("launch", "spring"),
    )
    draft = replace(full, scheduled_time=None, targets=())
    own = Destination(first, content="Own", media=(shown,))
    return [plain, full, draft, replace(plain, targets=(own,))]


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_rows_are_those_that_one_by_one_would_have_made(
    workspace, accounts, tmp_path, file_format
):
    user = UserFactory()
    files = [MediaFileFactory(workspace=workspace) for _ in range(2)]
    alone = [
        create_post(workspace, composition=one, user=user)
        for one in compositions(accounts, files)
    ]
    expected = [everything(post) for post in alone]
    renditions = MediaRendition.objects.count()
    content = exported(workspace, file_format)
    Post.objects.filter(pk__in=[post.pk for post in alone]).delete()
    report = imported(workspace, tmp_path, content, user=user)
    made = [everything(post) for post in Post.objects.order_by("pk")]
    assert report.stored
    assert sorted(made, key=str) == sorted(expected, key=str)
    assert MediaRendition.objects.count() == renditions
    assert exported(workspace, file_format) == content


def test_an_import_wants_the_renditions_that_create_post_wants(
    workspace, accounts, tmp_path
):
    file = MediaFileFactory(workspace=workspace, size=9_000_000)
    row = {"content": "Hi", "accounts": "bluesky:anna.example", "media_1": file.pk}
    imported(workspace, tmp_path, table(row, row))
    wanted = list(MediaRendition.objects.values_list("key"))
    MediaRendition.objects.all().delete()
    shown = (Attachment(file.pk),)
    one = Composition("Hi", media=shown, targets=(Destination(accounts[0].pk),))
    create_post(workspace, composition=one, user=None)
    assert wanted == list(MediaRendition.objects.values_list("key"))
    assert wanted


def test_one_bad_row_stores_nothing(workspace, accounts, tmp_path):
    rows = [{"content": "Hi", "accounts": "x:anna"}] * 600
    rows += [{"content": "Hi", "accounts": "x:nobody"}]
    with pytest.raises(ImportRefused) as refused:
        imported(workspace, tmp_path, table(*rows))
    assert told(refused.value.report) == [(602, "accounts", "unknown_account")]
    assert "Row 602, accounts" in refused.value.message
    assert not Post.objects.exists()


def test_it_is_one_activity_row_with_counts(workspace, accounts, tmp_path):
    rows = [
        {"content": "Hi", "accounts": "x:anna", "labels": "a, b", "scheduled_time": ""},
        {
            "content": "Ho",
            "accounts": "x:anna bluesky:anna.example",
            "scheduled_time": zulu(LATER),
            "labels": "A",
        },
    ]
    imported(workspace, tmp_path, table(*rows))
    (row,) = ActivityLog.objects.filter(workspace=workspace)
    assert row.action == ActivityAction.POSTS_IMPORTED
    assert row.details == {
        "posts": 2,
        "targets": 3,
        "scheduled": 1,
        "drafts": 1,
        "queued": 0,
        "recurring": 0,
        "files": 0,
    }
    assert list(Label.objects.values_list("name", flat=True)) == ["a", "b"]


def test_a_dry_run_writes_nothing(workspace, accounts, tmp_path):
    content = table({"content": "Hi", "accounts": "x:anna", "labels": "new"})
    with CaptureQueriesContext(connection) as captured:
        assert looked_at(workspace, tmp_path, content).valid
    begun = [one["sql"].partition(" ")[0] for one in captured.captured_queries]
    assert set(begun) == {"SELECT"}


def test_an_account_that_is_disconnected_meanwhile_refuses_all(
    workspace, accounts, tmp_path
):
    rows = {"content": "Ho"}, {"content": "Hi", "accounts": "x:anna"}
    path = written(tmp_path, table(*rows, columns=["content", "accounts"]))
    work = tmp_path / "work"
    work.mkdir()
    with performing.prepared(workspace, path, folder=work, user=None) as found:
        rows = ConnectedAccount.objects.filter(pk=accounts[2].pk)
        rows.update(status="disconnected", secrets=None)
        with pytest.raises(ImportRefused) as refused:
            performing.perform(found, user=None)
    assert told(refused.value.report) == [(3, "accounts", "disconnected")]
    assert not Post.objects.exists()


def test_a_file_of_another_workspace_is_unknown(workspace, accounts, tmp_path):
    file = MediaFileFactory()
    row = {"content": "Hi", "accounts": "x:anna", "media_1": file.pk}
    report = looked_at(workspace, tmp_path, table(row))
    assert told(report) == [(2, "media_1", "unknown_file")]


def test_sqlite_takes_few_rows_at_once(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(performing, "SQLITE_MAX_ROWS", 2)
    rows = table(*[{"content": "Hi"}] * 3)
    if connection.vendor == "sqlite":
        with pytest.raises(TooManyRows, match="DATABASE_URL"):
            imported(workspace, tmp_path, rows)
    else:
        assert imported(workspace, tmp_path, rows).stored


def test_rows_go_to_the_end_of_a_queue_in_their_order(workspace, accounts, tmp_path):
    queue = PostQueue.objects.create(
        workspace=workspace, name="Mine", timezone="UTC", slots={"monday": ["09:00"]}
    )
    queue.accounts.set(accounts[:1])
    rows = [{"content": f"Hi {n}", "queue": "Mine"} for n in range(3)]
    first = exported(workspace) if imported(workspace, tmp_path, table(*rows)) else ""
    entries = QueuedPost.objects.order_by("position").select_related("post")
    found = [(one.post.content, one.post.scheduled_time) for one in entries]
    slots = [one.slot_at for one in entries]
    assert found == [(f"Hi {n}", slots[n]) for n in range(3)]
    assert slots == sorted(slots)
    due = PostTarget.objects.filter(status="scheduled", account=accounts[0])
    assert sorted(row.due_at for row in due) == slots
    Post.objects.all().delete()
    imported(workspace, tmp_path, first)
    assert exported(workspace) == first
    assert "bluesky:anna.example,,,Mine" in first


def test_a_queue_without_slots_refuses_all(workspace, accounts, tmp_path):
    PostQueue.objects.create(workspace=workspace, name="Mine", timezone="UTC")
    row = {"content": "Hi", "accounts": "x:anna", "queue": "Mine"}
    with pytest.raises(ImportRefused) as refused:
        imported(workspace, tmp_path, table({**row, "queue": ""}, row))
    assert told(refused.value.report) == [(3, "queue", "no_free_slot")]
    assert not Post.objects.exists()


def test_a_full_queue_is_told(workspace, accounts, tmp_path, settings):
    settings.QUEUE_MAX_POSTS = 1
    PostQueue.objects.create(workspace=workspace, name="Mine", timezone="UTC")
    row = {"content": "Hi", "accounts": "x:anna", "queue": "Mine"}
    report = looked_at(workspace, tmp_path, table(row, row))
    assert told(report) == [(3, "queue", "queue_full")]


def test_a_recurring_post_comes_and_goes_as_a_row(workspace, accounts, tmp_path):
    row = {
        "content": "Week {counter}",
        "accounts": ["x:anna"],
        "scheduled_time": f"{LATER:%Y-%m-%dT09:00:00}",
        "timezone": "Europe/Berlin",
        "recurrence": "FREQ=WEEKLY;COUNT=5",
    }
    other = {**row, "recurrence": "cron 0 9 * * 1;COUNT=4", "content": "Monday"}
    content = f"{json.dumps(row)}\n{json.dumps(other)}\n"
    report = imported(workspace, tmp_path, content)
    assert (report.creates.recurring, report.creates.posts) == (2, 2)
    once = exported(workspace, "jsonl")
    assert [json.loads(line) for line in once.splitlines()] == [row, other]


def test_posts_of_recurring_rows_are_left_to_the_sweep(workspace, accounts, tmp_path):
    """Each would be dozens of statements, with its account locked to the end."""
    soon = now() + timedelta(days=1)
    row = {
        "content": "Daily",
        "accounts": "x:anna",
        "scheduled_time": f"{soon:%Y-%m-%dT%H:%M:%S}",
        "timezone": "UTC",
        "recurrence": "FREQ=DAILY;COUNT=5",
    }
    with CaptureQueriesContext(connection) as captured:
        imported(workspace, tmp_path, table(row, row))
    locks = [one["sql"] for one in captured if "FOR NO KEY" in one["sql"]]
    assert sum('"status" FROM' in one for one in locks) == 0
    assert not Post.objects.filter(is_template=False).exists()
    assert make_due() == 10
    assert Post.objects.filter(is_template=False, status="scheduled").count() == 10


def test_a_row_of_a_queue_asks_for_its_accounts_once(workspace, accounts, tmp_path):
    PostQueue.objects.create(workspace=workspace, name="Mine", timezone="UTC")

    def statements(count):
        rows = table(*[{"content": f"Hi {n}", "queue": "Mine"} for n in range(count)])
        with CaptureQueriesContext(connection) as captured:
            looked_at(workspace, tmp_path, rows)
        return len(captured)

    assert statements(3) == statements(1)


@pytest.mark.parametrize(
    ("given", "column", "code"),
    [
        ({"recurrence": "FREQ=SECONDLY"}, "recurrence", None),
        ({"recurrence": "cron 99 * * * *"}, "recurrence", None),
        ({"timezone": ""}, "timezone", "required"),
        ({"scheduled_time": ""}, "scheduled_time", "required"),
        ({"queue": "Mine"}, "queue", "two_times"),
        ({"recurrence_excluded": "soon"}, "recurrence_excluded", "invalid"),
        ({"recurrence": "", "recurrence_excluded": "x"}, "recurrence_excluded", None),
    ],
)
def test_rules_that_make_no_sense(workspace, accounts, tmp_path, given, column, code):
    row = {
        "content": "Hi",
        "accounts": "x:anna",
        "scheduled_time": "2030-01-01T09:00",
        "timezone": "UTC",
        "recurrence": "FREQ=DAILY",
        **given,
    }
    (problem,) = looked_at(workspace, tmp_path, table(row)).problems
    assert (problem.row, problem.column) == (2, column)
    assert code in {None, problem.code}
