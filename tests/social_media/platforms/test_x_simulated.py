"""X: publishing, tokens and connecting, against the simulator."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.platforms.base import Credentials
from social_media.platforms.errors import (
    AuthenticationFailed,
    OutcomeUnknown,
    Unavailable,
)
from social_media.platforms.factory import strategy_for
from social_media.platforms.x import XStrategy
from tests.social_media.platforms.contract import credentials_from
from tests.social_media.platforms.x_answering import answering, publish, step


@pytest.fixture
def strategy(simulator: Any) -> Any:
    return strategy_for("x")


@pytest.fixture
def ada(simulator: Any, strategy: XStrategy) -> Credentials:
    return credentials_from(strategy.verify(simulator.account("x", "ada")))


# Publishing


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


def test_a_lost_answer_to_a_refresh_can_be_tried_again(
    simulator: Any, strategy: XStrategy, ada: Credentials
) -> None:
    simulator.fault(network="x", kind="accept_then_reset", on="refresh", calls=1)
    with pytest.raises(Unavailable):
        strategy.refresh(ada)


def test_revoked_tokens_are_dead(strategy: XStrategy, ada: Credentials) -> None:
    strategy.revoke(ada)
    with pytest.raises(AuthenticationFailed):
        strategy.check(ada)


# Connecting


def test_white_space_around_a_token_is_left_out(
    simulator: Any, strategy: XStrategy
) -> None:
    given = simulator.account("x", "ada")
    spaced = {name: f" {value}\n" for name, value in given.items()}
    assert dict(strategy.verify(spaced).session.secrets) == given


def test_the_account_is_described(simulator: Any, strategy: XStrategy) -> None:
    identity = strategy.verify(simulator.account("x", "ada"))
    assert identity.display_name == "Ada"
    assert identity.avatar_url.startswith("http")
