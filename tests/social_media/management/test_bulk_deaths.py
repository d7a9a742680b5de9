"""`import_posts` and `export_posts` as processes, and what stops them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from social_media.management.supervise import ROOT
from social_media.models import ActivityLog, Label, Post, PostTarget
from tests.factories import WorkspaceFactory
from tests.social_media.posts.bulk.rows import LATER, imported, table, zulu
from tests.social_media.posts.composing import account_on

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from social_media.management import bar
from social_media.models import Post

def reached(self, done):
    if self._what == "stored" and done >= 1000:
        print("in the middle", Post.objects.count(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

bar.Bar.__call__ = reached
call_command("import_posts", sys.argv[1], workspace="Ours")
"""


@pytest.fixture(autouse=True)
def folders(media_disk):
    """The work folder is a test's own."""


@pytest.fixture
def workspace():
    made = WorkspaceFactory(name="Ours")
    account_on(made, "x", handle="anna")
    return made


@pytest.fixture
def environment(tmp_path):
    """That of a process on the database of the tests."""
    of = {name: quote(str(value)) for name, value in connection.settings_dict.items()}
    url = f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}"
    return {
        **os.environ,
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": f"{url}/{of['NAME']}",
        "MEDIA_WORK_DIR": str(tmp_path / "work"),
    }


def rows(count):
    row = {"accounts": "x:anna", "scheduled_time": zulu(LATER), "labels": "new"}
    return table(*[{"content": f"Number {n}", **row} for n in range(count)])


def ran(environment, *command, **given):
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **given,
    )


def test_one_that_is_killed_in_the_middle_stores_nothing(
    workspace, environment, tmp_path
):
    file = tmp_path / "posts.csv"
    file.write_text(rows(1500), newline="")
    done = ran(environment, "-c", KILLED, str(file), stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "in the middle 1000\n")
    for model in (Post, PostTarget, Label, ActivityLog):
        assert not model.objects.exists()
    assert imported(workspace, tmp_path, rows(1500)).stored


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_a_full_disk_is_told_and_leaves_no_file(
    workspace, environment, tmp_path, file_format
):
    imported(workspace, tmp_path, rows(1000))
    out = tmp_path / "out"
    command = ["manage.py", "export_posts", "--workspace=Ours"]
    with Path("/dev/full").open("wb") as full:
        done = ran(environment, *command, "--format", file_format, stdout=full)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "CommandError: Standard output can't be written: No space left on device.\n"
    )
    limited = ["import resource, runpy, signal, sys"]
    limited += ["signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"]
    limited += ["resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"]
    limited += [
        "sys.argv = sys.argv[1:]",
        "runpy.run_path('manage.py', None, '__main__')",
    ]
    command += [str(out), "--format", file_format]
    done = ran(environment, "-c", "\n".join(limited), *command)
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"CommandError: {out} can't be written: File too large.\n"
    )
    assert not list(tmp_path.glob("out*"))


def test_a_pipe_that_is_closed_is_told(workspace, environment, tmp_path):
    imported(workspace, tmp_path, rows(1000))
    reading, writing = os.pipe()
    os.close(reading)
    command = ("manage.py", "export_posts", "--workspace=Ours")
    done = ran(environment, *command, stdout=writing)
    os.close(writing)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "CommandError: Standard output can't be written: Broken pipe.\n"
    )
