"""X: uploads in chunks, resumed, refused, processed and thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.platforms.base import Credentials, Step
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    NotReady,
    PlatformError,
    Unavailable,
)
from social_media.platforms.factory import strategy_for
from social_media.platforms.x import XStrategy, uploads
from tests.social_media.platforms.contract import credentials_from
from tests.social_media.platforms.media_steps import (
    Saved,
    bytes_of,
    gif,
    images,
    prepared,
    video,
    with_media,
)
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.platforms.x_answering import CREDENTIALS, at, publish, step

UPLOAD = "/2/media/upload"
INIT, APPEND, FINALIZE = (
    f"{UPLOAD}/initialize",
    f"{UPLOAD}/7/append",
    f"{UPLOAD}/7/finalize",
)
METADATA = "/2/media/metadata"


@pytest.fixture
def strategy(simulator: Any) -> XStrategy:
    whole = strategy_for("x")
    limits = {**whole.config.limits, "upload_chunk_bytes": 3000}
    return XStrategy(replace(whole.config, limits=limits))


@pytest.fixture
def ada(simulator: Any, strategy: XStrategy) -> Credentials:
    return credentials_from(strategy.verify(simulator.account("x", "ada")))


def test_a_broken_upload_goes_on_at_the_next_segment(
    simulator: Any, strategy: XStrategy, ada: Credentials
) -> None:
    media = video()
    segments = -(-media[0].item.facts.size // 3000)
    assert segments >= 3
    saved = Saved(with_media(step("Look"), media))
    simulator.fault(network="x", kind="error_before", on="upload", after=3, calls=1)
    with pytest.raises(Unavailable):
        strategy.prepare(saved.step, ada, saved)
    [handle] = saved.handles.values()
    assert handle["next"] == 2
    done = prepared(strategy, saved.step, ada)
    publish(strategy, done, ada)
    [post] = simulator.posts("x")
    assert simulator.upload_bytes(post["media"][0]["id"]) == bytes_of(media[0])
    [upload] = simulator.uploads("x")
    assert upload["requests"] == segments


def test_a_segment_whose_answer_was_lost_is_sent_again(
    simulator: Any, strategy: XStrategy, ada: Credentials
) -> None:
    media = video()
    saved = Saved(with_media(step("Look"), media))
    how = {"on": "upload", "after": 2, "calls": 1}
    simulator.fault(network="x", kind="accept_then_reset", **how)
    with pytest.raises(Unavailable):
        strategy.prepare(saved.step, ada, saved)
    done = prepared(strategy, saved.step, ada)
    [upload] = simulator.uploads("x")
    assert simulator.upload_bytes(upload["id"]) == bytes_of(media[0])
    assert upload["requests"] == -(-media[0].item.facts.size // 3000) + 1
    assert [h["id"] for h in done.checkpoint["uploads"].values()] == [upload["id"]]


def test_oauth_1_signs_uploads_too(simulator: Any, strategy: XStrategy) -> None:
    given = simulator.account("x", "grace", oauth1=True)
    grace = credentials_from(strategy.verify(given))
    done = prepared(strategy, with_media(step("Signed"), images(1)), grace)
    publish(strategy, done, grace)
    [post] = simulator.posts("x")
    assert post["media"][0]["alt_text"] == images(1)[0].item.alt_text


@pytest.mark.parametrize(
    ("appears_in", "ends_in", "again"),
    [(0, 12, False), (0, 4, True), (10, 12, True), (10, 16, False)],
)
def test_an_upload_that_ends_too_soon_is_made_again(
    simulator: Any,
    strategy: XStrategy,
    ada: Credentials,
    appears_in: int,
    ends_in: int,
    again: bool,
) -> None:
    def later(minutes: int) -> str:
        return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()

    done = prepared(strategy, with_media(step("Look"), images(1)), ada)
    [(key, handle)] = done.checkpoint["uploads"].items()
    ending = {"uploads": {key: {**handle, "expires_at": later(ends_in)}}}
    payload = {**done.payload, "created_at": later(appears_in)}
    late = prepared(strategy, replace(done, payload=payload, checkpoint=ending), ada)
    [held] = late.checkpoint["uploads"].values()
    assert (held["id"] != handle["id"]) is again
    assert len(simulator.uploads("x")) == 1 + again


# Answers that the simulator doesn't give


class Script:
    """X, taking everything, but for what a test says otherwise."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.x = at(int(server.url.rpartition(":")[2]))
        named = {"id": "7", "media_key": "3_7", "expires_after_secs": 86_400}
        self.says("POST", INIT, {"data": named})
        self.says("POST", APPEND, {"data": {"expires_at": 1}})
        self.says("POST", FINALIZE, {"data": named})
        self.says("POST", METADATA, {"data": {"id": "7"}})

    def says(self, method: str, path: str, *bodies: Any, status: int = 200) -> None:
        self.server.answer(method, path, *bodies, status=status)

    def failing(self, saved: Saved) -> PlatformError:
        with pytest.raises(PlatformError) as caught:
            self.x.prepare(saved.step, CREDENTIALS, saved)
        assert "secret-access" not in f"{caught.value!r}{caught.value}"
        return caught.value


@pytest.fixture
def script() -> Any:
    with ScriptedServer() as server:
        yield Script(server)


def saved_for(media: Any) -> Saved:
    return Saved(with_media(step("Look"), media))


def problem(detail: str, kind: str = "about:blank", **more: Any) -> Mapping[str, Any]:
    return {"title": "x", "detail": detail, "type": kind, **more}


def test_what_x_is_asked(script: Script) -> None:
    [image] = images(1)
    saved = saved_for([image])
    script.x.prepare(saved.step, CREDENTIALS, saved)
    assert script.server.asked() == [INIT, APPEND, FINALIZE, METADATA]
    init, append, _, metadata = script.server.requests
    assert json.loads(init.body) == {
        "media_type": "image/jpeg",
        "total_bytes": image.item.facts.size,
        "media_category": "tweet_image",
    }
    assert 'name="segment_index"\r\n\r\n0\r\n' in append.body
    assert json.loads(metadata.body) == {
        "id": "7",
        "metadata": {"alt_text": {"text": image.item.alt_text}},
    }
    assert {r.headers["Authorization"] for r in script.server.requests} == {
        "Bearer secret-access"
    }


def test_categories_follow_the_kind(script: Script) -> None:
    for media, category in ((gif(), "tweet_gif"), (video(), "tweet_video")):
        saved = saved_for(media)
        script.x.prepare(saved.step, CREDENTIALS, saved)
        inits = [r for r in script.server.requests if r.path == INIT]
        assert json.loads(inits[-1].body)["media_category"] == category
    assert METADATA not in script.server.asked()  # only images have one


def test_a_missing_scope_is_named(script: Script) -> None:
    kind = "https://api.x.com/2/problems/client-forbidden"
    script.says("POST", INIT, problem("Your client may not.", kind), status=403)
    error = script.failing(saved_for(images(1)))
    assert (type(error), error.code) == (AuthenticationFailed, "scope")
    assert "media.write" in error.message


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        (403, "This user is not allowed to post a video longer than 2 minutes", "c"),
        (403, "Your account is suspended.", "b"),
        (400, "Media type unrecognized.", "c"),
        (403, "duplicate content", "u"),
        (503, "", "u"),
    ],
)
def test_refusals_of_an_upload(
    script: Script, status: int, detail: str, expected: str
) -> None:
    kinds = {"c": ContentRejected, "b": AccountBlocked, "u": Unavailable}
    script.says("POST", INIT, problem(detail), status=status)
    assert type(script.failing(saved_for(video()))) is kinds[expected]


def test_processing_says_when_to_ask_and_how_it_ended(script: Script) -> None:
    def told(**info: Any) -> dict[str, Any]:
        return {"data": {"id": "7", "processing_info": info}}

    script.says("POST", FINALIZE, told(state="pending", check_after_secs=30))
    error = {"code": 1, "name": "InvalidMedia", "message": "Unsupported codec"}
    failed = told(state="failed", error=error)
    script.says("GET", UPLOAD, told(state="in_progress", check_after_secs=5), failed)
    saved = saved_for(video())
    for seconds in (30, 5):
        waiting = script.failing(saved)
        assert isinstance(waiting, NotReady)
        wait = waiting.check_at - datetime.now(UTC)
        assert timedelta(seconds=seconds - 3) < wait <= timedelta(seconds=seconds)
    rejected = script.failing(saved)
    assert isinstance(rejected, ContentRejected)
    assert "Unsupported codec" in rejected.message
    assert saved.handles == {}
    assert script.server.asked("GET") == [f"{UPLOAD}?command=STATUS&media_id=7"] * 2


def test_an_upload_that_x_forgot_half_way_begins_anew(script: Script) -> None:
    gone = problem("The media id 7 is invalid.")
    script.says("POST", APPEND, gone, status=400)
    saved = saved_for(images(1))
    error = script.failing(saved)
    assert (type(error), error.code) == (Unavailable, "upload_gone")
    assert saved.handles == {}


def test_a_second_finalize_may_be_refused(script: Script) -> None:
    saved = saved_for(images(1))
    script.says("POST", FINALIZE, "", status=502)
    assert type(script.failing(saved)) is Unavailable
    again = problem("Media upload has already been finalized.")
    script.says("POST", FINALIZE, again, status=400)
    script.says("GET", UPLOAD, {"data": {"id": "7"}})
    script.x.prepare(saved.step, CREDENTIALS, saved)
    assert script.server.asked().count(APPEND) == 1


def test_a_large_file_takes_larger_chunks_not_more_than_x_counts(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_MOST_SEGMENTS", 10)
    limits = {**script.x.config.limits, "upload_chunk_bytes": 1}
    x = XStrategy(replace(script.x.config, limits=limits))
    [clip] = video()
    saved = saved_for([clip])
    x.prepare(saved.step, CREDENTIALS, saved)
    [handle] = saved.handles.values()
    assert handle["next"] <= 10
    assert handle["chunk"] * handle["next"] >= clip.item.facts.size


def test_ids_that_x_no_longer_knows_are_forgotten(script: Script) -> None:
    saved = saved_for(images(2))
    script.x.prepare(saved.step, CREDENTIALS, saved)
    script.says("POST", "/2/tweets", problem("Your media IDs are invalid."), status=400)
    with pytest.raises(Unavailable) as caught:
        script.x.publish(saved.step, CREDENTIALS, saved)
    assert caught.value.code == "upload_gone"
    assert saved.handles == {}


def test_a_post_names_its_media_and_no_empty_text(script: Script) -> None:
    saved = saved_for(images(1))
    script.x.prepare(saved.step, CREDENTIALS, saved)
    script.says("POST", "/2/tweets", {"data": {"id": "99"}})
    silent = replace(saved.step, payload={**saved.step.payload, "text": ""})
    publish(script.x, silent)
    sent = json.loads(script.server.requests[-1].body)
    assert sent == {"media": {"media_ids": ["7"]}}


def test_nothing_is_published_without_its_uploads(script: Script) -> None:
    unprepared: Step = saved_for(images(1)).step
    with pytest.raises(Unavailable) as caught:
        publish(script.x, unprepared)
    assert caught.value.code == "upload_gone"
    assert script.server.requests == []
