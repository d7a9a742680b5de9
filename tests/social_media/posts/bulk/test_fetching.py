"""Files that rows name by address, fetched from a real server."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from social_media.models import MediaFile, Post, PostMedia
from social_media.posts.bulk.errors import ImportRefused
from tests.factories import WorkspaceFactory
from tests.media_samples import png
from tests.social_media.posts.bulk.rows import imported, looked_at, table, told
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
    """A server with these (status, body) by path; and what it was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/cat.png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

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
