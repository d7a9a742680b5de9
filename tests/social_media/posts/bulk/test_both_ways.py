"""Any text survives the way out and in again; a spreadsheet runs none of it."""

from __future__ import annotations

import csv
import io
import uuid

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from social_media.models.label import is_one_line
from social_media.posts.bulk.asked import asked_of
from social_media.posts.bulk.csv_rows import rows_of as csv_rows_of
from social_media.posts.bulk.formula import guarded, unguarded
from social_media.posts.bulk.json_rows import rows_of as json_rows_of
from social_media.posts.bulk.writing import Table, Widths, json_lines
from tests.social_media.posts.bulk.rows import written

_TEXT = st.text(
    st.one_of(
        st.sampled_from("'=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\",; \ufeff"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
    ),
    min_size=1,
    max_size=30,
)
_LABEL = _TEXT.map(str.strip).filter(is_one_line)
_FILE = st.fixed_dictionaries(
    {"file": st.uuids().map(str)}, optional={"alt_text": st.just("") | _TEXT}
)
_DOCUMENT = st.fixed_dictionaries(
    {"content": _TEXT},
    optional={
        "content_x": _TEXT,
        "first_comment": _TEXT,
        "labels": st.lists(_LABEL, min_size=1, max_size=3),
        "thread": st.lists(_TEXT, min_size=3, max_size=3),
        "media": st.lists(_FILE, min_size=1, max_size=3),
        "thread_media": st.lists(
            st.lists(_FILE, min_size=1, max_size=2), min_size=1, max_size=3
        ),
        "late_minutes": st.integers(0, 1000),
    },
)


@given(_TEXT)
@example("'=1")
@example("''+")
def test_a_guarded_cell_is_not_run_and_comes_back(cell):
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell).lstrip()[:1] not in {*"=+-@\uff1d\uff0b\uff0d\uff20"}
    assert guarded(cell)[0] not in "\t\r"


@settings(max_examples=150, deadline=None)
@given(st.lists(_DOCUMENT, min_size=1, max_size=4))
def test_documents_survive_both_formats(tmp_path_factory, documents):
    folder = tmp_path_factory.mktemp("rows")
    made = Table(Widths(3, dict.fromkeys(range(4), 3)))
    as_table = written(folder, made.header() + made.lines(documents))
    tables = [asked_of(row) for row in csv_rows_of(as_table)]
    as_lines = written(folder, json_lines(documents))
    lines = [asked_of(row) for row in json_rows_of(as_lines)]
    for asked, document in zip(lines, documents, strict=True):
        assert asked.content == document["content"]
        assert asked.own == (
            {"x": document["content_x"]} if "content_x" in document else {}
        )
        assert asked.thread == document.get("thread", [])
        assert [one.alt_text for one in asked.media] == [
            one.get("alt_text") for one in document.get("media", [])
        ]
        assert [one.file_id for one in asked.media] == [
            uuid.UUID(one["file"]) for one in document.get("media", [])
        ]
    for one in (*tables, *lines):
        # A table has a text for each part that has media, maybe an empty one.
        most = max(len(one.thread), len(one.thread_media))
        one.thread += [""] * (most - len(one.thread))
    assert tables == lines


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "\uff1d1", " =1"]
)
def test_what_a_spreadsheet_would_run_stands_behind_a_quote(cell):
    made = Table(Widths())
    text = made.header() + made.lines([{"content": cell}])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["content"] == f"'{cell}"
