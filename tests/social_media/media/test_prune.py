"""Clean-up removes what nothing uses, and nothing else."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction

from social_media.media import prune, upload
from social_media.media.store import name_for
from social_media.models import MediaFile, PostMedia
from social_media.models.clock import database_now
from social_media.posts.composition import Attachment, Composition
from social_media.posts.files import hold_files
from tests import media_samples as samples
from tests.factories import (
    MediaFileFactory,
    MediaRenditionFactory,
    PostFactory,
    PostMediaFactory,
    WorkspaceFactory,
)
from tests.social_media.media.making import ready, stored, uploaded, work

pytestmark = pytest.mark.django_db


def run(*options: str) -> list[str]:
    told = StringIO()
    call_command("prune_media", *options, stdout=told)
    return told.getvalue().splitlines()


def unused_for(days: float) -> None:
    MediaFile.objects.exclude(unused_since=None).update(
        unused_since=database_now() - timedelta(days=days)
    )


def names() -> list[str]:
    return sorted(MediaFile.objects.values_list("name", flat=True))


def old(media_disk, name: str, data: bytes = b"12345") -> str:
    """Stored two days ago."""
    path = media_disk / "media" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    then = time.time() - 2 * 86_400
    os.utime(path, (then, then))
    return name


def test_a_file_is_first_seen_unused_and_removed_after_the_grace_time(media_disk):
    file = ready()
    size = file.size
    assert run("--dry-run")[0] == "newly unused, gone after 30 days: 1 would be noted"
    assert run()[0] == "newly unused, gone after 30 days: 1 noted"
    unused_for(29)
    assert "unused: 0 removed, 0 bytes" in run()
    unused_for(31)
    assert f"unused: 1 would be removed, {size / 1000:.3g} kB" in run("--dry-run")
    assert names() == ["photo.jpg"]
    assert f"unused: 1 removed, {size / 1000:.3g} kB" in run()
    assert (names(), stored(media_disk)) == ([], [])


def test_what_is_uploaded_again_counts_anew(media_disk):
    file = ready()
    run()
    unused_for(31)
    assert uploaded(workspace=file.workspace) == file
    assert "unused: 0 removed, 0 bytes" in run()
    file.refresh_from_db()
    assert database_now() - file.unused_since < timedelta(days=1)


def test_what_is_uploaded_while_another_does_the_same_counts_anew(
    media_disk, monkeypatch
):
    """The other one was stored, and found unused, between the look and the row."""
    other = MediaFileFactory(workspace=WorkspaceFactory(), unused_since=database_now())
    save = upload.save

    def slow(*given, **more):
        save(*given, **more)
        sha256 = hashlib.sha256(samples.jpeg()).hexdigest()
        MediaFile.objects.update(upload_sha256=sha256)

    monkeypatch.setattr(upload, "save", slow)
    assert uploaded(workspace=other.workspace) == other
    other.refresh_from_db()
    assert other.unused_since is None


def test_what_a_post_uses_stays_and_counts_anew(media_disk):
    file = ready()
    run("--days=0.001")
    unused_for(100)
    place = PostMediaFactory(file=file, post=PostFactory(workspace=file.workspace))
    assert "unused: 0 removed, 0 bytes" in run()
    file.refresh_from_db()
    assert file.unused_since is None
    place.delete()
    assert "unused: 0 removed, 0 bytes" in run()
    assert len(stored(media_disk)) == 2


def test_what_a_post_took_since_it_was_marked_stays(media_disk):
    file = ready()
    prune.mark_unused()
    unused_for(100)
    PostMediaFactory(file=file, post=PostFactory(workspace=file.workspace))
    found = prune.prune_unused(timedelta(days=30), dry=False, progress=print)
    assert (found.files, names()) == (0, ["photo.jpg"])


def test_a_dry_run_changes_nothing(media_disk):
    uploaded()
    old(media_disk, name_for("originals", uuid.uuid4()))
    assert [line for line in run("--dry-run") if "1 would" in line] == [
        "newly unused, gone after 30 days: 1 would be noted",
        "without a row: 1 would be removed, 5 bytes",
    ]
    assert MediaFile.objects.get().unused_since is None
    assert len(stored(media_disk)) == 2


def test_renditions_go_with_their_file_and_count(media_disk):
    made = MediaRenditionFactory(original__size=3000, size=2000)
    old(media_disk, made.file)
    run()
    unused_for(31)
    assert "unused: 1 removed, 5 kB" in run()
    assert stored(media_disk) == []


def test_bytes_without_a_row_go_after_a_day(media_disk):
    file = ready()
    row = uuid.uuid4()
    gone = [
        old(media_disk, name_for(folder, row, "image/jpeg"))
        for folder in ("uploads", "originals", "thumbnails", "renditions")
    ]
    made = MediaRenditionFactory(file=name_for("renditions", row, "image/jpeg"))
    kept = [old(media_disk, made.file), old(media_disk, "notes/00/readme.txt")]
    for name in (file.file, file.thumbnail):
        os.utime(media_disk / "media" / name, (0, 0))
    young = name_for("originals", row)
    (media_disk / "media" / young).parent.mkdir(parents=True, exist_ok=True)
    (media_disk / "media" / young).touch()
    assert "without a row: 4 removed, 20 bytes" in run()
    assert stored(media_disk) == sorted([*kept, young, file.file, file.thumbnail])
    assert not set(gone) & set(stored(media_disk))


def test_direct_uploads_that_never_came(media_disk, settings):
    late = MediaFileFactory(status="uploading", name="late")
    MediaFileFactory(status="uploading", name="young")
    after = timedelta(seconds=settings.MEDIA_URL_SECONDS, days=1, minutes=1)
    MediaFile.objects.filter(pk=late.pk).update(created_at=database_now() - after)
    assert "uploads that never came: 1 removed, 50 kB" in run()
    assert names() == ["young"]


def test_failed_files_go_like_others(media_disk):
    MediaFileFactory(status="failed")
    run()
    unused_for(31)
    assert "unused: 1 removed, 50 kB" in run()


def test_progress_is_told_on_long_work(media_disk, monkeypatch):
    monkeypatch.setattr(prune, "_BATCH", 2)
    for _ in range(3):
        old(media_disk, name_for("originals", uuid.uuid4()))
    assert [line for line in run() if "looked at" in line] == [
        "  looked at 2 ...",
        "  looked at 3 ...",
    ]


def test_options_that_make_no_sense(media_disk):
    with pytest.raises(CommandError, match="0 to 36500"):
        run("--days=-1")


def test_a_storage_that_is_away_is_one_sentence(s3, settings):
    changed = s3.storage(MEDIA_S3_ENDPOINT="http://127.0.0.1:9")
    settings.STORAGES = {**settings.STORAGES, "media": changed}
    with pytest.raises(CommandError, match="can't be reached"):
        run()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_post_that_takes_a_file_at_that_moment_keeps_it(media_disk):
    """It holds the row; clean-up passes over it, and finds it used afterwards."""
    file = ready(samples.png())
    prune.mark_unused()
    unused_for(31)
    post = PostFactory(workspace=file.workspace)
    composition = Composition(content="x", media=(Attachment(file.pk),))
    attached, looked = threading.Event(), threading.Event()

    def attach() -> None:
        with transaction.atomic():
            (held,) = hold_files(post.workspace_id, composition).values()
            PostMedia.objects.create(post=post, file=held, part=0, position=0)
            attached.set()
            looked.wait(10)
        connection.close()

    thread = threading.Thread(target=attach)
    thread.start()
    attached.wait(10)
    assert "unused: 0 removed, 0 bytes" in run()
    looked.set()
    thread.join()
    assert "unused: 0 removed, 0 bytes" in run()
    assert (names(), len(stored(media_disk)), work()) == (["photo.jpg"], 2, 0)
