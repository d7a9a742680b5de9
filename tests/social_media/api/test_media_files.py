"""Files over the API: looking, describing, deleting, and who may."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import ActivityLog, MediaFile
from tests import media_samples as samples
from tests.factories import (
    MediaFileFactory,
    MediaRenditionFactory,
    PostFactory,
    PostMediaFactory,
)
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.uploading import MEDIA, shown, upload
from tests.social_media.media.making import left_over, stored, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(team, media_disk):
    return team.client("editor")


def test_what_its_owner_says_of_a_file_can_be_changed(team, client):
    file = MediaFileFactory(workspace=team.workspace)
    changes = {"alt_text": "New", "name": "b.jpg", "focus_x": 0.1, "focus_y": 0}
    answer = client.patch(f"{MEDIA}/{file.pk}", changes)
    assert answer.status_code == 200, answer.content
    after = answer.json()
    assert (after["alt_text"], after["name"], after["focus"]) == (
        "New",
        "b.jpg",
        {"x": 0.1, "y": 0.0},
    )
    client.patch(f"{MEDIA}/{file.pk}/", {"focus_x": None, "focus_y": None})
    assert client.get(f"{MEDIA}/{file.pk}").json()["focus"] is None
    client.patch(f"{MEDIA}/{file.pk}", {"alt_text": "New"})
    actions = list(ActivityLog.objects.values_list("action", flat=True))
    assert actions == ["media.updated"] * 2
    for given, expected in (
        ({"status": "ready"}, {"status": ["unknown_field"]}),
        ({"focus_x": 0.5}, {"focus_y": ["required"]}),
        ({"focus_x": 0.5, "focus_y": None}, {"focus_y": ["required"]}),
        ({"name": ""}, {"name": ["blank"]}),
    ):
        assert fields_of(client.patch(f"{MEDIA}/{file.pk}", given)) == expected


@pytest.mark.parametrize("status", ["draft", "scheduled", "failed", "partially_posted"])
def test_a_file_that_a_post_may_still_need_stays(team, client, status, media_disk):
    answer = upload(client, samples.jpeg())
    work()
    file = MediaFile.objects.get()
    given = {"scheduled_time": "2030-01-01T00:00Z"} if status == "scheduled" else {}
    post = PostFactory(workspace=team.workspace, status=status, **given)
    PostMediaFactory(post=post, file=file)
    PostMediaFactory(post=post, file=file, position=1)
    refused = client.delete(f"{MEDIA}/{file.pk}")
    assert error_of(refused) == (409, "in_use")
    assert "(1 " in refused.json()["error"]["message"]
    assert shown(client, answer)["used_by"] == 1
    assert len(stored(media_disk)) == 2


def test_a_file_is_deleted_with_all_that_was_made_of_it(team, client, media_disk):
    upload(client, samples.jpeg())
    work()
    file = MediaFile.objects.get()
    post = PostFactory(workspace=team.workspace, status="posted")
    PostMediaFactory(post=post, file=file)
    assert client.delete(f"{MEDIA}/{file.pk}").status_code == 204
    assert (stored(media_disk), MediaFile.objects.count()) == ([], 0)
    assert not post.media.exists()
    assert client.delete(f"{MEDIA}/{file.pk}").status_code == 404
    assert ActivityLog.objects.filter(action="media.deleted").count() == 1


def test_lists_are_filtered_and_ordered(team, client):
    image = MediaFileFactory(workspace=team.workspace, name="b", alt_text="sea")
    video = MediaFileFactory(
        workspace=team.workspace, name="a", kind="video", status="failed", size=1
    )
    PostMediaFactory(post=PostFactory(workspace=team.workspace), file=image)
    MediaFileFactory()
    first, second = str(image.pk), str(video.pk)
    for query, expected in (
        ("", [second, first]),
        ("?kind=image", [first]),
        ("?kind=image&kind=video", [second, first]),
        ("?status=failed", [second]),
        ("?used=true", [first]),
        ("?used=false", [second]),
        ("?search=sea", [first]),
        ("?ordering=name", [second, first]),
        ("?ordering=-size", [first, second]),
        ("?created_at_after=2100-01-01T00:00Z", []),
    ):
        answer = client.get(f"{MEDIA}{query}")
        assert answer.status_code == 200, answer.content
        assert [row["id"] for row in answer.json()["results"]] == expected, query
    assert fields_of(client.get(f"{MEDIA}?used=maybe")) == {"used": ["invalid_choice"]}
    assert fields_of(client.get(f"{MEDIA}?kinds=image")) == {
        "kinds": ["unknown_parameter"]
    }


def test_a_list_takes_as_many_queries_for_three_as_for_one(team, client):
    def make():
        file = MediaFileFactory(workspace=team.workspace)
        MediaRenditionFactory(original=file)
        PostMediaFactory(post=PostFactory(workspace=team.workspace), file=file)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(MEDIA).status_code == 200
        return len(captured)

    make()
    queries()
    one = queries()
    make()
    make()
    assert queries() == one


def test_renditions_are_shown(team, client):
    made = MediaRenditionFactory(original__workspace=team.workspace)
    (row,) = client.get(f"{MEDIA}/{made.original_id}").json()["renditions"]
    assert row == {
        "id": str(made.pk),
        "content_type": "image/jpeg",
        "width": 100,
        "height": 80,
        "size": 1000,
        "status": "ready",
        "progress": 100,
        "error": None,
    }


EVERYBODY = {"owner": 200, "admin": 200, "editor": 200, "viewer": 200, "key": 200}
NOT_IN = {"stranger": 404, "nobody": 401, "key without scope": 403}


def test_who_may_look(team, media_disk):
    file = MediaFileFactory(workspace=team.workspace)
    assert team.statuses("get", f"{MEDIA}/{file.pk}") == EVERYBODY | NOT_IN
    assert team.statuses("get", MEDIA) == EVERYBODY | NOT_IN | {"stranger": 200}


def test_who_may_change(team, media_disk):
    file = MediaFileFactory(workspace=team.workspace)
    path = f"{MEDIA}/{file.pk}"
    writers = EVERYBODY | NOT_IN | {"viewer": 403}
    assert team.statuses("patch", path, {"alt_text": "x"}) == writers
    first = team.client("viewer").delete(path), team.client("stranger").delete(path)
    assert [answer.status_code for answer in first] == [403, 404]
    assert upload(team.client("viewer"), samples.jpeg()).status_code == 403
    assert upload(team.client("nobody"), samples.jpeg()).status_code == 401
    assert left_over(media_disk) == []


def test_direct_uploads_need_s3(team, client):
    given = {"name": "a.mp4", "size": 10}
    answer = client.post(f"{MEDIA}/uploads", given)
    assert error_of(answer) == (409, "no_direct_upload")
    assert not MediaFile.objects.exists()


def test_the_schema_tells_of_the_one_body_that_is_not_json(client):
    schema = client.get("/api/schema?format=json").json()
    body = schema["paths"]["/api/v1/media"]["post"]["requestBody"]["content"]
    assert list(body) == ["multipart/form-data"]
    name = body["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]
    fields = schema["components"]["schemas"][name]
    assert set(fields["properties"]) == {"file", "alt_text", "focus_x", "focus_y"}
    assert fields["properties"]["file"]["format"] == "binary"
    assert fields["required"] == ["file"]
