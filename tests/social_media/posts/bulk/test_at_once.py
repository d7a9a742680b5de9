"""Two imports, and exports while others write: real connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from social_media.models import Label, Post, RecurringSchedule
from social_media.posts.bulk import perform as performing
from social_media.posts.bulk.moment import of_one_moment
from social_media.posts.bulk.source import AT_ONCE
from social_media.posts.labels import labels_of
from tests.factories import PostFactory, WorkspaceFactory
from tests.social_media.posts.bulk.rows import LATER, exported, imported, table
from tests.social_media.posts.composing import account_on

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


@pytest.fixture(autouse=True)
def folders(media_disk):
    """The work folder is a test's own."""


@pytest.fixture
def workspace():
    made = WorkspaceFactory(name="Ours")
    for handle in ("anna", "bert"):
        account_on(made, "x", handle=handle)
    return made


def row(number, **given):
    return {"content": f"Hi {number}", "accounts": "x:anna", **given}


def on_its_own(work):
    try:
        return work()
    finally:
        connection.close()


def both(*works):
    with ThreadPoolExecutor(len(works)) as pool:
        done = [pool.submit(on_its_own, work) for work in works]
        return [one.result(timeout=60) for one in done]


@pytest.mark.parametrize("kind", ["labels", "recurrence"])
def test_two_that_need_the_same_in_another_order_are_both_stored(
    workspace, tmp_path, monkeypatch, kind
):
    """Each has stored its first batch before the other comes to its second."""
    met = Barrier(2)
    plain = performing._Work.store

    def store(self, batch):
        plain(self, batch)
        if self.done.posts == AT_ONCE:
            with suppress(BrokenBarrierError):  # the other one waits for a lock
                met.wait(timeout=2)

    monkeypatch.setattr(performing._Work, "store", store)
    if kind == "labels":
        one, other = row(1, labels="aaa"), row(2, labels="zzz")
    else:
        again = {
            "scheduled_time": f"{LATER - timedelta(days=28):%Y-%m-%dT%H:%M:%S}",
            "timezone": "UTC",
            "recurrence": "FREQ=DAILY;COUNT=2",
        }
        one, other = row(1, **again), row(2, **again, accounts="x:bert")

    def work(name, *rows):
        folder = tmp_path / name
        folder.mkdir()
        return lambda: imported(workspace, folder, table(*rows)).stored

    padding = [
        row(n, **dict.fromkeys(set(one) - set(row(0)), "")) for n in range(AT_ONCE - 1)
    ]
    assert both(work("a", one, *padding, other), work("b", other, *padding, one)) == [
        True,
        True,
    ]
    assert Label.objects.count() + RecurringSchedule.objects.count() in {2, 4}


def test_the_command_that_waits_in_vain_says_so(workspace, tmp_path):
    file = tmp_path / "posts.csv"
    file.write_text(table(row(1, labels="new")), newline="")
    made, over = Event(), Event()

    def holding():
        with transaction.atomic():
            labels_of(workspace.pk, ["new"])
            made.set()
            over.wait(timeout=60)

    def importing():
        made.wait(timeout=20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        try:
            with pytest.raises(CommandError, match="Nothing was stored; try again"):
                call_command("import_posts", str(file), workspace="Ours")
        finally:
            over.set()
            # The connection goes back to the pool, and serves other tests.
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    both(holding, importing)
    assert not Post.objects.exists()


def test_an_export_by_command_is_of_one_moment(workspace):
    posts = [PostFactory(workspace=workspace, content=f"Hi {n}") for n in range(2)]

    def change():
        Post.objects.filter(pk=posts[0].pk).update(content="Changed")

    with of_one_moment():
        before = exported(workspace)
        both(change)
        assert exported(workspace) == before
    assert exported(workspace) != before
    assert "Changed" in exported(workspace)
