"""Mastodon: what is sent, waited for, refused and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.enums import StepKind
from social_media.platforms.base import Credentials, Step
from social_media.platforms.errors import (
    AuthenticationFailed,
    ContentRejected,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    Unavailable,
)
from social_media.platforms.mastodon import MastodonStrategy
from tests.social_media.platforms.media_steps import Saved, images, video, with_media
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.platforms.test_mastodon_rules import CONFIG

STRATEGY = MastodonStrategy(
    replace(CONFIG, connect_timeout=0.5, deadline=1.0, allow_private_hosts=True)
)
V1, V2 = "/api/v1/media", "/api/v2/media"
STATUSES, ME = "/api/v1/statuses", "/api/v1/accounts/verify_credentials"
READY = {"id": "7", "type": "image", "url": "https://m.example/7.jpg"}
WORKING = {"id": "7", "type": "video", "url": None}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as script:
        script.answer("GET", ME, {"id": "42", "username": "ada"})
        yield script


@pytest.fixture
def ada(server: ScriptedServer) -> Credentials:
    secrets = {"access_token": "secret-token"}
    return Credentials("42", "ada", server=server.url, secrets=secrets)


def saved_for(media: Any, text: str = "Look") -> Saved:
    payload = {"text": text, "options": {}}
    now = datetime.now(UTC)
    step = Step("key", StepKind.POST, payload, first_sent_at=now)
    return Saved(with_media(step, media))


def failing(saved: Saved, ada: Credentials) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        STRATEGY.prepare(saved.step, ada, saved)
    assert "secret-token" not in f"{caught.value!r}{caught.value}"
    return caught.value


def test_what_the_server_gets(server: ScriptedServer, ada: Credentials) -> None:
    server.answer("POST", V2, READY)
    [image] = images(1)
    focused = replace(image, item=replace(image.item, focus=(0.5, -0.25)))
    saved = saved_for([focused])
    STRATEGY.prepare(saved.step, ada, saved)
    [asked] = server.requests
    assert asked.headers["Authorization"] == "Bearer secret-token"
    assert f'name="description"\r\n\r\n{image.item.alt_text}\r\n' in asked.body
    assert 'name="focus"\r\n\r\n0.5000,-0.2500\r\n' in asked.body
    assert 'filename="media.jpg"\r\nContent-Type: image/jpeg\r\n' in asked.body


def test_no_words_and_no_focus_are_not_sent(
    server: ScriptedServer, ada: Credentials
) -> None:
    server.answer("POST", V2, READY)
    saved = saved_for(video())
    STRATEGY.prepare(saved.step, ada, saved)
    body = server.requests[0].body
    assert [name in body for name in ('"description"', '"focus"')] == [False, False]


def test_processing_is_asked_for(server: ScriptedServer, ada: Credentials) -> None:
    server.answer("POST", V2, WORKING, status=202)
    server.answer("GET", f"{V1}/7", WORKING, status=206)
    saved = saved_for(video())
    for _ in range(2):
        waiting = failing(saved, ada)
        assert isinstance(waiting, NotReady)
        assert waiting.check_at > datetime.now(UTC)
    server.answer("GET", f"{V1}/7", READY)
    STRATEGY.prepare(saved.step, ada, saved)
    STRATEGY.prepare(saved.step, ada, saved)
    assert server.asked() == [V2, f"{V1}/7", f"{V1}/7"]


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [(422, ContentRejected, "processing_failed"), (404, Unavailable, "upload_gone")],
)
def test_failed_processing_is_forgotten(
    server: ScriptedServer,
    ada: Credentials,
    status: int,
    expected: type[PlatformError],
    code: str,
) -> None:
    server.answer("POST", V2, WORKING, status=202)
    saved = saved_for(video())
    failing(saved, ada)
    server.answer("GET", f"{V1}/7", {"error": "Broken frames"}, status=status)
    error = failing(saved, ada)
    assert (type(error), error.code) == (expected, code)
    assert ("Broken frames" in error.message) == (expected is ContentRejected)
    assert saved.handles == {}


@pytest.mark.parametrize("status", [404, 405])
def test_servers_that_know_the_older_page_only(
    server: ScriptedServer, ada: Credentials, status: int
) -> None:
    server.answer("POST", V2, {"error": "Not found"}, status=status)
    server.answer("POST", V1, READY)
    saved = saved_for(images(1))
    STRATEGY.prepare(saved.step, ada, saved)
    assert [h["id"] for h in saved.handles.values()] == ["7"]
    assert server.asked() == [V2, V1]


def test_servers_without_media_say_so(server: ScriptedServer, ada: Credentials) -> None:
    error = failing(saved_for(images(1)), ada)
    assert (type(error), error.code) == (ContentRejected, "no_media")


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (422, "Validation failed: File content type is invalid", ContentRejected),
        (401, "The access token is invalid", AuthenticationFailed),
        (403, "This action is outside the authorized scopes", AuthenticationFailed),
        (413, "Too large", ContentRejected),
        (503, "Down", Unavailable),
        (200, "no id", Unavailable),
    ],
)
def test_refusals(
    server: ScriptedServer,
    ada: Credentials,
    status: int,
    words: str,
    expected: type[PlatformError],
) -> None:
    server.answer("POST", V2, {"error": words}, status=status)
    assert type(failing(saved_for(images(1)), ada)) is expected


@pytest.mark.parametrize(
    "words",
    [
        "Media 7 not found or already attached to another post",
        "Validation failed: Media not found",
    ],
)
def test_ids_that_the_server_does_not_know_are_forgotten(
    server: ScriptedServer, ada: Credentials, words: str
) -> None:
    server.answer("POST", V2, READY)
    server.answer("POST", STATUSES, {"error": words}, status=422)
    saved = saved_for(images(1))
    STRATEGY.prepare(saved.step, ada, saved)
    with pytest.raises(Unavailable) as caught:
        STRATEGY.publish(saved.step, ada, saved)
    assert caught.value.code == "upload_gone"
    assert saved.handles == {}


SHOWN = {
    "id": "5",
    "created_at": "2026-11-20T10:00:00Z",
    "content": "<p>Look</p>",
    "media_attachments": [{"id": "7", "type": "image"}],
}


@pytest.mark.parametrize(
    ("listed", "status", "expected"),
    [
        ([SHOWN], 200, OutcomeUnknown),
        ([{**SHOWN, "content": "<p>Another version</p>"}], 200, Unavailable),
        ([{**SHOWN, "media_attachments": [{"id": "8"}]}], 200, Unavailable),
        ([], 200, Unavailable),
        ({"error": "Not for you"}, 403, Unavailable),
    ],
    ids=["shown", "other words", "other media", "nothing", "not listed"],
)
def test_media_of_a_post_that_got_through_are_not_uploaded_again(
    server: ScriptedServer,
    ada: Credentials,
    listed: Any,
    status: int,
    expected: type[PlatformError],
) -> None:
    """The server says the same of them as of those that are gone."""
    server.answer("POST", V2, READY)
    words = "Media 7 not found or already attached to another post"
    server.answer("POST", STATUSES, {"error": words}, status=422)
    server.answer("GET", "/api/v1/accounts/42/statuses", listed, status=status)
    saved = saved_for(images(1))
    STRATEGY.prepare(saved.step, ada, saved)
    with pytest.raises(expected):
        STRATEGY.publish(saved.step, ada, saved)
    assert len(saved.handles) == (1 if expected is OutcomeUnknown else 0)


def test_a_look_for_media_that_fails_forgets_nothing(
    server: ScriptedServer, ada: Credentials
) -> None:
    server.answer("POST", V2, READY)
    words = "Media 7 not found or already attached to another post"
    server.answer("POST", STATUSES, {"error": words}, status=422)
    server.answer("GET", "/api/v1/accounts/42/statuses", "", status=503)
    saved = saved_for(images(1))
    STRATEGY.prepare(saved.step, ada, saved)
    with pytest.raises(Unavailable) as caught:
        STRATEGY.publish(saved.step, ada, saved)
    assert caught.value.http_status == 503
    assert len(saved.handles) == 1


def test_only_what_the_server_names_is_uploaded_again(
    server: ScriptedServer, ada: Credentials
) -> None:
    server.answer("POST", V2, READY, {**READY, "id": "77"})
    words = "Media 77 not found or already attached to another post"
    server.answer("POST", STATUSES, {"error": words}, status=422)
    saved = saved_for(images(2))
    STRATEGY.prepare(saved.step, ada, saved)
    with pytest.raises(Unavailable):
        STRATEGY.publish(saved.step, ada, saved)
    assert [handle["id"] for handle in saved.handles.values()] == ["7"]


def test_old_uploads_are_made_again(server: ScriptedServer, ada: Credentials) -> None:
    server.answer("POST", V2, READY)
    saved = saved_for(images(1))
    STRATEGY.prepare(saved.step, ada, saved)
    [(key, handle)] = saved.handles.items()
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    saved({"uploads": {key: {**handle, "until": soon}}})
    STRATEGY.prepare(saved.step, ada, saved)
    assert server.asked() == [V2, V2]


def test_a_status_names_its_media(server: ScriptedServer, ada: Credentials) -> None:
    server.answer("POST", V2, {**READY, "id": "7"}, {**READY, "id": "8"})
    server.answer("POST", STATUSES, {"id": "1", "uri": "https://m.example/1"})
    saved = saved_for(images(2), "")
    STRATEGY.prepare(saved.step, ada, saved)
    STRATEGY.publish(saved.step, ada, saved)
    sent = server.requests[-1].body.replace("%5B%5D", "[]").split("&")
    assert [pair for pair in sent if "media" in pair] == [
        "media_ids[]=7",
        "media_ids[]=8",
    ]
