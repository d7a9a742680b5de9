"""Media on Mastodon and on a server that resembles it."""

from __future__ import annotations

import hashlib
import time

import pytest
from mastodon.errors import MastodonAPIError, MastodonNotFoundError

from tests.social_media.simulator import wire
from tests.social_media.simulator.posters import MastodonPoster
from tests.social_media.simulator.samples import gif, jpeg, mp4, png

NOT_READY = (
    "Cannot attach files that have not finished processing. Try again in a moment!"
)
MIXED = "Cannot attach a video to a post that already contains images"


@pytest.fixture
def ann(simulator) -> MastodonPoster:
    return MastodonPoster(simulator)


@pytest.fixture
def toots(server):
    return server()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_four_pictures_with_descriptions(simulator, toots):
    contents = [jpeg(300, 200), png(), jpeg(more=b"1"), jpeg(more=b"2")]
    made = [
        toots.media_post(
            content, "image/jpeg", description=f"Number {number}", focus=(0.5, -0.25)
        )
        for number, content in enumerate(contents)
    ]
    assert wire.get(made[0].url).content == contents[0]
    status = toots.status_post("Four", media_ids=[each.id for each in made[::-1]])
    shown = status.media_attachments
    assert [each.id for each in shown] == [each.id for each in made[::-1]]
    assert [each.description for each in shown] == [f"Number {n}" for n in (3, 2, 1, 0)]
    last = shown[3]
    assert (last.type, last.meta.focus.x, last.meta.focus.y) == ("image", 0.5, -0.25)
    assert (last.meta.original.width, last.meta.original.height) == (300, 200)
    [post] = simulator.posts("mastodon")
    assert [each["sha256"] for each in post["media"]] == [
        sha(c) for c in contents[::-1]
    ]
    assert [each["alt_text"] for each in post["media"]][3] == "Number 0"
    attached = [upload["attached"] for upload in simulator.uploads("mastodon")]
    assert attached == [str(status.id)] * 4


@pytest.mark.parametrize(
    ("content", "kind"), [(mp4(), "video"), (gif(2), "gifv"), (gif(1), "image")]
)
def test_what_moves_is_worked_on(simulator, ann, content, kind):
    simulator.configure(processing_seconds=0.3)
    answer = ann.send(content)
    media_id, moves = answer.json()["id"], kind != "image"
    assert (answer.status_code, answer.json()["type"]) == (202 if moves else 200, kind)
    assert (answer.json()["url"] is None) == moves
    path = f"/api/v1/media/{media_id}"
    if moves:
        early = ann.request("GET", path)
        assert (early.status_code, early.json()["url"]) == (206, None)
        refused = ann.toot("early", media_id)
        assert (refused.status_code, refused.json()) == (422, {"error": NOT_READY})
        time.sleep(0.3)
    late = ann.request("GET", path)
    assert late.status_code == 200
    assert wire.get(late.json()["url"]).content == content
    assert ann.toot("in time", media_id).status_code == 200


def test_a_status_may_have_no_text_but_media(simulator, ann):
    assert ann.toot("", ann.upload()).status_code == 200
    assert ann.toot("", ann.upload(jpeg())).status_code == 200
    assert [post["text"] for post in simulator.posts()] == ["", ""]
    assert simulator.summary()["doubled"] == 0
    ann.toot("", ann.upload(jpeg()))
    assert simulator.summary()["doubled"] == 1


def test_media_ids_in_a_form(simulator, ann):
    ids = [ann.upload(), ann.upload(jpeg())]
    body = {"status": "form", "media_ids[]": ids}
    answer = ann.request("POST", "/api/v1/statuses", data=body)
    assert [each["id"] for each in answer.json()["media_attachments"]] == ids


def test_what_a_status_can_not_attach(simulator, ann):
    picture, video, moving = ann.upload(), ann.upload(mp4()), ann.upload(gif())
    foreign = MastodonPoster(simulator, handle="bob").upload()
    used = ann.upload()
    ann.toot("first", used)
    five = [ann.upload() for _ in range(5)]
    missing = "Media {} not found or already attached to another post"
    for ids, words in (
        ([picture, video], MIXED),
        ([picture, moving], MIXED),
        ([used], missing.format(used)),
        ([foreign, picture], missing.format(foreign)),
        (["7", "8"], missing.format("7, 8")),
        (five, "Cannot attach more than 4 files"),
    ):
        answer = ann.toot("t", *ids)
        assert (answer.status_code, answer.json()) == (422, {"error": words})
    assert len(simulator.posts()) == 1
    assert ann.toot("t", *five[:4]).status_code == 200


def test_a_status_of_a_known_key_does_not_attach_twice(simulator, toots):
    media_id = toots.media_post(png(), "image/png").id
    made = [
        toots.status_post("t", media_ids=[media_id], idempotency_key="k").id
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert len(simulator.posts()) == 1


def test_a_description_may_change_until_it_is_attached(simulator, toots):
    media = toots.media_post(png(), "image/png", description="Old")
    changed = toots.media_update(media.id, description="New", focus=(1.0, 0.0))
    assert (changed.description, changed.meta.focus.x) == ("New", 1.0)
    toots.status_post("t", media_ids=[media.id])
    for act in (toots.media, toots.media_update):
        with pytest.raises(MastodonNotFoundError):
            act(media.id)
    assert simulator.posts()[0]["media"][0]["alt_text"] == "New"


def test_the_media_of_a_deleted_status_may_be_attached_again(simulator, toots):
    media_id = toots.media_post(png(), "image/png").id
    first = toots.status_post("first", media_ids=[media_id])
    toots.status_delete(first.id)
    second = toots.status_post("second", media_ids=[media_id])
    assert [each.id for each in second.media_attachments] == [media_id]
    assert simulator.uploads()[0]["attached"] == str(second.id)


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"text", {}, "File content type is invalid, File is invalid"),
        (b"<svg/>", {}, "File content type is invalid, File is invalid"),
        (png(6000, 6000), {}, "File 6000x6000 images are not supported"),
        (gif(2, 4000, 4000), {}, "File 4000x4000 GIF files are not supported"),
        (png(more=bytes(16_777_216)), {}, "File file size must be less than 16 MB"),
        (mp4(103_809_025), {}, "File file size must be less than 99 MB"),
        (
            png(),
            {"description": "a" * 1501},
            "Description is too long (maximum is 1500 characters)",
        ),
        (png(), {"focus": "left"}, "Focus is invalid"),
    ],
    ids=["text", "svg", "matrix", "gif", "image", "video", "description", "focus"],
)
def test_what_mastodon_does_not_take(simulator, ann, content, fields, words):
    answer = ann.send(content, **fields)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": f"Validation failed: {words}"},
    )
    assert simulator.uploads() == []


def test_an_upload_needs_a_file(ann):
    answer = ann.request("POST", "/api/v2/media", files={"other": ("f", png())})
    assert answer.json() == {"error": "Validation failed: File can't be blank"}
    assert ann.request("POST", "/api/v2/media", json={}).status_code == 400


def test_the_older_endpoint_answers_when_it_is_done(simulator, ann):
    simulator.configure(processing_seconds=30)
    answer = ann.send(mp4(), version=1)
    assert (answer.status_code, answer.json()["type"]) == (200, "video")
    assert ann.toot("t", answer.json()["id"]).status_code == 200


def test_a_look_alike_has_the_older_endpoint_only(simulator):
    ann = MastodonPoster(simulator, "fediverse")
    assert ann.send(png(), version=2).status_code == 404
    answer = ann.send(png(), version=1, description="A wall")
    assert (answer.status_code, answer.json()["description"]) == (200, "A wall")
    shown = ann.toot("t", answer.json()["id"]).json()["media_attachments"]
    assert [each["id"] for each in shown] == [answer.json()["id"]]


def test_a_forgotten_upload_is_not_found(simulator, toots):
    kept = toots.media_post(png(), "image/png").id
    toots.status_post("t", media_ids=[kept])
    media_id = toots.media_post(jpeg(), "image/jpeg").id
    assert simulator.forget_uploads("mastodon") == 1
    with pytest.raises(MastodonNotFoundError):
        toots.media(media_id)
    with pytest.raises(MastodonAPIError, match="not found or already attached"):
        toots.status_post("u", media_ids=[media_id])


def test_the_instance_says_what_it_takes(toots):
    limits = toots.instance_v2().configuration
    media = limits.media_attachments
    assert limits.statuses.max_media_attachments == 4
    assert (media.description_limit, media.image_size_limit) == (1500, 16_777_216)
    assert {"image/gif", "image/webp", "video/mp4"} <= set(media.supported_mime_types)


def test_nothing_without_a_token(simulator):
    base = simulator.urls["mastodon"]
    sent = {"files": {"file": ("f.png", png())}}
    answers = [
        wire.post(f"{base}/api/v2/media", **sent),
        wire.post(f"{base}/api/v1/media", **sent),
        wire.get(f"{base}/api/v1/media/1"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert simulator.uploads() == []
