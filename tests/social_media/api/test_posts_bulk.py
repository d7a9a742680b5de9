"""Importing and exporting posts over the API."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from social_media.models import Post
from tests.factories import PostFactory
from tests.social_media.api.callers import error_of, fields_of
from tests.social_media.api.posting import make_post
from tests.social_media.posts.bulk.rows import LATER, table, zulu
from tests.social_media.posts.composing import account_on
from tests.social_media.posts.recurrence.recurring import daily

pytestmark = pytest.mark.django_db

IMPORT, EXPORT = "/api/v1/posts/import", "/api/v1/posts/export"
STORE = f"{IMPORT}?dry_run=false"


@pytest.fixture(autouse=True)
def folders(media_disk):
    """The work folder is a test's own."""


@pytest.fixture
def client(team):
    account_on(team.workspace, "x", handle="anna")
    return team.client("editor")


def form(content, name="posts.csv"):
    return {"file": SimpleUploadedFile(name, content.encode())}


def rows(count=2, **given):
    row = {"content": "Hi", "accounts": "x:anna", **given}
    return table(*[{**row, "content": f"Hi {n}"} for n in range(count)])


def send(client, path, content, kind="text/csv", **headers):
    return client.post(path, content, content_type=kind, headers=headers)


def streamed(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def test_a_dry_run_is_the_default_and_stores_nothing(client):
    answer = client.post(IMPORT, form(rows()), format="multipart")
    report = answer.json()
    assert answer.status_code == 200, report
    assert (report["valid"], report["stored"], report["rows"]) == (True, False, 2)
    assert report["creates"]["posts"] == 2
    assert not Post.objects.exists()


@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson", None])
def test_a_form_and_bare_bodies_are_taken(client, kind):
    content = rows()
    if kind == "application/x-ndjson":
        content = json.dumps({"content": "Hi", "accounts": ["x:anna"]}) + "\n"
    if kind is None:
        answer = client.post(STORE, form(content), format="multipart")
    else:
        answer = send(client, STORE, content, kind)
    assert (answer.status_code, answer.json()["stored"]) == (200, True)
    assert Post.objects.count() == answer.json()["rows"]


def test_problems_are_a_400_that_names_rows_and_columns(client):
    bad = rows(3) + "Hi,x:nobody\r\n"
    answer = send(client, STORE, bad)
    assert fields_of(answer) == {
        "file": ["import_refused"],
        "rows.5.accounts": ["unknown_account"],
    }
    report = send(client, IMPORT, bad).json()
    assert report["problems"][0]["row"] == 5
    assert report["valid"] is False
    assert not Post.objects.exists()


def test_the_same_key_stores_once(client):
    key = {"Idempotency-Key": "once"}
    first, second = (send(client, STORE, rows(), **key) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Post.objects.count() == 2
    other = send(client, STORE, rows(3), **key)
    assert error_of(other) == (422, "idempotency_key_reused")


def test_a_refused_import_keeps_no_answer(client):
    key = {"Idempotency-Key": "once"}
    assert (
        send(client, STORE, "content,accounts\r\nHi,x:no\r\n", **key).status_code == 400
    )
    assert send(client, STORE, rows(), **key).status_code == 200


class Unread:
    """A body that nobody may read."""

    def __init__(self, size):
        self._size = size

    def __len__(self):
        return self._size

    def read(self, *_):
        raise AssertionError("It was read.")

    readline = read


@pytest.mark.parametrize("kind", ["text/csv", "multipart/form-data; boundary=x"])
def test_two_gigabytes_are_refused_unread(client, kind):
    answer = client.generic(
        "POST",
        STORE,
        b"",
        content_type=kind,
        **{"wsgi.input": Unread(2**31), "CONTENT_LENGTH": str(2**31)},
    )
    assert error_of(answer) == (413, "too_large")
    assert "import_posts" in answer.json()["error"]["message"]


def test_more_bytes_or_rows_than_are_taken(client, settings):
    settings.IMPORT_MAX_ROWS = 2
    assert send(client, IMPORT, rows(2)).status_code == 200
    answer = send(client, IMPORT, rows(3))
    assert fields_of(answer) == {"file": ["too_many_rows"]}
    assert "import_posts" in answer.json()["error"]["message"]
    settings.IMPORT_MAX_BYTES = 10
    assert error_of(send(client, IMPORT, rows(1))) == (413, "too_large")


@pytest.mark.parametrize(
    ("path", "content", "kind", "expected"),
    [
        (f"{IMPORT}?dry_run=maybe", "content\r\n", "text/csv", 400),
        (f"{IMPORT}?dry=1", "content\r\n", "text/csv", 400),
        (IMPORT, "{}", "application/json", 415),
        (IMPORT, "content\r\nHi".encode("utf-16"), "text/csv", 400),
    ],
)
def test_what_makes_no_sense_is_refused(client, path, content, kind, expected):
    assert send(client, path, content, kind).status_code == expected


def test_a_form_needs_its_file_and_nothing_else(client):
    assert fields_of(client.post(IMPORT, {}, format="multipart")) == {
        "file": ["required"]
    }
    more = {**form(rows()), "name": "x"}
    assert fields_of(client.post(IMPORT, more, format="multipart")) == {
        "name": ["unknown_field"]
    }


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_what_goes_out_comes_in_again(client, file_format):
    send(client, STORE, rows(3, scheduled_time=zulu(LATER)))
    answer = client.get(f"{EXPORT}?file_format={file_format}")
    content = streamed(answer)
    assert f'.{file_format}"' in answer.headers["Content-Disposition"]
    Post.objects.all().delete()
    kind = "text/csv" if file_format == "csv" else "application/x-ndjson"
    assert send(client, STORE, content, kind).json()["stored"]
    assert streamed(client.get(f"{EXPORT}?file_format={file_format}")) == content


def test_exports_are_filtered_as_lists_are(team, client):
    make_post(team, "scheduled", content="Planned")
    make_post(team, "posted", content="Out")
    PostFactory(content="Theirs")
    for query, found in (
        ("", ["Out", "Planned"]),
        ("&status=posted", ["Out"]),
        ("&platform=x", []),
        (f"&scheduled_time_after={zulu(LATER)}", []),
    ):
        lines = streamed(client.get(f"{EXPORT}?file_format=jsonl{query}"))
        texts = [json.loads(line)["content"] for line in lines.splitlines()]
        assert sorted(texts) == found, query
    assert "status" in fields_of(client.get(f"{EXPORT}?status=lost"))
    assert "colour" in fields_of(client.get(f"{EXPORT}?colour=red"))
    assert "file_format" in fields_of(client.get(f"{EXPORT}?file_format=xlsx"))


def test_a_batch_takes_as_many_statements_with_three_posts_as_with_one(team, client):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            streamed(client.get(EXPORT))
        return len(captured)

    make_post(team, "scheduled", "draft")
    one = statements()
    for _ in range(2):
        make_post(team, "scheduled", "draft")
    assert statements() == one


def test_who_may(team):
    may = {name for name, code in team.statuses("get", EXPORT).items() if code == 200}
    assert may == {"owner", "admin", "editor", "viewer", "stranger", "key"}
    answered = team.statuses("post", IMPORT, {})
    refused = {name for name, code in answered.items() if code in {401, 403}}
    assert refused == {"viewer", "nobody", "key without scope"}


def test_an_export_takes_search_and_no_order(client, team):
    make_post(team, content="Spring is here")
    make_post(team, content="Summer")
    daily(team.workspace, content="Spring every day")
    asked = {"search": "spring", "file_format": "jsonl"}
    lines = streamed(client.get(EXPORT, asked)).splitlines()
    texts = [json.loads(line)["content"] for line in lines]
    assert texts == ["Spring is here", "Spring every day"]
    for name in ("ordering", "page", "nosuch"):
        answer = client.get(EXPORT, {name: "status"})
        assert fields_of(answer) == {name: ["unknown_parameter"]}


def test_more_addresses_than_are_fetched_are_refused(client, settings):
    settings.IMPORT_MAX_ADDRESSES = 1
    row = {"content": "Hi", "accounts": "x:anna"}
    urls = [f"https://example.org/{n}.png" for n in range(2)]
    content = table(*[{**row, "media_1": url} for url in urls])
    for path in (IMPORT, STORE):
        answer = send(client, path, content)
        assert (answer.status_code, fields_of(answer)) == (
            400,
            {"file": ["too_many_files"]},
        )
