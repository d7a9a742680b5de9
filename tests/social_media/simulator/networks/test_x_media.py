"""Media on X, over plain HTTP: tweepy has none of v2."""

from __future__ import annotations

import hashlib
import time

import pytest

from tests.social_media.simulator import wire
from tests.social_media.simulator.posters import XPoster
from tests.social_media.simulator.samples import gif, jpeg, mp4, png, webp

MEGABYTE = 1024 * 1024
UNUSABLE = "Your media IDs are invalid."


@pytest.fixture
def ann(simulator) -> XPoster:
    return XPoster(simulator)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_picture_in_one_piece(simulator, ann):
    content = jpeg(300, 200)
    data = ann.send(content).json()["data"]
    assert data == {
        "id": data["id"],
        "media_key": f"3_{data['id']}",
        "size": len(content),
        "expires_after_secs": data["expires_after_secs"],
        "image": {"image_type": "image/jpeg", "w": 300, "h": 200},
    }
    assert 86_390 < data["expires_after_secs"] <= 86_400
    [upload] = simulator.uploads("x", "ann")
    assert upload == {
        "id": data["id"],
        "network": "x",
        "account": "ann",
        "kind": "image",
        "content_type": "image/jpeg",
        "size": len(content),
        "sha256": sha(content),
        "width": 300,
        "height": 200,
        "alt_text": "",
        "focus": "",
        "state": "ready",
        "received_at": upload["received_at"],
        "attached": None,
        "requests": 1,
        "url": upload["url"],
    }
    assert simulator.upload_bytes(data["id"]) == content


def test_a_video_comes_in_chunks_of_any_order(simulator, ann):
    content = mp4(2_500_000)
    parts = [
        content[start : start + MEGABYTE] for start in range(0, 2_500_000, MEGABYTE)
    ]
    media_id = ann.begin(len(content))
    for index in (2, 0, 1, 1):
        answer = ann.append(media_id, index, parts[index])
        assert answer.status_code == 200
        assert time.time() < answer.json()["data"]["expires_at"]
    data = ann.finalize(media_id).json()["data"]
    assert (data["id"], data["size"]) == (media_id, len(content))
    assert data["processing_info"] == {"state": "succeeded", "progress_percent": 100}
    assert simulator.upload_bytes(media_id) == content
    [upload] = simulator.uploads("x")
    assert (upload["sha256"], upload["requests"]) == (sha(content), 4)


def test_what_does_not_add_up_is_not_finalized(ann):
    missing = ann.begin(8000)
    ann.append(missing, 0, mp4(4000))
    gap = ann.begin(8000)
    ann.append(gap, 0, mp4(4000))
    ann.append(gap, 2, bytes(4000))
    for media_id in (missing, gap):
        answer = ann.finalize(media_id)
        words = "Segments do not add up to provided total file size."
        assert (answer.status_code, answer.json()["detail"]) == (400, words)
    ann.append(missing, 1, bytes(4000))
    assert ann.finalize(missing).status_code == 200


def test_finalizing_twice_says_how_far_it_is_and_ends_appending(ann):
    media_id = ann.video()
    assert ann.finalize(media_id).json() == ann.status(media_id).json()
    assert ann.append(media_id, 1, b"more").status_code == 400


@pytest.mark.parametrize("index", ["", "-1", "1000", "one"])
def test_a_segment_has_a_number_up_to_999(ann, index):
    media_id = ann.begin(5000)
    assert ann.append(media_id, index, b"x").status_code == 400
    assert ann.append(media_id, "999", b"x").status_code == 200


def test_one_account_may_send_larger_videos(simulator):
    simulator.account("x", "large", max_video_bytes=600 * MEGABYTE)

    def largest(handle: str, category: str) -> list[int]:
        poster, kind = XPoster(simulator, handle), f"video/mp4 {category}".split()
        if category == "tweet_image":
            kind[0] = "image/jpeg"
        answers = {
            size: poster.initialize(size * MEGABYTE, *kind) for size in (5, 512, 600)
        }
        return [size for size, answer in answers.items() if answer.is_success]

    assert largest("usual", "tweet_video") == [5, 512]
    assert largest("large", "tweet_video") == [5, 512, 600]
    assert largest("large", "tweet_image") == [5]
    poster = XPoster(simulator, "large")
    over = poster.initialize(601 * MEGABYTE, "video/mp4", "tweet_video")
    assert over.json()["detail"] == f"File size exceeds {600 * MEGABYTE} bytes."


def test_a_chunk_has_five_megabytes_at_most(simulator, ann):
    media_id = ann.begin(20 * MEGABYTE)
    assert ann.append(media_id, 0, bytes(5 * MEGABYTE)).status_code == 200
    assert ann.append(media_id, 1, bytes(5 * MEGABYTE + 1)).status_code == 400
    assert simulator.uploads("x")[0]["size"] == 5 * MEGABYTE


@pytest.mark.parametrize(
    ("total", "media_type", "category"),
    [
        (5 * MEGABYTE + 1, "image/png", "tweet_image"),
        (15 * MEGABYTE + 1, "image/gif", "tweet_gif"),
        (512 * MEGABYTE + 1, "video/mp4", "tweet_video"),
        (0, "image/png", "tweet_image"),
        (10, "video/mp4", "tweet_image"),
        (10, "image/png", "tweet_video"),
        (10, "image/png", "dm_image"),
    ],
)
def test_what_x_would_not_begin(simulator, ann, total, media_type, category):
    answer = ann.initialize(total, media_type, category)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert simulator.uploads() == []


@pytest.mark.parametrize("content", [bytes(5 * MEGABYTE + 1), b"not a picture", mp4()])
def test_no_picture_in_one_piece(simulator, ann, content):
    assert ann.send(content).status_code == 400
    assert simulator.uploads() == []


def test_a_video_in_one_piece_is_refused(simulator, ann):
    for category in ("tweet_video", "tweet_gif", "unheard_of"):
        assert ann.send(png(), category).status_code == 400
    assert simulator.uploads() == []


def test_bytes_that_are_not_what_was_said(simulator, ann):
    picture = ann.begin(len(jpeg()), "image/png", "tweet_image")
    ann.append(picture, 0, jpeg())
    assert ann.finalize(picture).status_code == 400
    video = ann.upload(b"no video at all", "video/mp4", "tweet_video")
    info = ann.status(video).json()["data"]["processing_info"]
    assert (info["state"], info["error"]["name"]) == ("failed", "InvalidMedia")
    assert ann.tweet("t", video).status_code == 400
    assert [upload["state"] for upload in simulator.uploads()] == ["failed"]


def test_a_video_is_processed_for_as_long_as_set(simulator, ann):
    simulator.configure(processing_seconds=0.4)
    started = time.monotonic()
    media_id = ann.begin(4000)
    ann.append(media_id, 0, mp4(4000))
    first = ann.finalize(media_id).json()["data"]["processing_info"]
    assert (first["state"], first["check_after_secs"]) == ("pending", 1)
    assert ann.tweet("too early", media_id).json()["detail"] == UNUSABLE
    states = []
    while states[-1:] != ["succeeded"]:
        states.append(ann.status(media_id).json()["data"]["processing_info"]["state"])
        time.sleep(0.02)
    assert time.monotonic() - started >= 0.4
    assert list(dict.fromkeys(states)) == ["pending", "in_progress", "succeeded"]
    assert ann.tweet("in time", media_id).status_code == 201


def test_a_post_with_four_pictures(simulator, ann):
    contents = [jpeg(more=b"1"), png(), webp(), jpeg(more=b"2")]
    ids = [ann.image(content) for content in contents]
    described = {"id": ids[1], "metadata": {"alt_text": {"text": "A wall"}}}
    assert ann.post("/2/media/metadata", json=described).status_code == 200
    made = ann.tweet("Look https://example.com", *ids).json()["data"]
    [post] = simulator.posts("x")
    assert [media["sha256"] for media in post["media"]] == [sha(c) for c in contents]
    assert [media["alt_text"] for media in post["media"]] == ["", "A wall", "", ""]
    assert [media["id"] for media in post["media"]] == ids
    assert [upload["attached"] for upload in simulator.uploads("x")] == [made["id"]] * 4
    assert wire.get(post["media"][1]["url"]).content == contents[1]

    me = ann.get("/2/users/me").json()["data"]["id"]
    fields = {"tweet.fields": "entities,attachments", "media.fields": "alt_text"}
    fields["expansions"] = "attachments.media_keys"
    found = ann.get(f"/2/users/{me}/tweets", **fields).json()
    [tweet] = found["data"]
    keys = [f"3_{media_id}" for media_id in ids]
    assert tweet["attachments"] == {"media_keys": keys}
    link, *media = tweet["entities"]["urls"]
    assert [each["media_key"] for each in media] == keys
    assert {each["expanded_url"] for each in media} == {f"{post['url']}/photo/1"}
    assert tweet["text"] == f"Look {link['url']} {media[0]['url']}"
    assert tweet["text"][media[0]["start"] : media[0]["end"]] == media[0]["url"]
    assert found["includes"]["media"][1] == {
        "media_key": keys[1],
        "type": "photo",
        "alt_text": "A wall",
    }


def test_a_post_may_have_no_text_but_media(simulator, ann):
    answers = [
        ann.tweet(text, ann.image(png(more=bytes([n]))))
        for n, text in enumerate(["", None])
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    texts = [answer.json()["data"]["text"] for answer in answers]
    assert [text.startswith("https://t.co/") for text in texts] == [True, True]
    assert [post["text"] for post in simulator.posts("x")] == ["", ""]
    assert simulator.summary()["doubled"] == 0
    assert ann.tweet(None).status_code == 400


def test_a_moving_gif_and_a_video_stand_alone(simulator, ann):
    moving = ann.upload(gif(3), "image/gif", "tweet_gif")
    video, picture = ann.video(), ann.image()
    for ids in ((moving, picture), (picture, video), (video, moving)):
        assert ann.tweet("mixed", *ids).json()["detail"] == UNUSABLE
    assert ann.tweet("moving", moving).status_code == 201
    assert ann.tweet("filmed", video).status_code == 201
    kinds = [post["media"][0]["kind"] for post in simulator.posts("x")]
    assert kinds == ["gif", "video"]


def test_a_text_is_a_duplicate_whatever_it_shows(simulator, ann):
    ann.tweet("same", ann.image())
    answer = ann.tweet("same", ann.image(jpeg()))
    assert (answer.status_code, len(simulator.posts("x"))) == (403, 1)


def test_ids_that_no_post_may_have(simulator, ann):
    foreign = XPoster(simulator, "bob").image()
    unfinished = ann.begin(4000)
    gone = ann.image()
    assert simulator.forget_uploads("x") == 3
    for ids in ([foreign], [unfinished], [gone], ["1"], ["no number"]):
        answer = ann.tweet("t", *ids)
        assert (answer.status_code, answer.json()["detail"]) == (400, UNUSABLE)
        assert answer.json()["errors"][0]["parameters"] == {"media.media_ids": ids}
    fresh = ann.image()
    assert ann.tweet("t", fresh, fresh).status_code == 400
    five = [ann.image(png(more=bytes([n]))) for n in range(5)]
    assert ann.tweet("t", *five).status_code == 400
    assert simulator.posts() == []
    assert ann.tweet("t", *five[:4]).status_code == 201


def test_a_foreign_id_is_unknown_everywhere(simulator, ann):
    foreign = XPoster(simulator, "bob").begin(4000)
    body = {"id": foreign, "metadata": {"alt_text": {"text": "t"}}}
    answers = [
        ann.append(foreign, 0, b"x"),
        ann.finalize(foreign),
        ann.status(foreign),
        ann.post("/2/media/metadata", json=body),
    ]
    assert [answer.status_code for answer in answers] == [400] * 4


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"alt_text": {"text": ""}}, {"alt_text": {"text": "a" * 1001}}],
)
def test_a_description_has_1_to_1000_characters(simulator, ann, metadata):
    media_id = ann.image()
    answer = ann.post("/2/media/metadata", json={"id": media_id, "metadata": metadata})
    assert answer.status_code == 400
    longest = {"alt_text": {"text": "a" * 1000}}
    answer = ann.post("/2/media/metadata", json={"id": media_id, "metadata": longest})
    assert answer.status_code == 200
    assert simulator.uploads()[0]["alt_text"] == "a" * 1000


def test_a_video_has_no_description(ann):
    body = {"id": ann.video(), "metadata": {"alt_text": {"text": "t"}}}
    assert ann.post("/2/media/metadata", json=body).status_code == 400


def test_nothing_without_a_token(simulator):
    base = f"{simulator.urls['x']}/2/media"
    sent = {"files": {"media": ("m.png", png())}}
    answers = [
        wire.post(f"{base}/upload", **sent),
        wire.post(f"{base}/upload/initialize", json={}),
        wire.post(f"{base}/upload/1/append", **sent),
        wire.post(f"{base}/upload/1/finalize"),
        wire.get(f"{base}/upload"),
        wire.post(f"{base}/metadata", json={}),
    ]
    assert [answer.status_code for answer in answers] == [401] * 6
    assert simulator.uploads() == []
