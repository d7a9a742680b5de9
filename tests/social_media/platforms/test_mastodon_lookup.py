"""Finding a status again on servers of many habits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from social_media.enums import StepKind
from social_media.platforms.base import Credentials, RemoteRef, Step
from social_media.platforms.errors import (
    AuthenticationFailed,
    CannotTell,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.platforms.mastodon import MastodonStrategy
from social_media.platforms.mastodon.markup import same_as_markup
from tests.social_media.platforms.scripted_server import ScriptedServer
from tests.social_media.platforms.test_mastodon_rules import CONFIG

STRATEGY = MastodonStrategy(
    replace(CONFIG, connect_timeout=0.5, deadline=1.0, allow_private_hosts=True)
)
LIST = "/api/v1/accounts/1/statuses"
SENT = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as script:
        yield script


def status(number: int, *, seconds: float = 1, **more: Any) -> dict[str, Any]:
    """A status made `seconds` after the first try."""
    return {
        "id": str(number),
        "created_at": (SENT + timedelta(seconds=seconds)).isoformat(),
        "uri": f"https://m.example/{number}",
        "url": f"https://m.example/@ada/{number}",
        "content": "<p>Hello</p>",
        "in_reply_to_id": None,
        "spoiler_text": "",
        "reblog": None,
        **more,
    }


OLD = status(1, seconds=-4000)


def find(
    server: ScriptedServer,
    text: str = "Hello",
    options: dict[str, Any] | None = None,
    **more: Any,
) -> str | None:
    """Id of what is found."""
    payload = {"text": text, "options": options or {}}
    step = Step("key", StepKind.POST, payload, **{"first_sent_at": SENT, **more})
    account = Credentials(
        "1", "ada", server=server.url, secrets={"access_token": "a-secret"}
    )
    found = STRATEGY.find_published(step, account)
    return None if found is None else found.ref.id


def source(server: ScriptedServer, number: int, text: str, spoiler: str = "") -> None:
    body = {"id": str(number), "text": text, "spoiler_text": spoiler}
    server.answer("GET", f"/api/v1/statuses/{number}/source", body)


def test_nothing_posted_is_absent(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [])
    assert find(server) is None


def test_the_source_decides(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(3, seconds=2), status(2), OLD])
    source(server, 2, "Something else")
    source(server, 3, "Hello")
    assert find(server) == "3"


def test_composed_and_spaced_differently_it_is_the_same(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(2), OLD])
    source(server, 2, "Cafe\u0301\n au lait")
    assert find(server, " Café au  lait ") == "2"


def test_without_a_source_the_content_decides(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(2), OLD])
    assert find(server, "Hello") == "2"
    assert find(server, "Goodbye") is None


@pytest.mark.parametrize("body", ["<html>", {}, {"text": ""}, []], ids=str)
def test_a_source_without_a_text_is_none(server: ScriptedServer, body: object) -> None:
    server.answer("GET", LIST, [status(2), OLD])
    server.answer("GET", "/api/v1/statuses/2/source", body)
    assert find(server) == "2"


def test_the_earliest_is_ours(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(3, seconds=9), status(2, seconds=5), OLD])
    assert find(server) == "2"


def test_clocks_may_differ_by_two_minutes(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(2, seconds=-119), OLD])
    assert find(server) == "2"
    server.answer("GET", LIST, [status(2, seconds=-121), OLD])
    assert find(server) is None


def test_a_time_without_an_offset_is_utc(server: ScriptedServer) -> None:
    naive = SENT.replace(tzinfo=None).isoformat()
    server.answer("GET", LIST, [status(2, created_at=naive), OLD])
    assert find(server) == "2"


def test_the_same_words_under_another_post_are_not_ours(
    server: ScriptedServer,
) -> None:
    parent = RemoteRef("7", "https://m.example/7")
    server.answer("GET", LIST, [status(3, in_reply_to_id="8"), status(2), OLD])
    assert find(server, reply_to=parent) is None
    server.answer("GET", LIST, [status(3, in_reply_to_id="7"), status(2), OLD])
    assert find(server, reply_to=parent) == "3"
    assert find(server) == "2"


def test_a_boost_is_not_ours(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(2, reblog={"id": "9"}), OLD])
    assert find(server) is None


def test_another_warning_is_another_post(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(3, spoiler_text="Plot &amp; twist"), OLD])
    assert find(server) is None
    assert find(server, options={"spoiler_text": "Plot & twist"}) == "3"
    source(server, 3, "Hello", "Plot & twist")
    assert find(server) is None
    assert find(server, options={"spoiler_text": "Plot & twist"}) == "3"


def test_pages_are_turned_until_before_the_first_try(server: ScriptedServer) -> None:
    first = [status(9, seconds=9, content="<p>a</p>"), status(8, content="<p>b</p>")]
    server.answer("GET", LIST, first, [status(7), OLD])
    assert find(server) == "7"
    pages = [path for path in server.asked() if path.startswith(LIST)]
    assert [path.partition("?")[2] for path in pages] == [
        "exclude_reblogs=1&limit=40",
        "exclude_reblogs=1&max_id=8&limit=40",
    ]


def test_a_pinned_status_at_the_top_ends_nothing(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [OLD, status(8, content="<p>b</p>")], [status(7), OLD])
    assert find(server) == "7"


def test_a_server_that_turns_no_pages_cannot_tell(server: ScriptedServer) -> None:
    server.answer("GET", LIST, [status(9, content="<p>a</p>")])
    with pytest.raises(CannotTell):
        find(server)


def test_more_than_we_read_cannot_be_told(server: ScriptedServer) -> None:
    pages = [[status(100 - n, content="<p>a</p>")] for n in range(11)]
    server.answer("GET", LIST, *pages)
    with pytest.raises(CannotTell):
        find(server)
    assert len([p for p in server.asked() if p.startswith(LIST)]) == 10


@pytest.mark.parametrize(
    "page",
    [{}, {"error": "x"}, "null", ["a"], [{}], [{"id": "1"}], [{**OLD, "id": ""}]],
    ids=range(7),
)
def test_a_list_that_cannot_be_read_proves_nothing(
    server: ScriptedServer, page: object
) -> None:
    server.answer("GET", LIST, page)
    with pytest.raises(CannotTell):
        find(server)


FAILURES: list[tuple[int, str, type[PlatformError]]] = [
    (403, "This action is outside the authorized scopes", CannotTell),
    (403, "No", CannotTell),
    (404, "Record not found", CannotTell),
    (400, "No", CannotTell),
    (400, "Invalid access token", AuthenticationFailed),
    (401, "The access token is invalid", AuthenticationFailed),
    (429, "Too many requests", RateLimited),
    (302, "", Unavailable),
    (500, "", Unavailable),
    (503, "", Unavailable),
    (200, "", Unavailable),
]


@pytest.mark.parametrize(("code", "words", "expected"), FAILURES)
def test_a_list_that_is_refused_proves_nothing(
    server: ScriptedServer, code: int, words: str, expected: type[PlatformError]
) -> None:
    body = {"error": words} if code != 200 else "<html>"
    server.answer("GET", LIST, body, status=code)
    with pytest.raises(PlatformError) as caught:
        find(server)
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("code", "expected"), [(401, AuthenticationFailed), (429, RateLimited)]
)
def test_a_source_that_is_refused_to_us_proves_nothing(
    server: ScriptedServer, code: int, expected: type[PlatformError]
) -> None:
    server.answer("GET", LIST, [status(2), OLD])
    server.answer("GET", "/api/v1/statuses/2/source", {"error": "x"}, status=code)
    with pytest.raises(expected):
        find(server)


def test_a_first_try_at_an_unknown_time_cannot_be_told(
    server: ScriptedServer,
) -> None:
    with pytest.raises(CannotTell):
        find(server, first_sent_at=None)


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_hidden_posts_may_be_unlisted_away_from_mastodon(
    server: ScriptedServer, visibility: str
) -> None:
    server.answer("GET", LIST, [OLD])
    with pytest.raises(CannotTell):
        find(server, options={"visibility": visibility})


# Comparing with HTML


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("One\nTwo\n\nThree", "<p>One<br />Two</p><p>Three</p>"),
        ("Some *bold* words", "<p>Some <b>bold</b> words</p>"),
        ("🎉🎉", "<p>🎉🎉</p>"),
        ("Cafe\u0301", "<p>Caf\u00e9</p>"),
        (
            "see https://example.com/a/b?c=d",
            (
                '<p>see <a href="https://example.com/a/b?c=d"><span class="invisible">'
                "https://</span><span>example.com/a/b?c=d</span></a></p>"
            ),
        ),
        (
            "see https://example.com/long/path",
            (
                '<p>see <a href="https://example.com/long/path" rel="nofollow">'
                "example.com/lo…</a></p>"
            ),
        ),
        (
            "hi @bob@other.example",
            (
                '<p>hi <span class="h-card"><a class="u-url mention" '
                'href="https://other.example/@bob">@<span>bob</span></a></span></p>'
            ),
        ),
        (
            "hi @bob@other.example https://a.io/x",
            (
                '<p>hi <a class="u-url mention" href="https://other.example/bob">'
                '@bob@other.example</a> <a href="https://a.io/x">a.io…</a></p>'
            ),
        ),
        (
            "a #tag and https://a.io/x",
            (
                '<p>a <a class="mention hashtag" href="https://m.example/t/tag">'
                '#tag</a> and <a href="https://a.io/x">a.io…</a></p>'
            ),
        ),
        ("plain <a> tag", "<p>plain &lt;a&gt; tag</p>"),
        ("anchor", "<p><a>anchor</a></p>"),
    ],
)
def test_markup_of_a_text_is_recognised(text: str, html: str) -> None:
    assert same_as_markup(text, html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Hello", "<p>Hello you</p>"),
        ("Hello", ""),
        ("🎉", "<p>🎈</p>"),
        ("🎉", "<p>Hello</p>"),
        ("https://a.io/x", '<p><a href="https://a.io/y">a.io…</a></p>'),
    ],
)
def test_markup_of_another_text_is_not(text: str, html: str) -> None:
    assert not same_as_markup(text, html)
