"""Bytes by name: on this machine's disk, and on a server that speaks S3."""

from __future__ import annotations

import errno
import time
import uuid
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from botocore.config import Config
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from social_media.media import scratch, store
from social_media.media.errors import NoSpace, StorageAway
from social_media.media.scratch import remove_left_behind, work_dir, work_folder
from tests.slow_link import slow_link

DATA = bytes(range(256)) * 1000


def go_on() -> None:
    pass


@pytest.fixture(params=["disk", "s3"])
def place(request):
    """Both kinds of storage, empty."""
    return request.getfixturevalue({"disk": "media_disk", "s3": "s3"}[request.param])


def keep(name: str = "", data: bytes = DATA) -> str:
    name = name or store.name_for("originals", uuid.uuid4(), "image/png")
    with work_folder("test") as folder:
        path = folder / "file"
        path.write_bytes(data)
        store.save(name, path, content_type="image/png", beat=go_on)
        assert not path.exists()
    return name


def test_what_is_saved_can_be_read_again_and_deleted(place):
    name = keep()
    with store.open_stored(name, go_on) as opened:
        assert opened.read(10) == DATA[:10]
        opened.seek(-5, 2)
        assert opened.read() == DATA[-5:]
        opened.seek(0)
        assert opened.read() == DATA
    with work_folder("test") as folder:
        assert store.fetch(name, folder, go_on).read_bytes() == DATA
    assert store.size_of(name) == len(DATA)
    (found,) = store.every_stored()
    assert (found.name, found.size) == (name, len(DATA))
    assert abs(found.changed_at.timestamp() - time.time()) < 60
    store.delete(name)
    store.delete(name)
    assert (list(store.every_stored()), store.size_of(name)) == ([], None)


def test_what_is_not_there_is_an_oserror(place):
    name = store.name_for("originals", uuid.uuid4())
    gone = (FileNotFoundError, StorageAway)
    with pytest.raises(gone), store.open_stored(name, go_on):
        pass
    with work_folder("test") as folder, pytest.raises(gone):
        store.fetch(name, folder, go_on)
    store.discard(name, "")


def test_what_a_fetched_file_becomes_is_no_change_to_the_stored_one(place):
    name = keep()
    with work_folder("test") as folder:
        path = store.fetch(name, folder, go_on)
        path.unlink()
    assert store.size_of(name) == len(DATA)


def test_others_files_are_not_ours(place):
    keep("originals/notes.txt")
    keep("elsewhere/00/file.jpg")
    assert list(store.every_stored()) == []


def test_nothing_in_a_name_is_the_clients(place):
    row = uuid.uuid4()
    first, second = (store.name_for("originals", row, "video/mp4") for _ in "12")
    assert first != second
    assert first.startswith(f"originals/{row.hex[-2:]}/{row.hex}-")
    assert store.content_type_of(first) == "video/mp4"
    assert store.content_type_of("a.html") == "application/octet-stream"


def test_files_on_disk_are_private(media_disk):
    path = media_disk / "media" / keep()
    assert [one.stat().st_mode & 0o077 for one in (path, path.parent)] == [0, 0]
    assert work_dir().stat().st_mode & 0o077 == 0


def test_a_full_disk_keeps_nothing(media_disk, monkeypatch):
    def full(*_):
        (target,) = (media_disk / "media").rglob("*-*")
        assert target.stat().st_size
        raise OSError(errno.ENOSPC, "No space left on device")

    def half_copied(source: str, target: str, **_):
        Path(target).write_bytes(DATA[:100])
        full()

    monkeypatch.setattr(
        "django.core.files.storage.filesystem.file_move_safe", half_copied
    )
    with pytest.raises(NoSpace):
        keep()
    assert list(store.every_stored()) == []


def test_another_disk_is_copied_to(media_disk, monkeypatch):
    name = keep()

    def refuse(*_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr("pathlib.Path.hardlink_to", refuse)
    with work_folder("test") as folder:
        path = store.fetch(name, folder, go_on)
        assert (path.read_bytes(), path.stat().st_nlink) == (DATA, 1)


class Ended(Exception):
    pass


def test_a_transfer_can_be_ended(s3):
    name = keep()

    def end() -> None:
        raise Ended

    with work_folder("test") as folder:
        with pytest.raises(Ended):
            store.fetch(name, folder, end)
        path = folder / "file"
        path.write_bytes(DATA)
        with pytest.raises(Ended):
            store.save("originals/x", path, content_type="image/png", beat=end)


def through(server, url):
    """STORAGES with this way to the server."""
    return {**django_settings.STORAGES, "media": server.storage(MEDIA_S3_ENDPOINT=url)}


def test_who_waits_for_a_slow_storage_may_keep_its_lease(s3, settings, monkeypatch):
    monkeypatch.setattr(store, "BEAT_EVERY", 0.1)
    name, beats = keep(data=DATA * 4), []
    with slow_link(s3.url, rate=2_000_000) as url:
        settings.STORAGES = through(s3, url)
        with store.open_stored(name, lambda: beats.append(time.monotonic())) as opened:
            assert opened.read() == DATA * 4
    pauses = [later - earlier for earlier, later in pairwise(beats)]
    assert min(pauses) >= 0.1
    assert max(pauses) < 0.6


def test_a_worker_that_lost_its_lease_stops_waiting(s3, settings, monkeypatch):
    monkeypatch.setattr(store, "BEAT_EVERY", 0.0)
    name, beats = keep(data=DATA * 4), []

    def end() -> None:
        beats.append(time.monotonic())
        raise Ended

    with slow_link(s3.url, rate=2_000_000) as url:
        settings.STORAGES = through(s3, url)
        with pytest.raises(Ended), store.open_stored(name, end):
            pass
    assert len(beats) == 1


def test_a_download_that_breaks_off_goes_on_where_it_was(s3, settings):
    name, beats = keep(data=DATA * 4), []
    with slow_link(s3.url, rate=100_000_000, most=500_000) as url:
        settings.STORAGES = through(s3, url)
        with store.open_stored(name, lambda: beats.append(1)) as opened:
            assert opened.read() == DATA * 4
    assert beats == []


def test_a_download_that_always_breaks_off_is_an_oserror(s3, settings, monkeypatch):
    monkeypatch.setattr(store, "BEAT_EVERY", 0.0)
    name, beats = keep(), []
    with slow_link(s3.url, rate=100_000_000, most=10_000) as url:
        settings.STORAGES = through(s3, url)
        with (
            pytest.raises(StorageAway),
            store.open_stored(name, lambda: beats.append(1)),
        ):
            pass
    # After the piece that came, and after each break.
    assert len(beats) == 2 * store._MOST_BREAKS


def test_a_storage_that_falls_silent_does_not_cost_the_lease(s3, settings, monkeypatch):
    monkeypatch.setattr(store, "BEAT_EVERY", 0.0)
    name, beats = keep(), []
    with slow_link(s3.url, rate=1000) as url:
        settings.STORAGES = through(s3, url)
        options = settings.STORAGES["media"]["OPTIONS"]
        once = {"mode": "standard", "max_attempts": 1}
        impatient = Config(read_timeout=0.2, retries=once)
        options["client_config"] = options["client_config"].merge(impatient)
        with (
            pytest.raises(StorageAway),
            store.open_stored(name, lambda: beats.append(1)),
        ):
            pass
    assert len(beats) == store._MOST_BREAKS


def test_an_empty_file_is_read(s3):
    with store.open_stored(keep(data=b""), go_on) as opened:
        assert opened.read() == b""


def test_addresses_on_s3_are_signed_and_keep_the_bucket_private(s3):
    name = keep()
    url = store.url_for(name)
    answer = httpx.get(url, trust_env=False)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["Content-Type"] == "image/png"
    assert "X-Amz-Signature" in url
    assert "X-Amz-Expires=3600" in url
    assert "tests-secret-key" not in url


@pytest.mark.parametrize(
    "change",
    [
        {"MEDIA_S3_ENDPOINT": "http://127.0.0.1:9"},
        {"MEDIA_S3_BUCKET": "no-such-bucket"},
    ],
)
def test_a_storage_that_is_away_is_an_oserror_without_details(
    s3, settings, caplog, change
):
    name = keep()
    changed = s3.storage(**change)
    settings.STORAGES = {**settings.STORAGES, "media": changed}
    with work_folder("test") as folder:
        path = folder / "file"
        path.write_bytes(DATA)
        for call in (
            lambda: store.save(name, path, content_type="image/png", beat=go_on),
            lambda: store.fetch(name, folder, go_on),
            lambda: store.open_stored(name, go_on).__enter__(),
            lambda: list(store.every_stored()),
        ):
            with pytest.raises(StorageAway) as raised:
                call()
            assert str(raised.value) == (
                "The storage of media files can't be reached right now."
            )
            assert raised.value.__suppress_context__
    store.discard(name)
    assert "tests-secret-key" not in caplog.text
    assert "tests-access-key" not in caplog.text


def test_half_a_key_is_refused_when_it_starts(s3):
    with pytest.raises(ImproperlyConfigured, match="or neither"):
        s3.storage(MEDIA_S3_SECRET_KEY="")
    with pytest.raises(ImproperlyConfigured, match="auto, path or virtual"):
        s3.storage(MEDIA_S3_ADDRESSING="other")


def test_what_killed_processes_left_in_the_work_folder(media_disk, monkeypatch):
    for name in ("make-1", "upload-2"):
        (work_dir() / name).mkdir()
        (work_dir() / name / "file").touch()
    (work_dir() / "single").touch()
    assert remove_left_behind() == 0
    monkeypatch.setattr(scratch, "LEFT_AFTER", -scratch.LEFT_AFTER)
    assert (remove_left_behind(), list(work_dir().iterdir())) == (3, [])


def test_each_process_removes_what_was_left_once_an_hour(media_disk, monkeypatch):
    monkeypatch.setattr(scratch, "_looks", scratch.Looks())
    monkeypatch.setattr(scratch, "LEFT_AFTER", -scratch.LEFT_AFTER)

    def left_then_used() -> bool:
        left = work_dir() / "make-1"
        left.mkdir(exist_ok=True)
        with work_folder("test"):
            return left.exists()

    assert [left_then_used() for _ in range(3)] == [False, True, True]
    later = time.monotonic() + scratch.LOOK_EVERY.total_seconds()
    monkeypatch.setattr("time.monotonic", lambda: later)
    assert [left_then_used() for _ in range(2)] == [False, True]


def test_a_folder_that_can_not_be_swept_is_used(media_disk, monkeypatch):
    monkeypatch.setattr(scratch, "_looks", scratch.Looks())

    def refuse():
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(scratch, "remove_left_behind", refuse)
    with work_folder("test") as folder:
        assert folder.is_dir()
