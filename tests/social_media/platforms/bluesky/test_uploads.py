"""Blobs, videos by way of the service, and the records that show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.platforms.base import Credentials
from social_media.platforms.bluesky import BlueskyStrategy
from social_media.platforms.errors import (
    ContentRejected,
    NotReady,
    PlatformError,
    RateLimited,
    Unavailable,
)
from tests.social_media.platforms.bluesky.pds import (
    DID,
    PUT,
    STOOD,
    TOKEN,
    Answer,
    Server,
    refusal,
)
from tests.social_media.platforms.bluesky.uploading import (
    AUTH,
    BLOB,
    CLIP,
    JOB,
    VIDEO,
    blob,
    failing,
    job,
    ratio,
    record_of,
    saved_for,
)
from tests.social_media.platforms.media_steps import (
    bytes_of,
    gif,
    images,
    video,
)


@pytest.fixture
def strategy(config: Any, server: Server) -> BlueskyStrategy:
    return BlueskyStrategy(replace(config, video_url=server.url))


def test_images_stand_in_the_record(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    media = images(2)
    saved = saved_for(strategy, media, "")
    record = record_of(strategy, saved, credentials, served)
    assert record["text"] == ""
    assert record["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [
            {
                "alt": upload.item.alt_text,
                "$type": "app.bsky.embed.images#image",
                "aspectRatio": ratio(64 + 2 * place, 48),
                "image": blob(place + 1),
            }
            for place, upload in enumerate(media)
        ],
    }


def test_a_picture_without_words_has_empty_ones(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    [image] = images(1)
    silent = replace(image, item=replace(image.item, alt_text=""))
    saved = saved_for(strategy, [silent])
    record = record_of(strategy, saved, credentials, served)
    assert record["embed"]["images"][0]["alt"] == ""


@pytest.mark.parametrize(
    ("media", "more"),
    [
        (gif(as_video=True, alt="Moves"), {"presentation": "gif", "alt": "Moves"}),
        (video(), {}),
    ],
    ids=["gif", "video"],
)
def test_videos_stand_in_the_record(
    served: Server,
    strategy: BlueskyStrategy,
    credentials: Credentials,
    media: Any,
    more: dict[str, str],
) -> None:
    facts = media[0].item.facts
    saved = saved_for(strategy, media)
    record = record_of(strategy, saved, credentials, served)
    assert record["embed"] == {
        "$type": "app.bsky.embed.video",
        "aspectRatio": ratio(facts.width, facts.height),
        "video": CLIP,
        **more,
    }


def test_every_try_sends_the_same_record(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    saved = saved_for(strategy, images(2))
    first = record_of(strategy, saved, credentials, served)
    second = record_of(strategy, saved, credentials, served)
    assert first == second
    assert len(served.asked(BLOB)) == 2


def test_the_service_gets_a_token_of_its_own(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    media = video()
    saved = saved_for(strategy, media)
    strategy.prepare(saved.step, credentials, saved)
    [auth], [sent] = served.asked(AUTH), served.asked(VIDEO)
    assert (auth.token, sent.token) == (TOKEN, "service-token")
    port = served.server_address[1]
    assert auth.query["aud"] == [f"did:web:127.0.0.1%3A{port}"]
    assert auth.query["lxm"] == [BLOB]
    life = int(auth.query["exp"][0]) - datetime.now(UTC).timestamp()
    assert timedelta(minutes=25).total_seconds() < life <= 1800
    assert sent.query["did"] == [DID]
    assert sent.query["name"][0].endswith(".mp4")
    assert sent.raw == bytes_of(media[0])
    assert sent.headers["Content-Type"] == "video/mp4"


def test_a_video_that_the_service_has_already(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    done = job("JOB_STATE_COMPLETED", blob=CLIP, error="already_exists")
    served.say(VIDEO, Answer(409, done))
    saved = saved_for(strategy, video())
    strategy.prepare(saved.step, credentials, saved)
    assert [h["blob"] for h in saved.handles.values()] == [CLIP]


def test_a_job_is_asked_until_it_is_done(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    served.say(VIDEO, Answer(200, job()))
    working = {"jobStatus": job("JOB_STATE_ENCODING", progress=40)}
    done = {"jobStatus": job("JOB_STATE_COMPLETED", blob=CLIP)}
    served.say(JOB, Answer(200, working), Answer(200, done))
    saved = saved_for(strategy, video())
    for _ in range(2):
        assert isinstance(failing(strategy, saved, credentials), NotReady)
    record = record_of(strategy, saved, credentials, served)
    assert record["embed"]["video"] == CLIP
    assert len(served.asked(VIDEO)) == 1
    assert {call.token for call in served.asked(JOB)} == {""}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"error": "x", "message": "Not a video"}, ContentRejected),
        ({"failureCode": "validation_failure"}, ContentRejected),
        ({"failureCode": "pds_upload_failure"}, Unavailable),
    ],
)
def test_a_job_that_failed_is_forgotten(
    served: Server,
    strategy: BlueskyStrategy,
    credentials: Credentials,
    more: dict[str, str],
    expected: type[PlatformError],
) -> None:
    served.say(VIDEO, Answer(200, job()))
    served.say(JOB, Answer(200, {"jobStatus": job("JOB_STATE_FAILED", **more)}))
    saved = saved_for(strategy, video())
    failing(strategy, saved, credentials)
    error = failing(strategy, saved, credentials)
    assert type(error) is expected
    assert more.get("message", "") in error.message
    assert saved.handles == {}


def test_a_job_that_nobody_knows_begins_anew(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    served.say(VIDEO, Answer(200, job()))
    served.say(JOB, refusal(400, "InvalidRequest", "Job not found"))
    saved = saved_for(strategy, video())
    failing(strategy, saved, credentials)
    assert failing(strategy, saved, credentials).code == "upload_gone"
    assert saved.handles == {}


def test_without_a_service_videos_are_blobs(
    served: Server, config: Any, credentials: Credentials
) -> None:
    strategy = BlueskyStrategy(replace(config, video_url=""))
    saved = saved_for(strategy, video())
    strategy.prepare(saved.step, credentials, saved)
    assert [c.headers["Content-Type"] for c in served.asked(BLOB)] == ["video/mp4"]
    assert served.asked(VIDEO) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "unconfirmed_email", "Confirm it."), ContentRejected),
        (refusal(403, "AccountTakedown"), None),
        (refusal(413, "PayloadTooLarge"), ContentRejected),
        (refusal(429, "RateLimitExceeded"), RateLimited),
        (refusal(500, "InternalServerError"), Unavailable),
        (Answer(200, b"<html>"), Unavailable),
        (Answer(200, {"jobStatus": {}}), Unavailable),
    ],
    ids=["e-mail", "taken down", "large", "limited", "broken", "garbled", "empty"],
)
def test_what_the_service_refuses(
    served: Server,
    strategy: BlueskyStrategy,
    credentials: Credentials,
    answer: Answer,
    expected: type[PlatformError] | None,
) -> None:
    served.say(VIDEO, answer)
    error = failing(strategy, saved_for(strategy, video()), credentials)
    assert error.default_code == (
        expected.default_code if expected else "account_blocked"
    )


def test_a_blob_that_is_gone_is_uploaded_again(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    saved = saved_for(strategy, images(2))
    strategy.prepare(saved.step, credentials, saved)
    served.say(PUT, refusal(400, "BlobNotFound", "Could not find blob"))
    with pytest.raises(Unavailable) as caught:
        strategy.publish(saved.step, credentials, saved)
    assert caught.value.code == "upload_gone"
    assert saved.handles == {}


def test_a_lost_result_of_the_service_goes_to_the_server_itself(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    """The service would answer that it has the video, and name the lost blob."""
    saved = saved_for(strategy, video())
    strategy.prepare(saved.step, credentials, saved)
    served.say(PUT, refusal(400, "BlobNotFound"), Answer(200, STOOD))
    with pytest.raises(Unavailable):
        strategy.publish(saved.step, credentials, saved)
    strategy.prepare(saved.step, credentials, saved)
    strategy.publish(saved.step, credentials, saved)
    assert (len(served.asked(VIDEO)), len(served.asked(BLOB))) == (1, 1)
