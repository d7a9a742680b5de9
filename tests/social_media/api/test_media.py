"""Media over the API: uploading, looking, describing, deleting."""

from __future__ import annotations

import errno
import hashlib
import io
import resource
import socket
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.tokens import issue_tokens
from social_media.media import upload as upload_module
from social_media.models import ActivityLog, MediaFile
from tests import media_samples as samples
from tests.factories import MediaFileFactory
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.uploading import MEDIA, shown, upload
from tests.social_media.media.making import left_over, stored, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team, media_disk):
    return team.client("editor")


def bytes_at(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer, b"".join(answer.streaming_content)


def test_an_upload_is_measured_at_once_and_made_ready_later(team, client, media_disk):
    data = samples.jpeg(640, 480, exif_gps=True, orientation=6)
    answer = upload(client, data, alt_text="A beach", focus_x="0.5", focus_y="-0.25")
    assert answer.status_code == 201, answer.content
    first = answer.json()
    assert (first["status"], first["url"], first["thumbnail_url"]) == (
        "processing",
        None,
        None,
    )
    assert {
        name: first[name] for name in ("kind", "content_type", "width", "height")
    } == {
        "kind": "image",
        "content_type": "image/jpeg",
        "width": 480,
        "height": 640,
    }
    assert (first["alt_text"], first["focus"]) == ("A beach", {"x": 0.5, "y": -0.25})
    assert (first["name"], first["size"]) == ("photo.jpg", len(data))
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.user) == ("media.uploaded", team.people["editor"])

    assert work() == 1
    after = shown(client, answer)
    assert (after["status"], after["progress"], after["error"]) == ("ready", 100, None)
    _, served = bytes_at(client, after["url"])
    row = MediaFile.objects.get()
    assert hashlib.sha256(served).hexdigest() == row.sha256
    assert (after["size"], row.upload_sha256) == (
        len(served),
        hashlib.sha256(data).hexdigest(),
    )
    picture = Image.open(io.BytesIO(served))
    assert (picture.size, dict(picture.getexif())) == ((480, 640), {})
    assert samples.CAMERA.encode() not in served
    _, small = bytes_at(client, after["thumbnail_url"])
    assert max(Image.open(io.BytesIO(small)).size) == 480
    assert stored(media_disk) == sorted([row.file, row.thumbnail])
    assert left_over(media_disk) == []


def test_a_served_file_can_do_nothing_but_be_looked_at(client):
    answer = upload(client, samples.png())
    work()
    page, _ = bytes_at(client, shown(client, answer)["url"])
    assert {
        name: page[name]
        for name in (
            "Content-Type",
            "X-Content-Type-Options",
            "Content-Security-Policy",
            "Content-Disposition",
        )
    } == {
        "Content-Type": "image/png",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Content-Disposition": "inline",
    }
    assert page["Cache-Control"].startswith("private, max-age=")


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=10-", 206, 10, None),
        ("bytes=-5", 206, -5, None),
        ("bytes=5-99999999", 206, 5, None),
        ("bytes=0-1,3-4", 200, 0, None),
        (f"bytes=0-{'9' * 5000}", 200, 0, None),
        ("lines=1-2", 200, 0, None),
    ],
)
def test_ranges_of_a_file(client, asked, status, start, end):
    answer = upload(client, samples.jpeg())
    work()
    url = shown(client, answer)["url"]
    _, whole = bytes_at(client, url)
    part = client.get(url, headers={"Range": asked})
    assert (part.status_code, b"".join(part.streaming_content)) == (
        status,
        whole[start:end],
    )
    beyond = client.get(url, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (
        416,
        f"bytes */{len(whole)}",
    )


def test_an_address_is_void_after_its_time_and_when_it_was_tampered_with(
    client, settings, monkeypatch
):
    answer = upload(client, samples.jpeg())
    work()
    url = shown(client, answer)["url"]
    for wrong in (url + "x", url.replace("/media/", "/media/W"), "/media/x:y"):
        assert client.get(wrong).status_code == 404
    later = time.time() + settings.MEDIA_URL_SECONDS + 1
    monkeypatch.setattr("time.time", lambda: later)
    assert client.get(url).status_code == 404


def test_the_same_bytes_are_stored_once_per_workspace(team, client, media_disk):
    first = upload(client, samples.jpeg(), alt_text="First")
    again = upload(client, samples.jpeg(), name="other.jpg", alt_text="Second")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(stored(media_disk)) == 1
    work()
    once_more = upload(client, samples.jpeg())
    assert (once_more.status_code, once_more.json()["status"]) == (200, "ready")
    elsewhere = upload(team.client("stranger"), samples.jpeg())
    assert elsewhere.status_code == 201
    assert elsewhere.json()["id"] != first.json()["id"]
    assert ActivityLog.objects.filter(action="media.uploaded").count() == 2


#: Of each kind of badness one; the workshop's own tests have all of them.
BAD = (
    "empty",
    "text",
    "svg",
    "html",
    "truncated_png",
    "bomb",
    "gif_javascript",
    "jpeg_with_script",
    "audio_only_mp4",
    "lying_mp4",
    "truncated_mp4",
)


@pytest.mark.parametrize("name", BAD)
def test_bad_bytes_are_refused_and_nothing_is_left(client, media_disk, name):
    answer = upload(client, samples.BAD[name]())
    fields = answer.json()["error"]["fields"]
    assert (answer.status_code, list(fields)) == (400, ["file"]), answer.content
    assert fields["file"][0]["message"].endswith(".")
    assert (stored(media_disk), left_over(media_disk)) == ([], [])
    assert not MediaFile.objects.exists()
    assert not ActivityLog.objects.exists()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"alt_text": "x" * 10_001}, {"alt_text": ["max_length"]}),
        ({"focus_x": "2", "focus_y": "0"}, {"focus_x": ["max_value"]}),
        ({"focus_x": "1"}, {"focus_y": ["required"]}),
        ({"kind": "video"}, {"kind": ["unknown_field"]}),
        ({"status": "ready"}, {"status": ["unknown_field"]}),
    ],
)
def test_fields_that_make_no_sense(client, media_disk, fields, expected):
    assert fields_of(upload(client, samples.jpeg(), **fields)) == expected
    assert (stored(media_disk), left_over(media_disk)) == ([], [])


def test_a_request_without_its_one_file(client, media_disk):
    form = {"format": "multipart"}
    assert fields_of(client.post(MEDIA, {"alt_text": "x"}, **form)) == {
        "file": ["required"]
    }
    assert fields_of(client.post(MEDIA, {"file": "no file"}, **form)) == {
        "file": ["invalid"]
    }
    two = [SimpleUploadedFile(name, samples.jpeg()) for name in ("a.jpg", "b.jpg")]
    assert fields_of(client.post(MEDIA, {"file": two}, **form)) == {
        "file": ["one_file"]
    }
    other = {"picture": SimpleUploadedFile("a.jpg", samples.jpeg())}
    assert fields_of(client.post(MEDIA, other, **form)) == {
        "file": ["required"],
        "picture": ["unknown_field"],
    }
    assert error_of(client.post(MEDIA, {"file": "x"}, format="json")) == (
        415,
        "unsupported_media_type",
    )
    assert (stored(media_disk), left_over(media_disk)) == ([], [])


def test_a_name_is_only_shown(client, media_disk):
    answer = upload(client, samples.jpeg(), name="../../etc/<b>pass\x00wd.exe")
    assert "/" not in answer.json()["name"]
    (name,) = stored(media_disk)
    assert "pass" not in name
    assert name.startswith("uploads/")


def test_more_than_a_file_may_have(client, media_disk, settings):
    settings.MEDIA_MAX_BYTES = len(samples.jpeg())
    assert upload(client, samples.jpeg()).status_code == 201
    assert error_of(upload(client, samples.jpeg() + b"x")) == (413, "too_large")
    settings.MEDIA_MAX_BYTES = 1000
    # The announced length alone tells: nothing of it is read.
    assert error_of(upload(client, b"x" * 2_000_000)) == (413, "too_large")
    assert (len(stored(media_disk)), left_over(media_disk)) == (1, [])


def test_more_than_the_workspace_may_have(team, client, media_disk, settings):
    settings.MEDIA_QUOTA_BYTES = len(samples.jpeg()) + len(samples.png()) - 1
    assert upload(client, samples.jpeg()).status_code == 201
    answer = upload(client, samples.png())
    assert error_of(answer) == (413, "quota_exceeded")
    assert "are left" in answer.json()["error"]["message"]
    assert (len(stored(media_disk)), left_over(media_disk)) == (1, [])
    assert upload(team.client("stranger"), samples.png()).status_code == 201


def overtaken_by(monkeypatch, **row):
    """While bytes are being stored, another upload of the workspace is done."""
    save = upload_module.save

    def slow(*given, **more):
        save(*given, **more)
        MediaFileFactory(**row)

    monkeypatch.setattr(upload_module, "save", slow)


def test_two_uploads_at_once_for_the_last_room(
    team, client, media_disk, settings, monkeypatch
):
    settings.MEDIA_QUOTA_BYTES = len(samples.jpeg()) + 100
    overtaken_by(monkeypatch, workspace=team.workspace, size=101)
    assert error_of(upload(client, samples.jpeg())) == (413, "quota_exceeded")
    assert (stored(media_disk), MediaFile.objects.count()) == ([], 1)


def test_two_uploads_of_the_same_bytes_at_once(team, client, media_disk, monkeypatch):
    sha256 = hashlib.sha256(samples.jpeg()).hexdigest()
    overtaken_by(monkeypatch, workspace=team.workspace, upload_sha256=sha256)
    answer = upload(client, samples.jpeg())
    file = MediaFile.objects.get()
    assert (answer.status_code, answer.json()["id"]) == (200, str(file.pk))
    assert stored(media_disk) == []


def cut_off(client, keep):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        + samples.jpeg()
        + b"\r\n--x--\r\n"
    )
    return client.generic(
        "POST",
        MEDIA,
        body[:keep],
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": io.BytesIO(body[:keep])},
    )


@pytest.mark.parametrize("keep", [200, 5000, -1, -9])
def test_an_upload_that_is_cut_off(client, media_disk, keep):
    assert fields_of(cut_off(client, keep)) == {"file": ["cut_off"]}
    assert (stored(media_disk), left_over(media_disk)) == ([], [])
    assert not MediaFile.objects.exists()


@contextmanager
def files_of_at_most(size):
    """The operating system refuses to write more into any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_while_the_file_comes_in(client, media_disk):
    data = samples.jpeg(noise=True)
    with files_of_at_most(len(data) // 2):
        answer = upload(client, data)
    assert error_of(answer) == (507, "disk_full")
    assert "operator" in answer.json()["error"]["message"]
    assert (stored(media_disk), left_over(media_disk)) == ([], [])
    assert not MediaFile.objects.exists()


def test_a_disk_that_is_full_when_the_file_is_stored(client, media_disk, monkeypatch):
    def half_copied(source, target, **_):
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        "django.core.files.storage.filesystem.file_move_safe", half_copied
    )
    assert error_of(upload(client, samples.jpeg())) == (507, "disk_full")
    assert (stored(media_disk), left_over(media_disk)) == ([], [])
    assert not MediaFile.objects.exists()


def test_a_disk_that_can_not_be_written_to(client, media_disk, monkeypatch):
    def broken(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patched:
        patched.setattr("tempfile.mkdtemp", broken)
        assert error_of(upload(client, samples.jpeg())) == (503, "storage_unavailable")
    monkeypatch.setattr("django.core.files.storage.filesystem.file_move_safe", broken)
    assert error_of(upload(client, samples.jpeg())) == (503, "storage_unavailable")
    assert (stored(media_disk), left_over(media_disk)) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_breaks_half_way(team, media_disk, live_server):
    """Over a real socket, to a real server."""
    token = issue_tokens(team.people["editor"]).access
    start = (
        b"POST /api/v1/media HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n"
        b"Authorization: Bearer " + token.encode() + b"\r\n\r\n--x\r\n"
        b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    )
    host, port = live_server.thread.host, live_server.thread.port
    with socket.create_connection((host, port)) as connected:
        connected.sendall(start + samples.jpeg()[:50_000])
        wait_until(lambda: left_over(media_disk))
    wait_until(lambda: not left_over(media_disk))
    assert stored(media_disk) == []
    assert not MediaFile.objects.exists()


def wait_until(holds):
    give_up = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.02)
