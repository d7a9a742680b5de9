"""Files as people send them: encodings, separators, and what is wrong with them."""

from __future__ import annotations

import json

import pytest

from social_media.models import Post
from social_media.posts.bulk.errors import TooManyRows, Unreadable
from social_media.posts.bulk.json_rows import object_of
from social_media.posts.bulk.source import Bounds
from tests.factories import WorkspaceFactory
from tests.social_media.posts.bulk.rows import LATER, looked_at, table, told, zulu
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    made = WorkspaceFactory()
    account_on(made, handle="anna.example")
    return made


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_marks_and_separators_are_found_out(workspace, tmp_path, mark, separator):
    header = separator.join(["content", "accounts", "labels"])
    row = separator.join(['"Grüße, ""alle""\nzwei; Zeilen"', "bluesky:anna.example"])
    content = mark + f"{header}\r\n{row}{separator}\r\n".encode()
    report = looked_at(workspace, tmp_path, content)
    assert (report.problems, report.rows, report.creates.drafts) == ([], 1, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", (1, "", "empty")),
        (b"content\r\n", (1, "", "empty")),
        (b"content,contnet\r\nHi,\r\n", (1, "contnet", "unknown_column")),
        (b"content,content\r\nHi,Ho\r\n", (1, "content", "duplicate_column")),
        (b"content,thread_0\r\nHi,\r\n", (1, "thread_0", "unknown_column")),
        (b"content\r\nHi,there\r\n", (2, "", "too_many_cells")),
        (b'content\r\nHi\r\n"no end\r\n', (3, "", "broken_row")),
        (b"content\r\nHi\x00\r\n", (2, "content", "unstorable_text")),
        (b"content\r\nGr\xfc\xdfe\r\n", (1, "", "not_utf8")),
        (b"content,targets\r\nHi,{\r\n", (2, "targets", "invalid_json")),
        (b'{"content": "Hi"}\n{"content": \n', (2, "", "invalid_json")),
        (b'{"content": "Hi"}\n["Hi"]\n', (2, "", "not_an_object")),
        (b'{"content": "Hi", "to": 1}\n', (1, "to", "unknown_column")),
        (b'{"content": "\\ud800"}\n', (1, "content", "unstorable_text")),
        (b'{"content": 5}\n', (1, "content", "invalid")),
        (b'{"content": "Hi", "thread": ["a", 5]}\n', (1, "thread.1", "invalid")),
        (b'[{"content": "Hi"}]\n', (1, "", "not_lines")),
        (b"content,alt_1\r\nHi,a cat\r\n", (2, "alt_1", "needs_media")),
        (b"content,media_1\r\nHi,cat.png\r\n", (2, "media_1", "invalid")),
        (b"content,media_2\r\nHi,cat.png\r\n", (2, "media_2", "gap")),
        (b"content,media_1\r\nHi,https://xn--a.com/\r\n", (2, "media_1", None)),
        (b"content\r\n" + b"a," * 5000, (2, "", "too_many_cells")),
        (b"a," * 5000 + b"\r\nHi\r\n", (1, "", "too_many_columns")),
        (b"content,accounts\r\nHi," + b"a " * 51, (2, "accounts", "too_many")),
        (b"content,late_minutes\r\nHi,soon\r\n", (2, "late_minutes", "invalid")),
        (b"content,late_policy\r\nHi,maybe\r\n", (2, "late_policy", "invalid")),
        (b"content,accounts\r\nHi,x:nobody\r\n", (2, "accounts", "unknown_account")),
        (b"content,queue\r\nHi,Mine\r\n", (2, "queue", "unknown_queue")),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(
    workspace, tmp_path, content, expected
):
    found = told(looked_at(workspace, tmp_path, content))[0]
    assert found[:2] == expected[:2]
    assert expected[2] in {None, found[2]}


def test_an_oversized_cell_is_told(workspace, tmp_path):
    report = looked_at(workspace, tmp_path, table({"content": "x" * 100_001}))
    assert (2, "content", "too_long") in told(report)


def test_another_encoding_is_told_in_words(workspace, tmp_path):
    with pytest.raises(Unreadable, match="CSV UTF-8"):
        looked_at(workspace, tmp_path, "content\r\nHi\r\n".encode("utf-16"))


@pytest.mark.parametrize(
    ("time", "zone", "column", "code"),
    [
        ("03/04/2026", "", "scheduled_time", "invalid"),
        ("2090-13-01T00:00", "UTC", "scheduled_time", "invalid"),
        ("2030-04-03T09:00", "", "scheduled_time", "naive"),
        ("2030-04-03T09:00", "Mars/Base", "timezone", "unknown_zone"),
        ("2020-04-03T09:00:00Z", "", "scheduled_time", "in_the_past"),
        ("9999-12-31T23:59:59-05:00", "", "scheduled_time", "overflow"),
    ],
)
def test_times_have_one_form(workspace, tmp_path, time, zone, column, code):
    row = {
        "content": "Hi",
        "accounts": "bluesky:anna.example",
        "scheduled_time": time,
        "timezone": zone,
    }
    report = looked_at(workspace, tmp_path, table({"content": "A"}, row))
    assert told(report) == [(3, column, code)]
    if code == "invalid":
        assert time in report.problems[0].message


def test_quoted_lines_and_empty_ones_count_as_a_spreadsheet_does(workspace, tmp_path):
    content = 'content,accounts\r\n"one\nrow",\r\n\r\nHi,x:nobody\r\n'
    report = looked_at(workspace, tmp_path, content)
    assert (told(report), report.rows) == ([(4, "accounts", "unknown_account")], 2)


def test_an_ambiguous_account_is_told_with_the_names_that_are_not(workspace, tmp_path):
    first = account_on(workspace, "mastodon", handle="anna", server="https://a.example")
    account_on(workspace, "mastodon", handle="anna", server="https://b.example")
    names = ["mastodon:anna", "mastodon:@Anna@a.example", str(first.pk)]
    rows = [{"content": "Hi", "accounts": name} for name in names]
    report = looked_at(workspace, tmp_path, table(*rows))
    assert told(report) == [(2, "accounts", "ambiguous_account")]
    assert "mastodon:anna@b.example" in report.problems[0].message


def test_a_thousand_problems_are_kept_and_all_are_counted(workspace, tmp_path):
    rows = [{"content": "Hi", "accounts": "x:nobody"}] * 1003
    report = looked_at(workspace, tmp_path, table(*rows))
    assert (len(report.problems), report.problem_count) == (1000, 1003)
    assert report.rows == 1003


@pytest.mark.parametrize(
    "row",
    [
        json.dumps({f"name {n}": 1 for n in range(100)}),
        json.dumps({"targets": [{"account": f"x:{n}"} for n in range(50)]}),
    ],
)
def test_of_one_row_twenty_faults_are_told(workspace, tmp_path, row):
    report = looked_at(workspace, tmp_path, f"{row}\n")
    assert (len(report.problems), report.problem_count) == (20, 20)


def test_a_repeated_key_is_found_in_one_walk(workspace, tmp_path):
    """Each key is compared with the few others of its hash, not with all."""
    compared = 0

    class Name(str):
        __slots__ = ()

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    pairs = [(Name(n), n) for n in range(1000)]
    with pytest.raises(ValueError, match="“999” occurs twice"):
        object_of([*pairs, (Name(999), 0)])
    assert compared < 100


@pytest.mark.parametrize("line", ["\r\n", ",,\r\n"])
def test_empty_rows_are_read_up_to_ten_for_each(workspace, tmp_path, line):
    content = "content,accounts,labels\r\nHi,,\r\n"
    bounds = Bounds(rows=2)
    assert looked_at(workspace, tmp_path, content + line * 19, bounds=bounds).valid
    with pytest.raises(TooManyRows, match="empty ones"):
        looked_at(workspace, tmp_path, content + line * 20, bounds=bounds)
    assert looked_at(workspace, tmp_path, content + line * 100).valid


def test_empty_lines_of_json_are_read_up_to_ten_for_each(workspace, tmp_path):
    content = '{"content": "Hi"}\n'
    bounds = Bounds(rows=1)
    assert looked_at(workspace, tmp_path, content + "\n" * 9, bounds=bounds).valid
    with pytest.raises(TooManyRows, match="empty ones"):
        looked_at(workspace, tmp_path, content + "\n" * 10, bounds=bounds)


def test_too_many_rows_are_refused_with_the_commands_name(workspace, tmp_path):
    rows = table(*[{"content": "Hi"}] * 3)
    with pytest.raises(TooManyRows, match="import_posts"):
        looked_at(workspace, tmp_path, rows, bounds=Bounds(rows=2))
    assert looked_at(workspace, tmp_path, rows, bounds=Bounds(rows=3)).valid


def test_the_same_text_within_a_day_is_a_warning(workspace, tmp_path):
    times = [LATER, LATER.replace(hour=(LATER.hour + 1) % 24), LATER.replace(year=2031)]
    lines = [
        json.dumps(
            {
                "content": "Hi",
                "accounts": ["bluesky:anna.example"],
                "scheduled_time": zulu(time),
            }
        )
        for time in times
    ]
    report = looked_at(workspace, tmp_path, "\n".join(lines))
    assert report.valid
    assert [one.code for one in report.warnings] == ["repeated_text"]
    assert not Post.objects.exists()


def test_texts_break_the_networks_rules_in_the_column_that_has_them(
    workspace, tmp_path
):
    row = {
        "content": "Hi",
        "content_bluesky": "x" * 400,
        "thread_1": "fine",
        "accounts": "bluesky:anna.example",
    }
    report = looked_at(workspace, tmp_path, table(row))
    assert {one.column for one in report.problems} == {"content_bluesky"}
    del row["content_bluesky"]
    report = looked_at(workspace, tmp_path, table({**row, "thread_1": "x" * 400}))
    assert {one.column for one in report.problems} == {"thread_1"}
