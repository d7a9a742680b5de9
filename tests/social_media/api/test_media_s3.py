"""Media over the API where the storage is S3: a real server that speaks it."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from social_media.media.errors import StorageAway
from social_media.media.prune import VOID_FOR
from social_media.media.quota import used
from social_media.media.renditions import want
from social_media.models import ActivityLog, MediaFile, MediaRendition, UploadAddress
from social_media.models.clock import database_now
from social_media.platforms.media import Recipe
from social_media.tasks.prune import prune
from tests import media_samples as samples
from tests.s3 import BUCKET
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.media.making import left_over, work

pytestmark = pytest.mark.django_db

MEDIA = "/api/v1/media"


@pytest.fixture
def client(team, s3):
    return team.client("editor")


def upload(client, data):
    form = {"file": SimpleUploadedFile("photo.jpg", data)}
    return client.post(MEDIA, form, format="multipart")


def begin(client, data, **changes):
    given = {"name": "photo.jpg", "size": len(data), "content_type": "image/jpeg"}
    return client.post(f"{MEDIA}/uploads", {**given, **changes})


def send(ticket, data):
    return httpx.request(
        ticket["method"],
        ticket["url"],
        content=data,
        headers=ticket["headers"],
        trust_env=False,
    )


def fetched(url):
    answer = httpx.get(url, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer


def test_the_whole_way_of_an_upload(client, s3, tmp_path):
    answer = upload(client, samples.jpeg(exif_gps=True))
    assert answer.status_code == 201, answer.content
    file = MediaFile.objects.get()
    assert s3.keys() == [file.file]
    want(file, Recipe("image", "image/jpeg", 100, 75, 100_000))
    assert work() == 2
    file.refresh_from_db()
    made = MediaRendition.objects.get()
    assert sorted(s3.keys()) == sorted([file.file, file.thumbnail, made.file])
    shown = client.get(f"{MEDIA}/{file.pk}").json()
    served = fetched(shown["url"])
    assert served.headers["Content-Type"] == "image/jpeg"
    assert hashlib.sha256(served.content).hexdigest() == file.sha256
    assert samples.CAMERA.encode() not in served.content
    assert max(Image.open(io.BytesIO(fetched(shown["thumbnail_url"]).content)).size)
    assert left_over(tmp_path) == []
    assert client.delete(f"{MEDIA}/{file.pk}").status_code == 204
    assert s3.keys() == []


def test_a_direct_upload(team, client, s3, tmp_path):
    data = samples.jpeg(exif_gps=True)
    answer = begin(client, data)
    assert answer.status_code == 201, answer.content
    ticket = answer.json()
    assert (ticket["method"], ticket["headers"]) == (
        "PUT",
        {"Content-Length": str(len(data)), "Content-Type": "image/jpeg"},
    )
    assert "content-length" in ticket["url"].lower()
    path = f"{MEDIA}/{ticket['id']}"
    waiting = client.get(path).json()
    assert (waiting["status"], waiting["kind"], waiting["url"]) == (
        "uploading",
        None,
        None,
    )
    assert error_of(client.post(f"{path}/complete")) == (409, "not_uploaded")
    assert send(ticket, data).status_code == 200
    for _ in "twice":
        assert client.post(f"{path}/complete/").json()["status"] == "processing"
    assert work() == 1
    after = client.get(path).json()
    assert (after["status"], after["kind"], after["width"]) == ("ready", "image", 640)
    assert samples.CAMERA.encode() not in fetched(after["url"]).content
    assert client.post(f"{path}/complete").json()["status"] == "ready"
    row = MediaFile.objects.get()
    assert row.upload_sha256 == hashlib.sha256(data).hexdigest()
    assert sorted(s3.keys()) == sorted([row.file, row.thumbnail])
    assert left_over(tmp_path) == []
    (entry,) = ActivityLog.objects.all()
    assert (entry.action, entry.user) == ("media.uploaded", team.people["editor"])
    assert upload(client, data).json()["id"] == ticket["id"]


def test_bad_bytes_of_a_direct_upload_fail_and_go(client, s3):
    ticket = begin(client, samples.HTML).json()
    send(ticket, samples.HTML)
    client.post(f"{MEDIA}/{ticket['id']}/complete")
    assert work() == 1
    after = client.get(f"{MEDIA}/{ticket['id']}").json()
    assert (after["status"], bool(after["error"]["message"])) == ("failed", True)
    assert s3.keys() == []


def test_the_same_bytes_again_by_a_direct_upload(client, s3):
    first = upload(client, samples.jpeg()).json()
    work()
    before = s3.keys()
    ticket = begin(client, samples.jpeg()).json()
    send(ticket, samples.jpeg())
    client.post(f"{MEDIA}/{ticket['id']}/complete")
    work()
    error = client.get(f"{MEDIA}/{ticket['id']}").json()["error"]
    assert error["code"] == "duplicate"
    assert first["id"] in error["message"]
    assert s3.keys() == before


def test_other_bytes_than_announced_are_refused(client, s3):
    ticket = begin(client, b"x" * 1000).json()
    key = f"stationmaster/{MediaFile.objects.get().file}"
    s3.client.put_object(Bucket=BUCKET, Key=key, Body=b"x" * 999)
    path = f"{MEDIA}/{ticket['id']}/complete"
    assert error_of(client.post(path)) == (409, "wrong_size")
    assert (s3.keys(), MediaFile.objects.get().status) == ([], "uploading")


def test_what_is_announced_counts(client, settings):
    settings.MEDIA_QUOTA_BYTES = 1500
    assert begin(client, b"x" * 1000).status_code == 201
    assert error_of(begin(client, b"x" * 501)) == (413, "quota_exceeded")
    settings.MEDIA_MAX_BYTES = 400
    assert error_of(begin(client, b"x" * 401)) == (413, "too_large")
    for given, expected in (
        ({"size": 0}, {"size": ["min_value"]}),
        ({"name": ""}, {"name": ["blank"]}),
        ({"content_type": "text\r\nX: y"}, {"content_type": ["invalid"]}),
        ({"file": "x"}, {"file": ["unknown_field"]}),
    ):
        assert fields_of(begin(client, b"x", **given)) == expected
    assert MediaFile.objects.count() == 1


@pytest.mark.parametrize("then", ["made", "deleted"])
def test_an_address_counts_until_it_is_void(team, client, s3, settings, then):
    """Bytes can be sent there again, though their file needs them no more."""
    data = samples.jpeg()
    ticket = begin(client, data).json()
    if then == "made":
        send(ticket, data)
        client.post(f"{MEDIA}/{ticket['id']}/complete")
        work()
    else:
        client.delete(f"{MEDIA}/{ticket['id']}")
    of_rows, kept = used_by_rows(team.workspace), s3.keys()
    assert used(team.workspace.pk) == of_rows + len(data)
    assert send(ticket, data).status_code == 200
    prune()
    assert len(s3.keys()) == len(kept) + 1
    void = database_now() - timedelta(seconds=1)
    UploadAddress.objects.update(void_at=void)
    assert used(team.workspace.pk) == of_rows
    prune()  # a transfer may be at its end
    assert len(s3.keys()) == len(kept) + 1
    UploadAddress.objects.update(void_at=void - VOID_FOR)
    prune()
    assert (s3.keys(), UploadAddress.objects.count()) == (kept, 0)


def used_by_rows(workspace):
    return sum(
        MediaFile.objects.filter(workspace=workspace).values_list("size", flat=True)
    )


def test_what_is_still_to_be_made_is_not_taken_for_left_over(team, client, s3):
    data = samples.jpeg()
    ticket = begin(client, data).json()
    assert used(team.workspace.pk) == len(data)  # once, not twice
    send(ticket, data)
    client.post(f"{MEDIA}/{ticket['id']}/complete")
    long_ago = database_now() - timedelta(days=1)
    UploadAddress.objects.update(void_at=long_ago)
    prune()
    assert (len(s3.keys()), UploadAddress.objects.count(), work()) == (1, 0, 1)


def test_an_address_is_kept_while_the_storage_is_away(client, s3, settings):
    begin(client, b"x" * 9)
    MediaFile.objects.all().delete()
    UploadAddress.objects.update(void_at=database_now() - timedelta(days=1))
    moved(s3, settings)
    with pytest.raises(StorageAway):
        prune()
    assert UploadAddress.objects.count() == 1


def test_who_may_upload_directly(team, client):
    statuses = {
        name: begin(team.client(name), b"x" * 9).status_code
        for name in ("owner", "editor", "viewer", "nobody")
    }
    assert statuses == {"owner": 201, "editor": 201, "viewer": 403, "nobody": 401}
    file = MediaFile.objects.first()
    path = f"{MEDIA}/{file.pk}/complete"
    assert team.client("stranger").post(path).status_code == 404
    assert team.client("viewer").post(path).status_code == 403


def moved(s3, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "media": s3.storage(MEDIA_S3_ENDPOINT="http://127.0.0.1:9"),
    }


def without_bucket(s3, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "media": s3.storage(MEDIA_S3_BUCKET="no-such-bucket"),
    }


def wrong_keys(s3, settings):
    s3.check_keys(wanted=True)


@pytest.mark.parametrize(
    ("go_away", "completing"),
    [
        (moved, (503, "storage_unavailable")),
        (wrong_keys, (503, "storage_unavailable")),
        (without_bucket, (409, "not_uploaded")),
    ],
)
def test_a_storage_that_is_away(
    client, s3, settings, tmp_path, caplog, go_away, completing
):
    upload(client, samples.jpeg())
    ticket = begin(client, b"x" * 9).json()
    go_away(s3, settings)
    try:
        refused = upload(client, samples.png())
        assert error_of(refused) == (503, "storage_unavailable")
        complete = client.post(f"{MEDIA}/{ticket['id']}/complete")
        assert error_of(complete) == completing
        assert work() == 1
    finally:
        s3.check_keys(wanted=False)
    file = MediaFile.objects.get(status="processing")
    assert (file.tries, file.lease_expires_at) == (1, None)
    assert (left_over(tmp_path), MediaFile.objects.count()) == ([], 2)
    assert list(ActivityLog.objects.values_list("thing_id", flat=True)) == [file.pk]
    for secret in ("tests-secret-key", "tests-access-key", "Traceback"):
        assert secret not in caplog.text
        assert secret.encode() not in refused.content
    settings.STORAGES = {**settings.STORAGES, "media": s3.storage()}
    MediaFile.objects.filter(pk=file.pk).update(due_at=file.created_at)
    work()
    file.refresh_from_db()
    assert file.status == "ready"
