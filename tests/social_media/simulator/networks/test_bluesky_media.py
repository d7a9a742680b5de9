"""Blobs and videos on Bluesky."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import pytest
from atproto import models
from atproto.exceptions import BadRequestError, NetworkError

from tests.social_media.simulator import wire
from tests.social_media.simulator.posters import POST, UPLOAD_BLOB, BlueskyPoster
from tests.social_media.simulator.samples import gif, jpeg, mp4, png

#: atproto hands bytes to httpx in a way of which httpx warns.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

GET_LIMITS = "app.bsky.video.getUploadLimits"


def cid(content: bytes) -> str:
    raw = b"\x01\x55\x12\x20" + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def blob(content: bytes, mime_type: str, **changes: Any) -> dict[str, Any]:
    named = {"$type": "blob", "ref": {"$link": cid(content)}}
    return {**named, "mimeType": mime_type, "size": len(content), **changes}


@pytest.fixture
def ann(simulator) -> BlueskyPoster:
    return BlueskyPoster(simulator)


def images(*items: dict[str, Any]) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.images", "images": list(items)}


def video(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.video", "video": found, **more}


def test_the_same_bytes_are_the_same_blob(simulator, pds):
    content = jpeg(300, 200)
    refs = [pds.upload_blob(content).blob for _ in range(2)]
    assert [(ref.mime_type, ref.size) for ref in refs] == [
        ("image/jpeg", len(content))
    ] * 2
    assert [str(ref.ref.link) for ref in refs] == [cid(content)] * 2
    [upload] = simulator.uploads("bluesky", "ann")
    assert (upload["id"], upload["requests"]) == (cid(content), 2)
    assert simulator.upload_bytes(cid(content)) == content
    assert simulator.summary()["uploaded_again"] == 1


def test_a_blob_is_what_its_bytes_are_or_what_was_said(ann):
    assert ann.upload(jpeg(), "image/png").json() == {
        "blob": blob(jpeg(), "image/jpeg")
    }
    text = ann.upload(b"WEBVTT", "text/vtt").json()
    assert text == {"blob": blob(b"WEBVTT", "text/vtt")}


def test_a_blob_over_the_limit_is_too_large(simulator, pds, ann):
    limit = pds.com.atproto.server.describe_server().model_dump()["blob_upload_limit"]
    with pytest.raises(NetworkError) as refused:
        pds.upload_blob(bytes(limit + 1))
    assert refused.value.response.status_code == 413
    assert ann.upload(bytes(limit + 1)).json()["error"] == "PayloadTooLarge"
    assert simulator.uploads() == []
    assert ann.upload(bytes(limit)).status_code == 200


def test_a_post_with_four_images(simulator, pds):
    contents = [jpeg(more=bytes([number])) for number in range(4)]
    embed = models.AppBskyEmbedImages.Main(
        images=[
            models.AppBskyEmbedImages.Image(
                alt=f"Number {number}",
                image=pds.upload_blob(content).blob,
                aspect_ratio=models.AppBskyEmbedDefs.AspectRatio(width=3, height=2),
            )
            for number, content in enumerate(contents)
        ]
    )
    uri = pds.send_post("Four", embed=embed).uri
    [post] = simulator.posts("bluesky")
    assert [each["id"] for each in post["media"]] == [cid(c) for c in contents]
    assert [each["alt_text"] for each in post["media"]] == [
        f"Number {n}" for n in range(4)
    ]
    assert wire.get(post["media"][3]["url"]).content == contents[3]
    assert [upload["attached"] for upload in simulator.uploads()] == [uri] * 4


def test_the_same_image_in_two_posts(simulator, ann):
    ann.upload(png())
    embed = images({"alt": "", "image": blob(png(), "image/png")})
    for rkey in ("3l6oveex3ii2l", "3l6oveex3ii2m", "3l6oveex3ii2m"):
        assert ann.post(embed, rkey=rkey).status_code == 200
    assert simulator.summary()["doubled"] == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"ref": {"$link": cid(b"never sent")}}, "BlobNotFound"),
        ({"mimeType": "image/jpeg"}, "InvalidMimeType"),
        ({"mimeType": "text/plain"}, "InvalidMimeType"),
        ({"size": 1}, "InvalidSize"),
        ({"ref": None}, "InvalidRequest"),
    ],
)
def test_a_blob_must_be_what_the_record_says(simulator, ann, changes, error):
    ann.upload(png())
    embed = images({"alt": "", "image": blob(png(), "image/png", **changes)})
    answer = ann.post(embed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert simulator.posts() == []


def test_a_foreign_blob_is_not_found(simulator, ann):
    BlueskyPoster(simulator, "bob").upload(png())
    answer = ann.post(images({"alt": "", "image": blob(png(), "image/png")}))
    words = f"Could not find blob: {cid(png())}"
    assert answer.json() == {"error": "BlobNotFound", "message": words}


def test_an_image_has_two_million_bytes_at_most(simulator, ann):
    content = png(more=bytes(2_000_000))
    ann.upload(content)
    answer = ann.post(images({"alt": "", "image": blob(content, "image/png")}))
    assert answer.json()["error"] == "BlobTooLarge"


GOOD = {"alt": "", "image": blob(png(), "image/png")}


@pytest.mark.parametrize(
    ("embed", "words"),
    [
        (images(*[GOOD] * 5), "embed/images must not have more than 4 elements"),
        (
            images({"image": GOOD["image"]}),
            'embed/images/0 must have the property "alt"',
        ),
        (images({**GOOD, "alt": 1}), "embed/images/0/alt must be a string"),
        (
            images({**GOOD, "aspectRatio": {"width": 3, "height": 0}}),
            "embed/images/0/aspectRatio/height can not be less than 1",
        ),
        (images({**GOOD, "aspectRatio": {"width": 1.5}}), None),
        (images("no image"), None),
        ("no embed", None),
        ({"$type": "app.bsky.embed.images"}, "embed/images must be an array"),
        (video(None), "embed/video should be a blob ref"),
    ],
)
def test_an_embed_that_the_lexicon_forbids(simulator, ann, embed, words):
    ann.upload(png())
    body = ann.post(embed).json()
    assert body["error"] == "InvalidRequest"
    if words:
        assert body["message"] == f"Invalid {POST} record: Record/{words}"
    assert simulator.posts() == []


def test_a_video_is_processed_before_it_can_be_shown(simulator, ann):
    simulator.configure(processing_seconds=0.4)
    content, ref = mp4(), blob(mp4(), "video/mp4")
    started = ann.send_video(content).json()["jobStatus"]
    assert started == {
        "jobId": started["jobId"],
        "did": ann.did,
        "state": "JOB_STATE_CREATED",
        "progress": 0,
    }
    assert ann.post(video(ref)).json()["error"] == "BlobNotFound"
    states = []
    while states[-1:] != ["JOB_STATE_COMPLETED"]:
        status = ann.job(started["jobId"]).json()["jobStatus"]
        states.append(status["state"])
        time.sleep(0.02)
    assert list(dict.fromkeys(states)) == [
        "JOB_STATE_CREATED",
        "JOB_STATE_ENCODING",
        "JOB_STATE_COMPLETED",
    ]
    assert status["blob"] == ref
    shape = {"aspectRatio": {"width": 16, "height": 9}}
    assert ann.post(video(ref, alt="A train", **shape)).status_code == 200
    [media] = simulator.posts("bluesky")[0]["media"]
    assert (media["kind"], media["alt_text"]) == ("video", "A train")
    assert simulator.upload_bytes(media["id"]) == content


def test_the_same_video_again_is_the_same_job(simulator, ann):
    first = ann.send_video(mp4()).json()["jobStatus"]
    again = ann.send_video(mp4())
    assert (again.status_code, again.json()["error"]) == (409, "already_exists")
    assert again.json()["jobStatus"] == ann.job(first["jobId"]).json()["jobStatus"]
    assert again.json()["blob"] == blob(mp4(), "video/mp4")
    assert len(simulator.uploads()) == 1
    assert simulator.summary()["uploaded_again"] == 1


def test_a_video_that_is_none_fails(ann):
    for content in (b"no video", gif(), mp4(brand=b"heic")):
        job = ann.send_video(content).json()["jobStatus"]
        assert job["state"] == "JOB_STATE_FAILED"
    assert ann.job("unknown").status_code == 400


def test_a_video_may_be_a_plain_blob(simulator, ann):
    found = ann.upload(mp4(), "video/mp4").json()["blob"]
    assert ann.post(video(found)).status_code == 200
    assert ann.post(images({"alt": "", "image": found})).json()["error"] == (
        "InvalidMimeType"
    )


def test_a_blob_that_comes_again_is_still_shown(simulator, ann):
    found = ann.upload(mp4(), "video/mp4").json()["blob"]
    ann.post(video(found))
    assert ann.send_video(mp4()).status_code == 200
    ann.upload(mp4(), "video/mp4")
    [media] = simulator.posts()[0]["media"]
    assert wire.get(media["url"]).content == mp4()
    assert ann.send_video(mp4()).status_code == 409
    assert simulator.uploads()[0]["requests"] == 4


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"aud": "did:web:elsewhere.example"}, "BadJwtAudience"),
        ({"lxm": GET_LIMITS}, "BadJwtLexiconMethod"),
    ],
)
def test_a_service_token_is_for_its_service_and_method(simulator, ann, asked, error):
    answer = ann.send_video(mp4(), ann.token(**asked))
    assert (answer.status_code, answer.json()["error"]) == (401, error)
    assert simulator.uploads() == []


def test_a_video_needs_a_service_token(simulator, ann):
    token = ann.headers["Authorization"].removeprefix("Bearer ")
    assert ann.send_video(mp4(), token).json()["error"] == "BadJwt"
    assert ann.upload(png()).status_code == 200
    service = {"Authorization": f"Bearer {ann.token()}"}
    listed = wire.post(f"{ann.url}/{UPLOAD_BLOB}", content=png(), headers=service)
    assert listed.json()["error"] == "InvalidToken"
    assert ann.send_video(mp4(), did="did:plc:other").status_code == 400


def test_a_service_token_has_an_hour_at_most(ann):
    assert "BadExpiration" in ann.token(exp=3700)
    assert "BadExpiration" in ann.token(exp=-1)
    assert "InvalidRequest" in ann.token(aud="somebody")


def test_the_limits_of_videos_count_down(ann):
    def left() -> tuple[int, int]:
        token = ann.token(aud="did:web:video.bsky.app", lxm=GET_LIMITS)
        headers = {"Authorization": f"Bearer {token}"}
        body = wire.get(f"{ann.url}/{GET_LIMITS}", headers=headers).json()
        assert body["canUpload"] is True
        return body["remainingDailyVideos"], body["remainingDailyBytes"]

    assert left() == (25, 10_000_000_000)
    ann.send_video(mp4(4000))
    assert left() == (24, 9_999_996_000)


def test_what_no_post_refers_to_is_forgotten(simulator, ann):
    ann.upload(png())
    ann.upload(jpeg())
    ann.post(images({"alt": "", "image": blob(png(), "image/png")}))
    assert simulator.forget_uploads("bluesky") == 1
    again = images({"alt": "", "image": blob(png(), "image/png")})
    gone = images({"alt": "", "image": blob(jpeg(), "image/jpeg")})
    assert ann.post(again, rkey="3l6oveex3ii2m").status_code == 200
    assert ann.post(gone, rkey="3l6oveex3ii2n").json()["error"] == "BlobNotFound"
    ann.upload(jpeg())
    assert ann.post(gone, rkey="3l6oveex3ii2n").status_code == 200
    assert simulator.summary()["uploaded_again"] == 0


def test_a_post_that_is_replaced_shows_what_it_has_now(simulator, ann):
    ann.upload(png())
    ann.upload(jpeg())
    ann.post(images({"alt": "", "image": blob(png(), "image/png")}))
    ann.post(images({"alt": "", "image": blob(jpeg(), "image/jpeg")}))
    [post] = simulator.posts("bluesky")
    assert [each["id"] for each in post["media"]] == [cid(jpeg())]


def test_the_library_knows_an_unknown_job(pds):
    with pytest.raises(BadRequestError):
        pds.app.bsky.video.get_job_status({"job_id": "unknown"})
