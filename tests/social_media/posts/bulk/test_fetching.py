"""Files that rows name by address, fetched from a real server."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from social_media.media.intake import Received
from social_media.media.upload import Described, add
from social_media.models import MediaFile, Post, PostMedia
from social_media.platforms.errors import PlatformError
from social_media.platforms.transport import download
from social_media.posts.bulk.errors import ImportRefused, TooManyFiles
from social_media.posts.bulk.fetch import config as guard
from social_media.posts.bulk.fetch import one_at_a_time
from social_media.posts.bulk.perform import prepared
from social_media.posts.bulk.source import Bounds
from social_media.posts.errors import Conflict
from tests.factories import WorkspaceFactory
from tests.media_samples import png
from tests.social_media.posts.bulk.rows import imported, looked_at, table, told, written
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folders(media_disk):
    """The work folder is a test's own."""


@pytest.fixture
def workspace():
    made = WorkspaceFactory()
    account_on(made, "mastodon", handle="anna")
    return made


def with_private_hosts(settings, *, allowed):
    settings.NETWORKS = {
        name: replace(one, allow_private_hosts=allowed, deadline=2.0)
        for name, one in settings.NETWORKS.items()
    }


@pytest.fixture
def private(settings):
    """Servers of this machine may be asked."""
    with_private_hosts(settings, allowed=True)


@pytest.fixture
def public(settings):
    """As in production."""
    with_private_hosts(settings, allowed=False)


@contextmanager
def serving(answers):
    """A server with these (status, body) by path; and what it was asked for.

    A body that is no bytes is an iterator of pieces, sent as they come.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/cat.png")
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
                body = [body]
            self.end_headers()
            with suppress(OSError):  # the other side had enough
                for piece in body:
                    self.wfile.write(piece)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def row(url, **given):
    return {"content": "Hi", "accounts": "mastodon:anna", "media_1": url, **given}


def test_an_address_is_fetched_once_and_shown_in_every_row(
    workspace, private, tmp_path
):
    with serving({"/cat.png": (200, png())}) as (server, asked):
        url = f"{server}/cat.png"
        rows = table(row(url, alt_1="A cat"), row(url))
        assert looked_at(workspace, tmp_path, rows).valid
        assert asked == []
        report = imported(workspace, tmp_path, rows)
    assert asked == ["/cat.png"]
    assert (report.creates.files, report.creates.posts) == (1, 2)
    (file,) = MediaFile.objects.all()
    assert file.name == "cat.png"
    places = PostMedia.objects.order_by("pk").values_list("file", "alt_text")
    assert sorted(places, key=str) == [(file.pk, "A cat"), (file.pk, None)]


@pytest.mark.parametrize(
    ("path", "code"),
    [("/none.png", "not_found"), ("/moved.png", "redirected"), ("/text.png", None)],
)
def test_what_can_not_be_fetched_refuses_all_and_leaves_no_file(
    workspace, private, tmp_path, path, code
):
    answers = {
        "/cat.png": (200, png()),
        "/moved.png": (301, b""),
        "/text.png": (200, b"no picture"),
    }
    with serving(answers) as (server, _):
        rows = table(row(f"{server}/cat.png"), row(server + path))
        with pytest.raises(ImportRefused) as refused:
            imported(workspace, tmp_path, rows)
    ((number, column, found),) = told(refused.value.report)
    assert (number, column) == (3, "media_1")
    assert code in {None, found}
    assert not MediaFile.objects.exists()
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/cat.png",
        "https://127.0.0.1/cat.png",
        "https://[::1]/cat.png",
        "https://169.254.169.254/latest",
        "https://anna:secret@example.org/cat.png",
        "https://localhost/cat.png",
        "https://xn--a.com/cat.png",
        "https://",
    ],
)
def test_addresses_of_our_own_house_are_refused_unasked(
    workspace, public, tmp_path, url
):
    report = looked_at(workspace, tmp_path, table(row(url)))
    assert told(report) == [(2, "media_1", "unusable_address")]


def test_a_name_that_leads_home_is_refused_when_it_is_looked_up(
    workspace, public, tmp_path, monkeypatch
):
    def resolved(host, port, **_):
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("socket.getaddrinfo", resolved)
    with pytest.raises(ImportRefused) as refused:
        imported(workspace, tmp_path, table(row("https://home.example/cat.png")))
    assert told(refused.value.report) == [(2, "media_1", "server")]


def test_a_name_that_is_none_is_no_address_for_the_transport(public):
    with pytest.raises(PlatformError):
        download(guard(), "https://xn--a.com/cat.png", bytes)


def test_more_addresses_than_may_be_are_refused_unasked(workspace, private, tmp_path):
    with serving({}) as (server, asked):
        rows = table(*[row(f"{server}/{n}.png") for n in range(3)])
        with pytest.raises(TooManyFiles, match="more than 2 addresses"):
            looked_at(workspace, tmp_path, rows, bounds=Bounds(files=2))
        with pytest.raises(TooManyFiles, match="import_posts"):
            imported(workspace, tmp_path, rows, bounds=Bounds(files=2))
        assert looked_at(workspace, tmp_path, rows, bounds=Bounds(files=3)).valid
    assert asked == []


def dripping():
    for _ in itertools.repeat(None, 1000):
        time.sleep(0.05)
        yield b"."


def test_servers_that_drip_share_one_deadline(workspace, private, tmp_path):
    """Each byte counts as movement; what is left over is not asked for at all."""
    with serving({"/a.png": (200, dripping()), "/b.png": (200, png())}) as found:
        server, asked = found
        rows = table(row(f"{server}/a.png"), row(f"{server}/b.png"))
        with pytest.raises(ImportRefused) as refused:
            imported(workspace, tmp_path, rows, bounds=Bounds(seconds=0.5))
    assert told(refused.value.report) == [(2, "media_1", "fetching_too_slow")]
    assert "0.5 seconds" in refused.value.message
    assert asked == ["/a.png"]
    assert not MediaFile.objects.exists()


def test_one_import_of_a_workspace_fetches_at_a_time(workspace, private, tmp_path):
    with serving({"/cat.png": (200, png())}) as (server, asked):
        rows = table(row(f"{server}/cat.png"))
        with one_at_a_time(workspace.pk):
            with pytest.raises(Conflict, match="Try again"):
                imported(workspace, tmp_path, rows)
            assert asked == []
            assert imported(workspace, tmp_path, table({"content": "Hi"})).stored
            with one_at_a_time(WorkspaceFactory().pk):
                pass
        assert imported(workspace, tmp_path, rows).stored


def test_what_another_was_answered_with_is_not_deleted(workspace, private, tmp_path):
    """Another machine's import, or an upload, that has the same bytes."""
    folder = tmp_path / "work"
    folder.mkdir()
    content = png()
    with serving({"/cat.png": (200, content)}) as (server, _):
        path = written(tmp_path, table(row(f"{server}/cat.png")))
        with prepared(workspace, path, folder=folder, user=None):
            bytes_ = written(tmp_path, content)
            hashed = hashlib.sha256(content).hexdigest()
            received = Received("cat.png", bytes_, len(content), hashed)
            kept, added = add(workspace, received, described=Described(), user=None)
    assert not added
    assert list(MediaFile.objects.all()) == [kept]


def test_what_nobody_else_has_is_deleted_when_nothing_is_stored(
    workspace, private, tmp_path
):
    folder = tmp_path / "work"
    folder.mkdir()
    with serving({"/cat.png": (200, png())}) as (server, _):
        path = written(tmp_path, table(row(f"{server}/cat.png")))
        with prepared(workspace, path, folder=folder, user=None):
            assert MediaFile.objects.exists()
    assert not MediaFile.objects.exists()
