"""Making files and renditions: leases, tries, failures, deaths."""

from __future__ import annotations

import errno
import hashlib
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError

from social_media.enums import Instant, MediaKind
from social_media.failpoints import arm
from social_media.media import workshop
from social_media.media.again import make_again
from social_media.media.job import MOST_DEATHS
from social_media.media.lease import LeaseLost, take
from social_media.media.renditions import want
from social_media.media.store import open_stored
from social_media.media.work import due_count, make_due
from social_media.models import ActivityLog, MediaFile, MediaRendition
from social_media.models.clock import database_now
from social_media.platforms.media import Recipe
from tests import media_samples as samples
from tests.social_media.media.making import left_over, ready, stored, uploaded, work

pytestmark = pytest.mark.django_db

SMALL = Recipe(MediaKind.IMAGE, "image/jpeg", 100, 75, 1_000_000)


def never() -> bool:
    return False


def due_now() -> None:
    """As if the pauses had passed."""
    past = database_now() - timedelta(seconds=1)
    MediaFile.objects.exclude(due_at=None).update(due_at=past)
    MediaRendition.objects.exclude(due_at=None).update(due_at=past)


def failing(monkeypatch, step, error):
    """Have a step of the workshop raise; answers the list of its calls."""
    calls = []

    def fail(*given, **more):
        calls.append(given)
        raise error

    monkeypatch.setattr(workshop, step, fail)
    return calls


def test_a_file_and_then_its_rendition(media_disk):
    file = uploaded()
    want(file, SMALL)
    assert due_count(5) == 1  # the rendition waits for the file
    assert work() == 2
    file.refresh_from_db()
    made = MediaRendition.objects.get()
    assert (file.status, made.status, made.progress) == ("ready", "ready", 100)
    assert (made.facts["width"], made.facts["height"]) == (100, 75)
    with open_stored(made.file, lambda: None) as opened:
        data = opened.read()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (
        made.size,
        made.facts["sha256"],
    )
    assert stored(media_disk) == sorted([file.file, file.thumbnail, made.file])
    assert (left_over(media_disk), due_count(5), work()) == ([], 0, 0)
    for row in (file, made):
        assert (row.due_at, row.attempt_token, row.lease_expires_at) == (None,) * 3


def test_a_video(media_disk):
    file = ready(samples.mp4(1.0))
    assert (file.kind, file.content_type, file.video_codec) == (
        "video",
        "video/mp4",
        "h264",
    )
    want(file, Recipe(MediaKind.VIDEO, "video/mp4", 64, 48, 1_000_000))
    assert work() == 1
    made = MediaRendition.objects.get()
    assert (made.status, made.facts["width"]) == ("ready", 64)
    assert made.file.endswith(".mp4")
    assert file.thumbnail.endswith(".jpg")


def test_one_worker_at_a_time(media_disk):
    file = uploaded()
    hold = take(MediaFile.objects.all(), file, never)
    assert hold is not None
    assert take(MediaFile.objects.all(), file, never) is None
    assert (due_count(5), work()) == (0, 0)
    file.refresh_from_db()
    assert (file.tries, file.status) == (1, "processing")


def test_a_dead_workers_file_is_made_by_another(media_disk):
    file = uploaded()
    take(MediaFile.objects.all(), file, never)
    MediaFile.objects.update(lease_expires_at=database_now() - timedelta(seconds=1))
    assert work() == 1
    file.refresh_from_db()
    assert (file.status, file.tries) == ("ready", 2)


def test_who_lost_the_lease_writes_nothing_and_leaves_nothing(media_disk, monkeypatch):
    file = uploaded()
    clean = workshop.clean
    other = uuid.uuid4()

    def overtaken(*given, **more):
        made = clean(*given, **more)
        MediaFile.objects.update(attempt_token=other)
        return made

    monkeypatch.setattr(workshop, "clean", overtaken)
    assert work() == 1
    file.refresh_from_db()
    assert (file.status, file.attempt_token) == ("processing", other)
    assert stored(media_disk) == [file.file]


def test_a_lease_lost_after_the_result_was_stored(media_disk):
    file = uploaded()

    def overtake(instant):
        assert instant == Instant.MEDIA_MADE
        MediaFile.objects.update(attempt_token=uuid.uuid4())

    arm(overtake)
    try:
        work()
    finally:
        arm(None)
    file.refresh_from_db()
    assert (file.status, stored(media_disk)) == ("processing", [file.file])


class Died(BaseException):
    """Nothing of ours catches it: as kill -9."""


def test_a_death_after_storing_leaves_bytes_that_no_row_names(media_disk):
    file = uploaded()

    def die(instant):
        raise Died

    arm(die)
    try:
        with pytest.raises(Died):
            work()
    finally:
        arm(None)
    assert len(stored(media_disk)) == 3
    MediaFile.objects.update(lease_expires_at=database_now() - timedelta(seconds=1))
    work()
    file.refresh_from_db()
    assert file.status == "ready"
    assert len(stored(media_disk)) == 4  # those two are for clean-up


def test_bytes_that_turn_out_bad_fail_for_good(media_disk, monkeypatch):
    file = uploaded()
    want(file, SMALL)
    failing(monkeypatch, "clean", workshop.Unusable("damaged", "It is damaged."))
    assert work() == 1
    file.refresh_from_db()
    made = MediaRendition.objects.get()
    assert (file.status, file.error_code, file.error_message, file.file) == (
        "failed",
        "damaged",
        "It is damaged.",
        "",
    )
    assert (made.status, made.error_message, made.due_at) == (
        "failed",
        "It is damaged.",
        None,
    )
    assert (stored(media_disk), left_over(media_disk)) == ([], [])
    entry = ActivityLog.objects.get(action="media.failed")
    assert (entry.thing_id, entry.message) == (file.pk, "photo.jpg: It is damaged.")
    assert (work(), make_again([file.pk], user=None)) == (0, 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (workshop.WorkshopFailed("It took too long."), "not_made"),
        (OSError(errno.EIO, "broken"), "storage_unavailable"),
        (OSError(errno.ENOSPC, "full"), "disk_full"),
    ],
)
def test_our_own_fault_is_tried_again_and_then_told(
    media_disk, monkeypatch, settings, error, code
):
    file = uploaded()
    with monkeypatch.context() as patched:
        calls = failing(patched, "clean", error)
        for delay in settings.MEDIA_RETRY_DELAYS:
            before = database_now()
            assert work() == 1
            file.refresh_from_db()
            assert before + delay <= file.due_at <= database_now() + delay
            assert (file.status, file.lease_expires_at, work()) == (
                "processing",
                None,
                0,
            )
            due_now()
        assert work() == 1
        assert len(calls) == len(settings.MEDIA_RETRY_DELAYS) + 1
    file.refresh_from_db()
    assert (file.status, file.error_code) == ("failed", code)
    assert "broken" not in file.error_message
    assert stored(media_disk) == [file.file]  # worth another try
    assert make_again([file.pk], user=None) == 1
    assert work() == 1
    file.refresh_from_db()
    assert (file.status, file.error_code) == ("ready", "")


def test_a_file_that_takes_workers_down_is_given_up(media_disk, monkeypatch):
    file = uploaded()
    failures = 2
    MediaFile.objects.update(tries=MOST_DEATHS + failures, failures=failures)
    with monkeypatch.context() as patched:
        failing(patched, "clean", workshop.WorkshopFailed("Once more."))
        assert work() == 1
    due_now()
    file.refresh_from_db()
    assert (file.status, file.failures) == ("processing", failures + 1)
    MediaFile.objects.update(tries=MOST_DEATHS + 1 + file.failures)
    calls = failing(monkeypatch, "clean", AssertionError("never called"))
    assert work() == 1
    file.refresh_from_db()
    assert (file.status, file.error_code, calls) == ("failed", "not_made", [])


def test_killed_workers_leave_all_tries_to_others(media_disk, monkeypatch, settings):
    """Deploys in a row, and then a storage that is away for a moment."""
    file = uploaded()
    MediaFile.objects.update(tries=len(settings.MEDIA_RETRY_DELAYS) + 1)
    with monkeypatch.context() as patched:
        failing(patched, "clean", OSError(errno.EIO, "away"))
        before = database_now()
        assert work() == 1
    file.refresh_from_db()
    assert (file.status, file.failures) == ("processing", 1)
    assert file.due_at <= database_now() + settings.MEDIA_RETRY_DELAYS[0]
    assert file.due_at >= before + settings.MEDIA_RETRY_DELAYS[0]
    due_now()
    assert work() == 1
    file.refresh_from_db()
    assert file.status == "ready"


def test_a_rendition_that_can_not_be_made(media_disk, monkeypatch):
    file = ready()
    want(file, SMALL)
    failing(monkeypatch, "render", workshop.Unusable("too_detailed", "No way."))
    work()
    made = MediaRendition.objects.get()
    assert (made.status, made.error_code, made.error_message) == (
        "failed",
        "too_detailed",
        "No way.",
    )
    file.refresh_from_db()
    assert file.status == "ready"
    assert ActivityLog.objects.get(action="media.failed").thing_id == file.pk


def test_a_worker_that_is_to_end_gives_back_what_it_has(media_disk, monkeypatch):
    file = uploaded()
    ending = []
    clean = workshop.clean

    def last(path, folder, limits, progress):
        ending.append(True)
        progress(50)
        return clean(path, folder, limits, progress)

    monkeypatch.setattr(workshop, "clean", last)
    assert make_due(stopping=lambda: bool(ending)) == 1
    file.refresh_from_db()
    assert (file.tries, file.status, file.lease_expires_at) == (0, "processing", None)
    assert (due_count(5), left_over(media_disk)) == (1, [])
    assert make_due(stopping=lambda: True) == 0


def test_progress_is_written_and_renews_the_lease(media_disk, monkeypatch):
    file = uploaded()
    monkeypatch.setattr("social_media.media.lease._WRITE_EVERY_SECONDS", 0)
    hold = take(MediaFile.objects.all(), file, never)
    soon = database_now() + timedelta(seconds=1)
    MediaFile.objects.update(lease_expires_at=soon)
    hold.progress(40)
    file.refresh_from_db()
    assert file.progress == 40
    assert file.lease_expires_at > soon
    MediaFile.objects.update(attempt_token=uuid.uuid4())
    with pytest.raises(LeaseLost):
        hold.progress(41)
    with pytest.raises(LeaseLost):
        hold.beat()


@pytest.mark.django_db(transaction=True)
def test_work_that_says_nothing_keeps_its_lease(media_disk, monkeypatch, settings):
    settings.MEDIA_LEASE = timedelta(seconds=1)
    file = uploaded()
    clean = workshop.clean
    held = []

    def slow(*given, **more):
        import time

        time.sleep(1.6)
        held.append(work())
        return clean(*given, **more)

    monkeypatch.setattr(workshop, "clean", slow)
    assert work() == 1
    file.refresh_from_db()
    assert (held, file.status, file.tries) == ([0], "ready", 1)


@pytest.mark.django_db(transaction=True)
def test_a_lease_outlives_a_connection_that_breaks(media_disk, monkeypatch, settings):
    hold = take(MediaFile.objects.all(), uploaded(), never)
    settings.MEDIA_LEASE = timedelta(seconds=0.4)
    renew, renewed = hold.renew, threading.Event()
    broken = [OperationalError("connection lost"), InterfaceError("it is closed")]

    def renew_when_it_is_back():
        if broken:
            raise broken.pop()
        renew()
        renewed.set()

    monkeypatch.setattr(hold, "renew", renew_when_it_is_back)
    with hold.kept():
        assert renewed.wait(10)
    hold.beat()


def test_a_file_that_is_deleted_meanwhile(media_disk, monkeypatch):
    file = uploaded()
    clean = workshop.clean

    def deleted(*given, **more):
        made = clean(*given, **more)
        MediaFile.objects.all().delete()
        return made

    monkeypatch.setattr(workshop, "clean", deleted)
    assert work() == 1
    assert stored(media_disk) == [file.file]  # of `delete_file` and clean-up


def test_bytes_that_the_workspace_has_already(media_disk):
    """Only a direct upload can bring them: nobody saw its bytes before."""
    first = ready(samples.png())
    second = uploaded(samples.jpeg(), workspace=first.workspace)
    MediaFile.objects.filter(pk=second.pk).update(upload_sha256="")
    (media_disk / "media" / second.file).write_bytes(samples.png())
    assert work() == 1
    second.refresh_from_db()
    assert (second.status, second.error_code) == ("failed", "duplicate")
    assert str(first.pk) in second.error_message
    assert stored(media_disk) == sorted([first.file, first.thumbnail])
