"""Uploads that a server may have thrown away before the post needs them."""

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
    Unavailable,
)
from tests.social_media.platforms.bluesky.pds import (
    GET,
    PUT,
    STOOD,
    Answer,
    Server,
    refusal,
)
from tests.social_media.platforms.bluesky.uploading import (
    BLOB,
    CLIP,
    JOB,
    VIDEO,
    blob,
    failing,
    job,
    record_of,
    saved_for,
)
from tests.social_media.platforms.media_steps import (
    Saved,
    bytes_of,
    images,
    video,
)


@pytest.fixture
def strategy(config: Any, server: Server) -> BlueskyStrategy:
    return BlueskyStrategy(replace(config, video_url=server.url))


GONE = refusal(400, "RecordNotFound")


def grown_old(saved: Saved) -> None:
    """As if its uploads had been made hours ago."""
    past = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    aged = {key: {**handle, "until": past} for key, handle in saved.handles.items()}
    saved({"uploads": aged})


def test_a_blob_that_no_post_shows_is_kept_for_an_hour(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    saved = saved_for(strategy, [*images(1), *video()])
    strategy.prepare(saved.step, credentials, saved)
    for handle in saved.handles.values():
        life = datetime.fromisoformat(handle["until"]) - datetime.now(UTC)
        assert timedelta(minutes=59) < life <= timedelta(hours=1)
    strategy.prepare(saved.step, credentials, saved)
    assert (len(served.asked(BLOB)), len(served.asked(VIDEO))) == (1, 1)
    assert served.asked(GET) == []


def test_an_old_blob_is_uploaded_again_before_the_post_needs_it(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    served.say(GET, GONE)
    served.say(BLOB, Answer(200, {"blob": blob()}))
    saved = saved_for(strategy, images(1))
    first = record_of(strategy, saved, credentials, served)
    grown_old(saved)
    second = record_of(strategy, saved, credentials, served)
    assert (second, len(served.asked(BLOB))) == (first, 2)
    strategy.prepare(saved.step, credentials, saved)
    assert len(served.asked(BLOB)) == 2


def test_an_old_result_of_the_service_goes_to_the_server_itself(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    """The service would name the old blob again."""
    served.say(GET, GONE)
    media = video()
    saved = saved_for(strategy, media)
    strategy.prepare(saved.step, credentials, saved)
    for number in (1, 2):
        grown_old(saved)
        record = record_of(strategy, saved, credentials, served)
        assert record["embed"]["video"] == blob(number)
    assert len(served.asked(VIDEO)) == 1
    assert [call.raw for call in served.asked(BLOB)] == [bytes_of(media[0])] * 2


def test_a_video_that_only_the_service_takes_is_hoped_to_be_there(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    served.say(GET, GONE)
    served.say(BLOB, refusal(413, "PayloadTooLarge"))
    saved = saved_for(strategy, video())
    strategy.prepare(saved.step, credentials, saved)
    grown_old(saved)
    for _ in range(2):
        record = record_of(strategy, saved, credentials, served)
        assert record["embed"]["video"] == CLIP
    assert len(served.asked(BLOB)) == 1
    served.say(PUT, refusal(400, "BlobNotFound"))
    with pytest.raises(Unavailable):
        strategy.publish(saved.step, credentials, saved)
    assert isinstance(failing(strategy, saved, credentials), ContentRejected)


def test_the_blobs_of_a_post_that_stands_are_not_replaced(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    """Its answer was lost: another blob would make another record of it."""
    saved = saved_for(strategy, video())
    first = record_of(strategy, saved, credentials, served)
    grown_old(saved)
    served.say(GET, Answer(200, {**STOOD, "value": {"$type": "app.bsky.feed.post"}}))
    second = record_of(strategy, saved, credentials, served)
    assert (second, served.asked(BLOB)) == (first, [])


def test_what_a_server_does_not_tell_about_the_post_is_asked_again(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    saved = saved_for(strategy, images(1))
    strategy.prepare(saved.step, credentials, saved)
    grown_old(saved)
    served.say(GET, refusal(400, "InvalidRequest"))
    error = failing(strategy, saved, credentials)
    assert (type(error), len(served.asked(BLOB))) == (Unavailable, 1)


def test_a_job_that_was_done_long_ago_may_have_lost_its_blob(
    served: Server, strategy: BlueskyStrategy, credentials: Credentials
) -> None:
    served.say(GET, GONE)
    served.say(VIDEO, Answer(200, job()))
    done = {"jobStatus": job("JOB_STATE_COMPLETED", blob=CLIP)}
    served.say(
        JOB, Answer(200, {"jobStatus": job("JOB_STATE_ENCODING")}), Answer(200, done)
    )
    saved = saved_for(strategy, video())
    for _ in range(2):
        assert isinstance(failing(strategy, saved, credentials), NotReady)
    grown_old(saved)
    record = record_of(strategy, saved, credentials, served)
    assert record["embed"]["video"] == blob(1)
