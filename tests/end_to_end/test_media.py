"""Pictures and videos from an upload over the API to three networks."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import av
import httpx
import pytest
from PIL import Image

from social_media.management.supervise import ROOT
from social_media.simulator.client import SimulatorClient
from tests.end_to_end.conftest import (
    NETWORKS,
    connect,
    schedule,
    sign_up,
    upload,
    wait_until_out,
)
from tests.media_samples import CAMERA, gif, jpeg, mp4, png, webm
from tests.stack import Stack, stack

pytestmark = pytest.mark.processes

#: What nobody but the person who took them is to know, as it stands in the samples:
#: EXIF of a JPEG and of a PNG, its words, a video's title and place.
SECRETS = (b"Exif\0\0", b"eXIf", CAMERA.encode(), b"Secret title", b"#loci")
#: What was sent, by the SHA-256 of the bytes that were stored for it.
_STORED = """
import hashlib, json
from social_media.media.store import open_stored
from social_media.models import MediaFile, MediaRendition
kept = {row.sha256: row.file for row in MediaFile.objects.all()}
made = {row.facts["sha256"]: row.file for row in MediaRendition.objects.all()}
for sha256, name in (kept | made).items():
    with open_stored(name, lambda: None) as file:
        assert hashlib.sha256(file.read()).hexdigest() == sha256, name
print(json.dumps([sorted(kept), sorted(made)]))
"""


def samples() -> dict[str, bytes]:
    """By what they show. All tell where they were taken; the second lies on its side,
    the third is too large for Bluesky.
    """
    return {
        "A red corner": jpeg(exif_gps=True),
        "The same, turned": jpeg(exif_gps=True, orientation=6),
        "Much noise": jpeg(1760, 1320, exif_gps=True, noise=True),
        "A red corner without losses": png(exif_gps=True),
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack(tmp_path_factory.mktemp("media")) as made:
        made.start("simulator", "web", "posting", "media", "scan", "beat")
        made.wait_until_up()
        yield made


@pytest.fixture(scope="module")
def person(running: Stack) -> Iterator[httpx.Client]:
    base = f"{running.demo.url}/api/v1"
    with httpx.Client(base_url=base, trust_env=False, timeout=20) as http:
        sign_up(http)
        yield http


@pytest.fixture(scope="module")
def posts(person: httpx.Client, running: Stack) -> dict[str, str]:
    """Everything that is looked at below, scheduled by one person."""
    with SimulatorClient(running.demo.simulator_url) as simulator:
        accounts = [connect(person, simulator, network) for network in NETWORKS]
    pictures = _pictures(person)
    animation = upload(person, gif(), name="wave.gif", alt_text="It moves")
    film = upload(person, mp4(location=True), name="film.mp4", alt_text="It brightens")
    other = upload(person, webm(1.0), name="other.webm")
    due = datetime.now(UTC) + timedelta(seconds=4)

    def scheduled(*texts: str, **shown: list[Any]) -> str:
        return schedule(person, accounts, texts, due, **shown)

    parts = [[{"file": other}]]
    return {
        "pictures": scheduled("Four pictures", media=pictures),
        "animation": scheduled("An animation", media=[{"file": animation}]),
        "video": scheduled("A video", media=[{"file": film}]),
        "thread": scheduled("Words alone", "and a video", thread_media=parts),
    }


def _pictures(person: httpx.Client) -> list[dict[str, str]]:
    """The last one has its words from the post, the others from the file."""
    *first, (last, data) = samples().items()
    files = [
        upload(person, each, name=f"IMG_{n}.jpg", alt_text=words)
        for n, (words, each) in enumerate(first)
    ]
    described = upload(person, data, name="IMG_9.jpg", alt_text="Not this")
    shown = [{"file": file} for file in files]
    return [*shown, {"file": described, "alt_text": last}]


@pytest.fixture
def out(
    person: httpx.Client,
    posts: dict[str, str],
    running: Stack,
    networks: SimulatorClient,
    request: pytest.FixtureRequest,
) -> dict[str, list[dict[str, Any]]]:
    """What stands on each network of the post that the test names, part by part."""
    texts = {
        "pictures": ["Four pictures"],
        "animation": ["An animation"],
        "video": ["A video"],
        "thread": ["Words alone", "and a video"],
    }[request.param]
    wait_until_out(person, posts[request.param], running, seconds=45)
    found = {
        network: [each for each in networks.posts(network) if each["text"] in texts]
        for network in NETWORKS
    }
    assert {name: [each["text"] for each in of] for name, of in found.items()} == (
        dict.fromkeys(NETWORKS, texts)
    )
    return found


def test_every_secret_is_in_what_is_uploaded() -> None:
    sent = b"".join([*samples().values(), mp4(location=True)])
    assert [secret for secret in SECRETS if secret not in sent] == []


def stored(running: Stack) -> tuple[set[str], set[str]]:
    """SHA-256 of what is stored of files, and of what was made of them for networks;
    each is that of the bytes in the storage.
    """
    ran = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", _STORED],
        cwd=ROOT,
        env=dict(running.environment),
        check=True,
        capture_output=True,
    )
    files, renditions = json.loads(ran.stdout)
    return set(files), set(renditions)


def received(networks: SimulatorClient, shown: dict[str, Any]) -> bytes:
    """The bytes that came to the network, which tell nothing of where they are from."""
    data = networks.upload_bytes(shown["id"])
    assert hashlib.sha256(data).hexdigest() == shown["sha256"]
    assert [secret for secret in SECRETS if secret in data] == []
    return data


def kinds(data: bytes) -> list[str]:
    """The streams of a video."""
    with av.open(io.BytesIO(data)) as container:
        return [stream.codec_context.name for stream in container.streams]


@pytest.mark.parametrize("out", ["pictures"], indirect=True)
def test_four_pictures_in_order_with_words_and_without_where_they_were_taken(
    out: dict[str, list[dict[str, Any]]], networks: SimulatorClient, running: Stack
) -> None:
    files, renditions = stored(running)
    for network in NETWORKS:
        [post] = out[network]
        pictures = [received(networks, each) for each in post["media"]]
        opened = [Image.open(io.BytesIO(each)) for each in pictures]
        assert [each["alt_text"] for each in post["media"]] == list(samples())
        assert [dict(each.getexif()) for each in opened] == [{}, {}, {}, {}]
        shapes = [each.width > each.height for each in opened]
        assert shapes == [True, False, True, True]
        made = [each["sha256"] in renditions for each in post["media"]]
        assert made == [False, False, network == "bluesky", False]
        assert {each["sha256"] for each in post["media"]} <= files | renditions


@pytest.mark.parametrize("out", ["animation"], indirect=True)
def test_an_animation_still_moves_and_is_a_video_on_bluesky(
    out: dict[str, list[dict[str, Any]]], networks: SimulatorClient, running: Stack
) -> None:
    files, renditions = stored(running)
    for network, kept in (("x", files), ("mastodon", files), ("bluesky", renditions)):
        [[shown]] = [post["media"] for post in out[network]]
        data = received(networks, shown)
        assert shown["sha256"] in kept
        if network == "bluesky":
            assert (shown["content_type"], kinds(data)) == ("video/mp4", ["h264"])
        else:
            frames = getattr(Image.open(io.BytesIO(data)), "n_frames", 1)
            assert (shown["content_type"], frames) == ("image/gif", 5)
        assert shown["alt_text"] == ("" if network == "x" else "It moves")


@pytest.mark.parametrize("out", ["video"], indirect=True)
def test_a_video_as_it_was_but_for_what_it_told_of_its_owner(
    out: dict[str, list[dict[str, Any]]], networks: SimulatorClient, running: Stack
) -> None:
    files, _ = stored(running)
    for network in NETWORKS:
        [[shown]] = [post["media"] for post in out[network]]
        assert kinds(received(networks, shown)) == ["h264", "aac"]
        assert shown["sha256"] in files
        assert shown["alt_text"] == ("" if network == "x" else "It brightens")


@pytest.mark.parametrize("out", ["thread"], indirect=True)
def test_a_thread_has_its_video_in_the_part_that_shows_it(
    out: dict[str, list[dict[str, Any]]], networks: SimulatorClient, running: Stack
) -> None:
    _, renditions = stored(running)
    for network in NETWORKS:
        first, second = out[network]
        assert (first["reply_to"], second["reply_to"]) == (None, first["id"])
        assert first["media"] == []
        [shown] = second["media"]
        assert kinds(received(networks, shown)) == ["h264", "aac"]
        assert shown["sha256"] in renditions


def test_nothing_was_uploaded_twice(
    person: httpx.Client,
    posts: dict[str, str],
    running: Stack,
    networks: SimulatorClient,
) -> None:
    for post in posts.values():
        wait_until_out(person, post, running, seconds=45)
    found = networks.summary()
    assert (found["uploads"], found["uploaded_again"]) == (7 * len(NETWORKS), 0)
    assert (found["posts"], found["doubled"]) == (5 * len(NETWORKS), 0)
