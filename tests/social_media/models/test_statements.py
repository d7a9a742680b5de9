"""Statements whose SQL is written once do what the queryset would do each time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction
from django.db.transaction import TransactionManagementError

from social_media.enums import PostStatus, TargetStatus
from social_media.models import ActivityLog, ConnectedAccount, Post, PostTarget
from social_media.models.clock import database_now
from social_media.models.columns import Columns
from social_media.models.slots import (
    Slot,
    from_now_slot,
    json_slot,
    text_slot,
    uuid_slot,
)
from social_media.models.statements import Change, Copy, Insertion, Reading, changing
from social_media.models.target_queries import IllegalMove
from tests.factories import ConnectedAccountFactory, PostFactory, PostTargetFactory
from tests.social_media.publishing.conftest import together

pytestmark = pytest.mark.django_db


def all_columns():
    columns = Columns(PostTarget, "post", "account")
    rows = PostTarget.objects.filter(pk=uuid_slot("target"))
    return columns, Reading(lambda: rows.values_list(*columns.names))


def test_a_reading_gives_back_what_a_queryset_does():
    made = PostTargetFactory(
        options={"visibility": "unlisted"}, due_at=database_now(), tries=3
    )
    PostTargetFactory()
    columns, reading = all_columns()
    [row] = reading.rows(target=made.pk)
    target, post, account = columns.made(row)
    expected = PostTarget.objects.select_related("post", "account").get(pk=made.pk)
    for one, other in (
        (target, expected),
        (post, expected.post),
        (account, expected.account),
    ):
        for field in one._meta.concrete_fields:
            name = field.attname
            assert getattr(one, name) == getattr(other, name), name
    assert account.secrets == expected.account.secrets != None  # noqa: E711


def test_each_run_has_values_of_its_own():
    one, other = PostTargetFactory(), PostTargetFactory()
    reading = Reading(
        lambda: PostTarget.objects.filter(pk=uuid_slot("target")).values_list("pk")
    )
    assert reading.first(target=one.pk) == (one.pk,)
    assert reading.first(target=other.pk) == (other.pk,)
    assert reading.first(target=one.post_id) is None


def test_the_sql_is_written_once():
    times = []

    def build():
        times.append(1)
        return Post.objects.filter(pk=uuid_slot("post")).values_list("content")

    reading, post = Reading(build), PostFactory()
    assert [reading.first(post=post.pk) for _ in range(3)] == [(post.content,)] * 3
    assert times == [1]


def test_a_change_tells_what_it_changed():
    post = PostFactory(content="before")
    PostFactory(content="other")
    rows = Post.objects.filter(pk=uuid_slot("post"))
    change = Change(lambda: changing(rows, content=text_slot("content")))
    assert change.run(post=post.pk, content="100 % 'new' %s") == 1
    assert sorted(Post.objects.values_list("content", flat=True)) == [
        "100 % 'new' %s",
        "other",
    ]
    assert change.run(post=post.workspace_id, content="no such post") == 0


def test_what_never_changes_may_hold_any_characters():
    post = PostFactory(content="100 % 'sure'")
    rows = Post.objects.filter(content="100 % 'sure'", pk=uuid_slot("post"))
    change = Change(lambda: changing(rows, content='50 % \\ "%s"'))
    assert change.run(post=post.pk) == 1
    post.refresh_from_db()
    assert post.content == '50 % \\ "%s"'


def test_a_change_answers_columns_as_python_values():
    account = ConnectedAccountFactory()
    rows = ConnectedAccount.objects.filter(pk=uuid_slot("account"))
    change = Change(
        lambda: changing(
            rows,
            settings=json_slot("settings"),
            blocked_until=from_now_slot("pause"),
        ),
        returning=("id", "settings", "blocked_until"),
    )
    pk, settings, until = change.changed(
        account=account.pk, settings={"limit": 500}, pause=timedelta(hours=1)
    )
    assert (pk, settings) == (account.pk, {"limit": 500})
    left = until - database_now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    missing = change.changed(
        account=account.workspace_id, settings={}, pause=timedelta(0)
    )
    assert missing is None


def test_moves_are_checked_when_they_are_written():
    rows = PostTarget.objects.filter(pk=uuid_slot("target"))
    posted = {TargetStatus.POSTED}
    with pytest.raises(IllegalMove):
        Change(lambda: rows.moving(TargetStatus.QUEUED, of=posted)).run(target=None)


def test_an_insertion_is_what_create_would_be():
    post = PostFactory.build(workspace=PostFactory().workspace, author=None)
    Insertion(Post).run(post)
    assert Post.objects.get(pk=post.pk).content == post.content
    assert not post._state.adding
    with pytest.raises(IntegrityError), transaction.atomic():
        Insertion(Post).run(post)


def test_a_copy_inserts_what_it_finds():
    post = PostFactory()
    rows = Post.objects.filter(pk=uuid_slot("post")).order_by()
    copy = Copy(
        Post,
        [field.column for field in Post._meta.concrete_fields],
        lambda: rows.values_list(
            uuid_slot("copy"),
            *[field.attname for field in Post._meta.concrete_fields[1:]],
        ),
        returning=("status", "content"),
    )
    found = copy.run(post=post.pk, copy=post.workspace_id)
    assert found == (PostStatus.DRAFT, post.content)
    assert Post.objects.count() == 2
    assert copy.run(post=PostTargetFactory().pk, copy=post.workspace_id) is None


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_lock_needs_a_transaction():
    post = PostFactory()
    rows = Post.objects.select_for_update().filter(pk=uuid_slot("post"))
    reading = Reading(lambda: rows.values_list("pk"))
    with pytest.raises(TransactionManagementError):
        reading.rows(post=post.pk)
    with transaction.atomic():
        assert reading.first(post=post.pk) == (post.pk,)


@pytest.mark.postgresql
def test_a_kept_plan_can_use_a_partial_index():
    """It sees the status: only what differs from run to run is a parameter."""
    account = uuid_slot("account")
    rows = PostTarget.objects.filter(account=account).due().order_by("due_at")
    reading = Reading(lambda: rows.values_list("pk"))
    reading.rows(account=PostFactory().workspace_id)
    written = reading._written()
    assert [type(param) for param in written.params] == [Slot]
    assert "'scheduled'" in written.sql


def test_the_log_keeps_what_is_recorded():
    post = PostFactory()
    entry = ActivityLog.objects.record(
        "post.created", post, workspace_id=post.workspace_id, details={"a": ["b"]}
    )
    kept = ActivityLog.objects.get(pk=entry.pk)
    assert (kept.thing_id, kept.details) == (post.pk, {"a": ["b"]})
    assert kept.created_at == entry.created_at


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_plan_that_no_longer_fits_its_table_is_given_up():
    """A migration may change a column's type while workers run."""
    post = PostFactory(content="kept")
    rows = Post.objects.filter(pk=uuid_slot("post"))
    reading = Reading(lambda: rows.values_list("content"))
    assert reading.first(post=post.pk) == ("kept",)
    change_type("varchar(5000)")
    try:
        with pytest.raises(NotSupportedError):
            reading.first(post=post.pk)
        connection.close()  # as between two posts
        assert reading.first(post=post.pk) == ("kept",)
    finally:
        change_type("text")


def change_type(of_content):
    def alter():
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE social_media_post ALTER COLUMN content TYPE {of_content}"
            )

    together(alter)
