"""What a draft for Mastodon may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from config.networks import LIMITS
from social_media.enums import Platform, StepKind
from social_media.platforms.base import (
    Credentials,
    Draft,
    Idempotency,
    Part,
    Problem,
)
from social_media.platforms.config import NetworkConfig
from social_media.platforms.mastodon import MastodonStrategy
from social_media.platforms.mastodon.rules import is_language

CONFIG = NetworkConfig(
    api_url="",
    limits=LIMITS["mastodon"],
)
STRATEGY = MastodonStrategy(CONFIG)


def on_server(**limits: int) -> Credentials:
    return Credentials("1", "ada", settings={"limits": limits})


def problems(
    text: str,
    credentials: Credentials | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[tuple[str, str]]:
    draft = Draft([Part(text)], options or {})
    return [(p.code, p.field) for p in STRATEGY.validate(draft, credentials)]


def test_the_defaults_are_the_configured_ones() -> None:
    assert problems("a" * 500) == []
    assert problems("a" * 501) == [("too_long", "content")]


def test_the_servers_own_figures_win() -> None:
    server = on_server(max_characters=5000, characters_reserved_per_url=40)
    assert problems("a" * 5000, server) == []
    assert problems("a" * 5001, server) == [("too_long", "content")]
    assert problems("https://a.io " + "a" * 4960, server) == [("too_long", "content")]
    assert STRATEGY.capabilities(server).max_length == 5000


def test_a_figure_that_the_server_does_not_give_is_the_configured_one() -> None:
    assert problems("a" * 501, on_server(characters_reserved_per_url=23)) == [
        ("too_long", "content")
    ]


def test_the_warning_counts_in_every_part() -> None:
    parts = [Part("a" * 490), Part("b" * 491, StepKind.THREAD_PART), Part("c")]
    draft = Draft(parts, {"spoiler_text": "w" * 10})
    assert STRATEGY.validate(draft) == [
        Problem(
            "too_long",
            "thread.0",
            "Too long for Mastodon: 501 characters, content warning included; this "
            "server takes 500.",
        )
    ]


def test_a_warning_alone_is_no_post() -> None:
    assert problems("", options={"spoiler_text": "Careful"}) == [("empty", "content")]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"visibility": "public"},
        {"visibility": "unlisted"},
        {"visibility": "private"},
        {"visibility": "direct"},
        {"visibility": None, "spoiler_text": None, "sensitive": None, "language": None},
        {"spoiler_text": "Careful", "sensitive": False},
        {"language": "en"},
        {"language": "tok"},
    ],
)
def test_good_options_are_fine(options: Mapping[str, Any]) -> None:
    assert problems("Hello", options=options) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visibility", "everyone"),
        ("visibility", ""),
        ("visibility", ["public"]),
        ("spoiler_text", 1),
        ("sensitive", "true"),
        ("sensitive", 1),
        ("language", "xx"),
        ("language", "EN"),
        ("language", "en-GB"),
        ("language", "engl"),
        ("language", "e n"),
        ("language", 12),
    ],
)
def test_bad_options_are_named(name: str, value: object) -> None:
    assert problems("Hello", options={name: value}) == [("invalid", f"options.{name}")]


def test_unknown_options_are_named() -> None:
    assert problems("Hello", options={"replies": "none"}) == [
        ("unknown", "options.replies")
    ]


@pytest.mark.parametrize("code", ["", "e", "en de", "zz"])
def test_what_is_no_language(code: str) -> None:
    assert not is_language(code)


def test_measure_counts_links_as_configured() -> None:
    assert STRATEGY.measure("https://example.com/a @ada@host.example") == 28


def test_without_an_account_it_is_mastodon() -> None:
    can = STRATEGY.capabilities()
    assert (can.platform, can.max_length) == (Platform.MASTODON, 500)
    assert can.idempotency is Idempotency.KEY


def test_a_server_of_which_nothing_is_known_is_not_trusted_with_keys() -> None:
    assert STRATEGY.capabilities(on_server()).idempotency is Idempotency.LOOKUP
