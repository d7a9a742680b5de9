"""X: publishing, looking up and tokens, against the simulator and odd servers."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.enums import StepKind
from social_media.platforms.base import Credentials, Draft, Part, RemoteRef, Step
from social_media.platforms.config import NetworkConfig
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    CannotTell,
    ContentRejected,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.factory import strategy_for
from social_media.platforms.x import XStrategy
from tests.social_media.platforms.contract import credentials_from
from tests.social_media.platforms.servers import Server, answer, serving

CREDENTIALS = Credentials("42", "ada", secrets={"access_token": "secret-access"})
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."


def at(port: int, **app: str) -> XStrategy:
    """X as a server on this machine plays it."""
    return XStrategy(
        NetworkConfig(
            api_url=f"http://127.0.0.1:{port}",
            web_url="https://x.com",
            connect_timeout=0.5,
            deadline=1.0,
            allow_private_hosts=True,
            limits={"max_length": 280},
            app=app,
        )
    )


@contextmanager
def answering(
    *bodies: Any, status: int = 200, headers: str = "", **app: str
) -> Iterator[tuple[XStrategy, Server]]:
    """X, answering every call with the next of `bodies`, the last one for ever."""
    left = list(bodies)

    def handle(connection: Any, request: bytes) -> bool:
        body = left.pop(0) if len(left) > 1 else left[0]
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\n{headers}Content-Length: {len(raw)}\r\n\r\n"
        return answer(head.encode() + raw)(connection, request)

    with serving(handle) as server:
        yield at(server.port, **app), server


def step(text: str = "Hello", **more: Any) -> Step:
    now = datetime.now(UTC)
    payload = {"text": text, "reply_settings": None, "created_at": now.isoformat()}
    return Step("key", StepKind.POST, payload, first_sent_at=now, **more)


def publish(strategy: XStrategy, what: Step, who: Credentials = CREDENTIALS) -> Any:
    return strategy.publish(what, who, lambda _handles: None)


def tweet(tweet_id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": tweet_id, "text": text, **more}


def body_of(request: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.partition(b"\r\n\r\n")[2])
    return found


@pytest.fixture
def strategy(simulator: Any) -> Any:
    return strategy_for("x")


@pytest.fixture
def ada(simulator: Any, strategy: XStrategy) -> Credentials:
    return credentials_from(strategy.verify(simulator.account("x", "ada")))


# Publishing


@pytest.mark.parametrize(
    ("options", "kind", "sent"),
    [
        ({}, StepKind.POST, {}),
        ({"reply_settings": None}, StepKind.POST, {}),
        ({"reply_settings": "everyone"}, StepKind.POST, {}),
        ({"reply_settings": "verified"}, StepKind.POST, {"reply_settings": "verified"}),
        ({"reply_settings": "verified"}, StepKind.THREAD_PART, {}),
    ],
)
def test_who_may_reply_is_sent_with_the_first_post(
    options: Mapping[str, Any], kind: StepKind, sent: dict[str, Any]
) -> None:
    part = Part(" cafe\u0301 ", kind)
    with answering({"data": {"id": "7", "text": "café"}}, status=201) as (x, server):
        payload = x.freeze(part, Draft([part], options), datetime.now(UTC))
        published = publish(x, replace(step(), payload=payload))
    assert body_of(server.requests[0]) == {"text": "café", **sent}
    assert (published.ref.id, published.ref.url) == ("7", "https://x.com/ada/status/7")


def test_a_part_answers_the_one_before() -> None:
    with answering({"data": {"id": "8", "text": "Two"}}) as (x, server):
        publish(x, step("Two", reply_to=RemoteRef("7", "https://x.com/ada/status/7")))
    assert body_of(server.requests[0]) == {
        "text": "Two",
        "reply": {"in_reply_to_tweet_id": "7"},
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html>", OutcomeUnknown),
        (b"", OutcomeUnknown),
        (b"[]", OutcomeUnknown),
        ({}, OutcomeUnknown),
        ({"data": None}, OutcomeUnknown),
        ({"data": {"id": ""}}, OutcomeUnknown),
        ({"errors": [{"detail": "odd"}]}, OutcomeUnknown),
        ({"errors": [{"detail": "no", "status": "403"}]}, OutcomeUnknown),
        ({"errors": [{"detail": "no", "status": 403}]}, ContentRejected),
        ({"errors": [{"detail": "wait", "status": 429}]}, RateLimited),
        ({"errors": [{"detail": "oops", "status": 503}]}, OutcomeUnknown),
    ],
)
def test_a_success_without_an_id(body: Any, expected: type[PlatformError]) -> None:
    with answering(body) as (x, _), pytest.raises(PlatformError) as caught:
        publish(x, step())
    assert type(caught.value) is expected


def test_an_id_counts_even_with_errors_beside_it() -> None:
    body = {"data": {"id": 7}, "errors": [{"detail": "odd", "status": 403}]}
    with answering(body) as (x, _):
        assert publish(x, step()).ref.id == "7"


@pytest.mark.parametrize("body", [b"<html>Attention</html>", b"null", b'"text"'])
def test_a_refusal_that_is_not_x_own_can_be_tried_again(body: bytes) -> None:
    with answering(body, status=403) as (x, _), pytest.raises(Unavailable):
        publish(x, step())


def test_a_rate_limit_ends_when_x_says() -> None:
    reset = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    headers = f"x-rate-limit-remaining: 0\r\nx-rate-limit-reset: {reset}\r\n"
    with (
        answering({"title": "Too Many"}, status=429, headers=headers) as (x, _),
        pytest.raises(RateLimited) as caught,
    ):
        publish(x, step())
    assert caught.value.retry_at == datetime.fromtimestamp(reset, UTC)


def test_posting_the_same_text_again_is_no_rejection(
    strategy: XStrategy, ada: Credentials
) -> None:
    publish(strategy, step("Same"), ada)
    with pytest.raises(OutcomeUnknown) as caught:
        publish(strategy, step("Same"), ada)
    assert caught.value.code == "duplicate"


def test_oauth_1_signs_instead_of_showing_the_token(
    simulator: Any, strategy: XStrategy
) -> None:
    given = simulator.account("x", "grace", oauth1=True)
    grace = credentials_from(strategy.verify(given))
    assert grace.handle == "grace"
    assert publish(strategy, step("Signed"), grace).ref.id
    found = strategy.find_published(step("Signed"), grace)
    assert found is not None
    assert strategy.refresh(grace) is None
    with answering({"data": {"id": "7"}}, consumer_key="k", consumer_secret="s") as (
        x,
        server,
    ):
        publish(x, step(), replace(grace, secrets=given))
    header = server.requests[0].split(b"Authorization: ")[1].split(b"\r\n")[0]
    assert header.startswith(b"OAuth ")
    assert given["access_token_secret"].encode() not in server.requests[0]


def test_no_log_shows_a_token(
    strategy: XStrategy, ada: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    publish(strategy, step(), ada)
    session = strategy.refresh(ada)
    assert session is not None
    with pytest.raises(AuthenticationFailed):
        strategy.refresh(ada)
    secrets = [*ada.secrets.values(), *session.secrets.values()]
    assert [s for s in secrets if s in caplog.text] == []
    assert [s for s in secrets if s in repr(session)] == []


# Looking up


def timeline(*tweets: dict[str, Any], **meta: Any) -> dict[str, Any]:
    return {"data": list(tweets), "meta": {"result_count": len(tweets), **meta}}


def test_of_several_the_earliest_is_ours() -> None:
    page = timeline(tweet("1000", "Hello"), tweet("999", "Hello"), tweet("5", "Other"))
    with answering(page) as (x, _):
        found = x.find_published(step(), CREDENTIALS)
    assert found is not None
    assert found.ref.url == "https://x.com/ada/status/999"


def test_all_pages_are_read_from_two_minutes_before_the_first_try() -> None:
    pages = [
        timeline(tweet("9", "Other"), next_token="more"),
        timeline(tweet("8", "Hello")),
    ]
    sent = datetime(2026, 11, 1, 12, 0, 30, tzinfo=UTC)
    with answering(*pages) as (x, server):
        found = x.find_published(replace(step(), first_sent_at=sent), CREDENTIALS)
    assert found is not None
    assert found.ref.id == "8"
    first, second = (r.split(b" ")[1].decode() for r in server.requests)
    assert first.startswith("/2/users/42/tweets?")
    assert "start_time=2026-11-01T11%3A58%3A30Z" in first
    assert "pagination_token=more" in second


def test_a_step_that_was_never_opened_counts_from_its_freezing() -> None:
    with answering(timeline()) as (x, server):
        found = x.find_published(replace(step(), first_sent_at=None), CREDENTIALS)
    assert found is None
    assert b"start_time=" in server.requests[0]


def test_more_than_can_be_read_proves_nothing() -> None:
    page = timeline(tweet("9", "Other"), next_token="more")
    with answering(page) as (x, server), pytest.raises(CannotTell) as caught:
        x.find_published(step(), CREDENTIALS)
    assert (caught.value.code, len(server.requests)) == ("too_many", 5)


def test_all_pages_together_have_one_deadline() -> None:
    page = json.dumps(timeline(tweet("9", "Other"), next_token="more")).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n".encode()

    def slow(connection: Any, request: bytes) -> bool:
        time.sleep(0.4)
        return answer(head + page)(connection, request)

    with serving(slow) as server:
        began = time.monotonic()
        with pytest.raises(Unavailable):
            at(server.port).find_published(step(), CREDENTIALS)
        assert time.monotonic() - began < 1.3
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (402, {"detail": "no credits"}, CannotTell),
        (403, {"detail": "not in your plan"}, CannotTell),
        (401, {"detail": "Unauthorized"}, AuthenticationFailed),
        (429, {"title": "Too Many Requests"}, RateLimited),
        (503, {}, Unavailable),
        (200, {"errors": [{"detail": "Not authorized to view"}]}, CannotTell),
        (200, {}, Unavailable),
        (200, b"<html>", Unavailable),
        (200, {"data": []}, Unavailable),
    ],
)
def test_a_look_up_that_fails_proves_nothing(
    status: int, body: Any, expected: type[PlatformError]
) -> None:
    with answering(body, status=status) as (x, _), pytest.raises(PlatformError) as got:
        x.find_published(step(), CREDENTIALS)
    assert type(got.value) is expected


def test_what_is_no_post_in_a_list_is_passed_over() -> None:
    page = timeline(tweet("x", "Hello"), {"id": None}, {"text": "Hello"})
    page["data"] += [None, "Hello", []]
    with answering(page) as (x, _):
        assert x.find_published(step(), CREDENTIALS) is None


# Tokens


def test_a_refresh_token_works_once(strategy: XStrategy, ada: Credentials) -> None:
    began = datetime.now(UTC)
    session = strategy.refresh(ada)
    assert session is not None
    assert session.expires_at is not None
    assert session.expires_at - began > timedelta(seconds=7190)
    assert set(session.secrets) == {"access_token", "refresh_token"}
    assert session.secrets["refresh_token"] != ada.secrets["refresh_token"]
    with pytest.raises(AuthenticationFailed):
        strategy.refresh(ada)


def test_without_a_refresh_token_there_is_nothing_to_refresh() -> None:
    assert at(1).refresh(CREDENTIALS) is None


def test_a_lost_answer_to_a_refresh_can_be_tried_again(
    simulator: Any, strategy: XStrategy, ada: Credentials
) -> None:
    simulator.fault(network="x", kind="accept_then_reset", on="refresh", calls=1)
    with pytest.raises(Unavailable):
        strategy.refresh(ada)


REFRESHABLE = replace(
    CREDENTIALS, secrets={"access_token": "a", "refresh_token": "secret-refresh"}
)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_request"}, AuthenticationFailed),
        (400, {"error": "invalid_grant"}, AuthenticationFailed),
        (401, {"error": "invalid_client"}, AccountBlocked),
        (401, {"error": "unauthorized_client"}, AccountBlocked),
        (429, {}, RateLimited),
        (500, {}, Unavailable),
        (400, b"<html>", Unavailable),
        (200, b"<html>", Unavailable),
        (200, {"token_type": "bearer"}, Unavailable),
    ],
)
def test_a_refresh_that_fails(
    status: int, body: Any, expected: type[PlatformError]
) -> None:
    with answering(body, status=status) as (x, _), pytest.raises(PlatformError) as got:
        x.refresh(REFRESHABLE)
    assert type(got.value) is expected


def test_an_app_without_a_secret_names_itself_in_the_form() -> None:
    fresh = {"access_token": "new"}
    with answering(fresh, client_id="our-app") as (x, server):
        session = x.refresh(REFRESHABLE)
    assert session is not None
    assert (session.secrets, session.expires_at) == (
        {"access_token": "new", "refresh_token": "secret-refresh"},
        None,
    )
    assert b"client_id=our-app" in server.requests[0]
    assert b"Authorization" not in server.requests[0]


def test_an_app_with_a_secret_signs_in_by_it() -> None:
    with answering({"access_token": "n"}, client_id="a", client_secret="b") as (x, s):
        x.refresh(REFRESHABLE)
    assert b"Authorization: Basic YTpi\r\n" in s.requests[0]
    assert b"client_id" not in s.requests[0]


def test_revoked_tokens_are_dead(strategy: XStrategy, ada: Credentials) -> None:
    strategy.revoke(ada)
    with pytest.raises(AuthenticationFailed):
        strategy.check(ada)


def test_revoking_says_when_it_failed() -> None:
    with answering({}, status=503) as (x, _), pytest.raises(Unavailable):
        x.revoke(CREDENTIALS)


def test_oauth_1_tokens_stay() -> None:
    secrets = {"access_token": "a", "access_token_secret": "b"}
    at(1).revoke(replace(CREDENTIALS, secrets=secrets))


# Connecting


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "access_token"),
        ({"access_token": "two words"}, "access_token"),
        ({"access_token": "fine", "refresh_token": "snow\u2603man"}, "refresh_token"),
        ({"access_token": "a", "access_token_secret": "b"}, "access_token_secret"),
    ],
)
def test_what_cannot_be_a_token_is_not_sent(given: dict[str, str], code: str) -> None:
    with pytest.raises(ContentRejected) as caught:
        at(1).verify(given)
    assert caught.value.code == code


def test_white_space_around_a_token_is_left_out(
    simulator: Any, strategy: XStrategy
) -> None:
    given = simulator.account("x", "ada")
    spaced = {name: f" {value}\n" for name, value in given.items()}
    assert dict(strategy.verify(spaced).session.secrets) == given


@pytest.mark.parametrize(
    "body", [{}, {"data": {}}, {"data": {"id": "1"}}, {"data": []}, b"<html>"]
)
def test_an_answer_that_names_nobody(body: Any) -> None:
    with answering(body) as (x, _), pytest.raises(Unavailable):
        x.check(CREDENTIALS)


def test_any_refusal_to_say_who_it_is_is_a_refused_sign_in() -> None:
    body = {"detail": "no", "type": "about:blank"}
    with answering(body, status=403) as (x, _), pytest.raises(AuthenticationFailed):
        x.check(CREDENTIALS)


def test_the_account_is_described(simulator: Any, strategy: XStrategy) -> None:
    identity = strategy.verify(simulator.account("x", "ada"))
    assert identity.display_name == "Ada"
    assert identity.avatar_url.startswith("http")


# Validating


def test_premium_accounts_may_write_more() -> None:
    premium = replace(CREDENTIALS, settings={"max_length": 25_000})
    draft = Draft([Part("a" * 281)])
    x = at(1)
    assert [p.code for p in x.validate(draft, CREDENTIALS)] == ["too_long"]
    assert x.validate(draft, premium) == []
    assert x.capabilities(premium).max_length == 25_000


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("$TSLA and $GME", ["too_many_cashtags"]),
        ("$TSLA", []),
        ("a\ufeffb", ["invalid_characters"]),
        ("\ud800" * 141, ["invalid_characters", "too_long"]),
        ("漢" * 140, []),
        ("漢" * 141, ["too_long"]),
    ],
)
def test_rules_of_the_text(text: str, codes: list[str]) -> None:
    problems = at(1).validate(Draft([Part(text)]))
    assert [p.code for p in problems] == codes


def test_a_draft_without_parts_is_empty() -> None:
    assert [p.code for p in at(1).validate(Draft([]))] == ["empty"]


@pytest.mark.parametrize("value", ["", "nobody", 1, True, [], {"a": 1}])
def test_choices_of_who_may_reply(value: Any) -> None:
    draft = Draft([Part("Hello")], options={"reply_settings": value})
    problems = at(1).validate(draft)
    assert [(p.code, p.field) for p in problems] == [
        ("invalid_choice", "options.reply_settings")
    ]
    draft = Draft([Part("Hello")], options={"reply_settings": None})
    assert at(1).validate(draft) == []
