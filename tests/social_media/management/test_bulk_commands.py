"""`import_posts` and `export_posts`."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from social_media.models import Post
from tests.factories import MembershipFactory, WorkspaceFactory
from tests.social_media.posts.bulk.rows import LATER, table, zulu
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folders(media_disk):
    """The work folder is a test's own."""


@pytest.fixture
def workspace():
    made = WorkspaceFactory(name="Ours")
    account_on(made, "x", handle="anna")
    return made


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "posts.csv"
    row = {"content": "Hi", "accounts": "x:anna", "scheduled_time": zulu(LATER)}
    path.write_text(table(row, {**row, "content": "Ho"}), newline="")
    return path


def run(name, *arguments, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command(name, *map(str, arguments), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_a_file_goes_in_and_comes_out(workspace, file, tmp_path):
    user = MembershipFactory(workspace=workspace).user
    said, _ = run("import_posts", file, workspace="Ours", user=user.email)
    assert "2 rows: 2 posts (2 scheduled" in said
    assert set(Post.objects.values_list("author", flat=True)) == {user.pk}
    out, again = tmp_path / "out.csv", tmp_path / "again.csv"
    run("export_posts", out, workspace=str(workspace.pk))
    Post.objects.all().delete()
    run("import_posts", out, workspace="Ours")
    run("export_posts", again, workspace="Ours")
    assert out.read_bytes() == again.read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_a_dry_run_stores_nothing(workspace, file):
    said, _ = run("import_posts", file, workspace="Ours", dry_run=True)
    assert "not stored" in said
    assert not Post.objects.exists()


def test_problems_are_written_by_row_and_nothing_is_stored(workspace, file):
    with file.open("a", newline="") as end:
        end.write("Hi,x:nobody,\r\n")
    err = io.StringIO()
    with pytest.raises(CommandError, match="Row 4, accounts"):
        call_command("import_posts", str(file), workspace="Ours", stderr=err)
    assert "problem: row 4, accounts: There is no account" in err.getvalue()
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workspace": "Theirs"}, "no workspace"),
        ({"workspace": "Ours", "user": "nobody@example.org"}, "no member"),
    ],
)
def test_names_that_mean_nobody(workspace, file, options, words):
    with pytest.raises(CommandError, match=words):
        run("import_posts", file, **options)


def test_a_name_of_two_workspaces_is_refused(workspace, file):
    WorkspaceFactory(name="Ours")
    with pytest.raises(CommandError, match="give its id"):
        run("import_posts", file, workspace="Ours")


def test_files_that_can_not_be_read_or_written(workspace, tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        run("import_posts", tmp_path / "none.csv", workspace="Ours")
    with pytest.raises(CommandError, match="can't be read"):
        run("import_posts", tmp_path, workspace="Ours")
    with pytest.raises(CommandError, match="can't be written"):
        run("export_posts", tmp_path / "no" / "where.csv", workspace="Ours")


def test_standard_input_is_read(workspace, file, monkeypatch):
    class Given:
        buffer = io.BytesIO(file.read_bytes())

    monkeypatch.setattr(sys, "stdin", Given)
    run("import_posts", "-", workspace="Ours")
    assert Post.objects.count() == 2


def test_standard_output_has_the_rows_alone(workspace, file, capfdbinary):
    run("import_posts", file, workspace="Ours")
    run("export_posts", workspace="Ours", format="jsonl")
    assert capfdbinary.readouterr().out.count(b"\n") == 2
