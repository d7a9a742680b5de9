"""Migrations of indexes: while others work, and again after a failure."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from social_media.enums import TargetStatus
from social_media.models import PostTarget
from tests.factories import PostTargetFactory, now

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

INDEX = "target_ahead"


@pytest.fixture
def before():
    """The tables as they were before the index."""
    call_command("migrate", "social_media", "0004", verbosity=0)
    yield
    call_command("migrate", "social_media", verbosity=0)


def valid():
    """Whether the index is whole; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid "
            "WHERE relname = %s",
            [INDEX],
        )
        found = cursor.fetchone()
    return found and found[0]


@contextmanager
def a_long_transaction():
    """Somebody reads all tables, as a backup does, for half a second."""
    reading, done = threading.Event(), threading.Event()

    def read():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM social_media_posttarget")
            reading.set()
            done.wait(0.5)
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait(5)
    yield
    done.set()
    thread.join()


def test_a_backup_that_goes_on_does_not_end_the_migration(before):
    assert valid() is None
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 100")
    with a_long_transaction():
        call_command("migrate", "social_media", verbosity=0)
    assert valid() is True


def test_an_index_that_was_left_half_made_is_made_anew(before):
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {INDEX} ON social_media_posttarget (queued_at)")
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass",
            [INDEX],
        )
    assert valid() is False
    call_command("migrate", "social_media", verbosity=0)
    assert valid() is True


def test_all_of_them_can_be_undone_and_done_again():
    call_command("migrate", "social_media", "0001", verbosity=0)
    assert valid() is None
    call_command("migrate", "social_media", verbosity=0)
    assert valid() is True


def test_what_was_scheduled_before_there_were_checks_is_checked_an_hour_ahead():
    later, soon = (now() + timedelta(minutes=minutes) for minutes in (600, 30))
    checked = PostTargetFactory(due_at=later)
    PostTargetFactory(due_at=soon)
    PostTargetFactory(status=TargetStatus.POSTED)
    call_command("migrate", "social_media", "0017", verbosity=0)
    call_command("migrate", "social_media", verbosity=0)
    times = PostTarget.objects.exclude(preflight_at=None)
    assert list(times.values_list("pk", "preflight_at")) == [
        (checked.pk, later - timedelta(hours=1))
    ]
