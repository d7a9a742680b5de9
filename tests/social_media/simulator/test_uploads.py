"""Uploads as the control API has them, and how they are treated."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.social_media.simulator import wire
from tests.social_media.simulator.posters import (
    BlueskyPoster,
    MastodonPoster,
    XPoster,
)
from tests.social_media.simulator.process import end, running, start
from tests.social_media.simulator.samples import gif, jpeg, mp4, png

MEGABYTE = 1024 * 1024


def test_uploads_by_network_and_account(simulator):
    MastodonPoster(simulator).upload(png())
    MastodonPoster(simulator, handle="bob").upload(jpeg())
    XPoster(simulator).image(gif(1))
    kinds = [upload["content_type"] for upload in simulator.uploads()]
    assert kinds == ["image/png", "image/jpeg", "image/gif"]
    found = simulator.uploads("mastodon", "@bob")
    assert [upload["content_type"] for upload in found] == ["image/jpeg"]
    with pytest.raises(ValueError, match="Unknown network 'orkut'"):
        simulator.uploads("orkut")
    with pytest.raises(ValueError, match="account needs a network"):
        simulator.uploads(handle="ann")
    with pytest.raises(LookupError):
        simulator.upload_bytes("unknown")


def test_the_summary_counts_what_came_in(simulator):
    ann = XPoster(simulator)
    ann.upload(mp4(5000), "video/mp4", "tweet_video")
    ann.image(png())
    unfinished = ann.begin(4000)
    ann.append(unfinished, 0, bytes(1000))
    summary = simulator.summary()
    assert (summary["uploads"], summary["uploaded_again"]) == (2, 0)
    assert summary["bytes_uploaded"] == 5000 + len(png()) + 1000


@pytest.mark.parametrize("kind", [XPoster, MastodonPoster, BlueskyPoster])
def test_uploaded_again_is_what_the_network_still_held(simulator, kind):
    network = {XPoster: "x", MastodonPoster: "mastodon", BlueskyPoster: "bluesky"}[kind]
    ann, bob = kind(simulator), kind(simulator, handle="bob")
    send = ann.image if kind is XPoster else ann.upload
    send(png())
    (bob.image if kind is XPoster else bob.upload)(png())
    send(jpeg())
    assert simulator.summary()["uploaded_again"] == 0
    send(png())
    assert simulator.summary()["uploaded_again"] == 1
    simulator.forget_uploads(network)
    send(png())
    assert simulator.summary()["uploaded_again"] == 1


def test_what_mastodon_has_attached_must_come_again(simulator):
    ann = MastodonPoster(simulator)
    ann.toot("t", ann.upload(png()))
    ann.upload(png())
    assert simulator.summary()["uploaded_again"] == 0


@pytest.mark.parametrize("kind", ["accept_then_500", "accept_then_reset"])
def test_what_nobody_was_told_of_may_come_again(simulator, kind):
    ann = MastodonPoster(simulator)
    simulator.fault("mastodon", kind, on="upload", calls=1)
    try:
        assert ann.send(png()).status_code == 500
    except httpx.ReadError:
        assert kind == "accept_then_reset"
    assert ann.send(png()).status_code == 200
    assert len(simulator.uploads()) == 2
    assert simulator.summary()["uploaded_again"] == 0
    ann.send(png())
    assert simulator.summary()["uploaded_again"] == 1


def test_bytes_are_served_in_ranges_and_do_no_harm(simulator):
    ann = BlueskyPoster(simulator)
    ann.upload(png(more=b"0123456789"))
    ann.upload(b"<script>alert(1)</script>", "text/html")
    picture, page = simulator.uploads()
    answer = wire.get(picture["url"], headers={"Range": "bytes=-4"})
    assert (answer.status_code, answer.content) == (206, b"6789")
    assert answer.headers["Content-Type"] == "image/png"
    answer = wire.get(page["url"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; img-src 'self'; media-src 'self'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert wire.get(f"{simulator.base_url}/uploads/unknown").status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"speed": 1}, "Unknown fields: speed"),
        ({"processing_seconds": -1}, "processing_seconds must be a number"),
        ({"processing_seconds": None}, "processing_seconds must be a number"),
        ({"upload_bytes_per_second": 0}, "upload_bytes_per_second must be a number"),
        ({"upload_bytes_per_second": True}, "upload_bytes_per_second must be a number"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(simulator, asked, words):
    with pytest.raises(ValueError, match=words):
        simulator.configure(**{"processing_seconds": 7, **asked})
    assert simulator.configure()["processing_seconds"] == 0


def test_settings_last_until_the_next_reset():
    with running("--processing-seconds", "5") as simulator:
        usual = {"upload_bytes_per_second": None, "processing_seconds": 5.0}
        assert simulator.configure() == usual
        changed = {"upload_bytes_per_second": 1000, "processing_seconds": 1}
        assert simulator.configure(**changed) == changed
        simulator.reset()
        assert simulator.configure() == usual


def test_an_upload_is_read_no_faster_than_set(simulator):
    simulator.configure(upload_bytes_per_second=2 * MEGABYTE)
    ann = BlueskyPoster(simulator)
    started = time.monotonic()
    assert ann.upload(bytes(MEGABYTE)).status_code == 200
    assert 0.45 < time.monotonic() - started < 2
    simulator.configure(upload_bytes_per_second=None)
    started = time.monotonic()
    assert ann.upload(bytes(MEGABYTE + 1)).status_code == 200
    assert time.monotonic() - started < 0.4


def test_reset_deletes_what_was_uploaded(tmp_path):
    with running("--state", str(tmp_path / "state.jsonl")) as simulator:
        ann = XPoster(simulator)
        ann.tweet("t", ann.image())
        ann.append(ann.begin(5000), 0, b"part")
        folder = tmp_path / "state.jsonl.media"
        assert len(list(folder.iterdir())) == 2
        simulator.reset()
        assert (simulator.uploads(), list(tmp_path.rglob("*"))) == (
            [],
            [tmp_path / "state.jsonl"],
        )
        assert simulator.summary()["bytes_uploaded"] == 0
        assert XPoster(simulator).image()


def test_a_restart_remembers_uploads(tmp_path):
    state = ("--state", str(tmp_path / "state.jsonl"))
    with running(*state) as simulator:
        ann = XPoster(simulator)
        media_id = ann.begin(5000)
        ann.append(media_id, 0, mp4(4000))
        shown = ann.image()
        ann.tweet("t", shown)
        before = simulator.posts()[0]["media"][0]["sha256"]
        summary = simulator.summary()
    with running(*state) as simulator:
        assert simulator.summary() == summary
        assert simulator.upload_bytes(shown) == png()
        assert simulator.posts()[0]["media"][0]["sha256"] == before
        states = [upload["state"] for upload in simulator.uploads()]
        assert states == ["receiving", "ready"]


def test_half_an_upload_leaves_nothing_behind(tmp_path):
    with running("--state", str(tmp_path / "state.jsonl")) as simulator:
        ann = BlueskyPoster(simulator)
        where = urlsplit(ann.url)
        with socket.create_connection((where.hostname, where.port)) as connection:
            head = (
                f"POST {where.path}/com.atproto.repo.uploadBlob HTTP/1.1\r\nHost: s\r\n"
            )
            head += f"Authorization: {ann.headers['Authorization']}\r\n"
            head += f"Content-Type: image/png\r\nContent-Length: {MEGABYTE}\r\n\r\n"
            connection.sendall(head.encode() + bytes(300_000))
            wait_for(lambda: list((tmp_path / "state.jsonl.media").glob("*")))
        wait_for(lambda: not list((tmp_path / "state.jsonl.media").glob("*")))
        assert simulator.uploads() == []


CUT_OFF = (
    b'--b\r\nContent-Disposition: form-data; name="media"; filename="f"\r\n\r\ncut'
)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=b", b"no form"),
        ("multipart/form-data; boundary=b", CUT_OFF),
        ("multipart/form-data", b"--b--"),
        ("text/plain", b"no form"),
    ],
)
def test_a_broken_form_is_refused(simulator, content_type, body):
    ann = XPoster(simulator)
    url = f"{simulator.urls['x']}/2/media/upload/{ann.begin(7)}/append"
    headers = {**ann.headers, "Content-Type": content_type}
    assert wire.post(url, content=body, headers=headers).status_code == 400
    assert [upload["size"] for upload in simulator.uploads()] == [0]


def test_an_upload_that_a_reset_overtakes_is_void(simulator):
    ann = BlueskyPoster(simulator)
    simulator.configure(upload_bytes_per_second=MEGABYTE)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ann.upload, bytes(MEGABYTE // 2))
        time.sleep(0.2)
        simulator.reset()
        assert answer.result().status_code == 503
    assert (simulator.uploads(), simulator.summary()["bytes_uploaded"]) == ([], 0)


def test_a_start_deletes_what_belongs_to_nothing(tmp_path):
    state = ("--state", str(tmp_path / "state.jsonl"))
    with running(*state) as simulator:
        ann = XPoster(simulator)
        ann.image()
        ann.append(ann.begin(5000), 0, b"part")
    folder = tmp_path / "state.jsonl.media"
    there = sorted(folder.iterdir())
    (folder / "half of a file").touch()
    with running(*state):
        assert (len(there), sorted(folder.iterdir())) == (2, there)


def test_a_temporary_folder_is_gone_at_the_end(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running() as simulator:
        assert XPoster(simulator).image()
        assert len(list(tmp_path.glob("simulator-media-*/*"))) == 1
    assert list(tmp_path.iterdir()) == []


def wait_for(condition) -> None:
    give_up = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_large_uploads_never_stand_in_memory():
    process, url = start("--port", "0")
    try:
        with SimulatorClient(url) as simulator:
            ann = BlueskyPoster(simulator)
            before = peak(process.pid)
            assert ann.send_video(mp4(80 * MEGABYTE)).status_code == 200
            video, chunk = XPoster(simulator), mp4(4 * MEGABYTE)
            media_id = video.begin(10 * len(chunk))
            for index in range(10):
                video.append(media_id, index, chunk)
            assert video.finalize(media_id).status_code == 200
            assert peak(process.pid) - before < 40 * MEGABYTE
    finally:
        end(process)


def peak(pid: int) -> int:
    """The most memory that the process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024
