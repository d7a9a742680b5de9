"""Seeing through what X changes in a text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_media.platforms.x.timeline import canonical, parent_of, text_of


def link(short: str, expanded: str, **more: Any) -> dict[str, Any]:
    return {"url": short, "expanded_url": expanded, **more}


def entities(*urls: dict[str, Any]) -> dict[str, Any]:
    return {"urls": list(urls)}


A, B = "https://t.co/aaaaaaaaaa", "https://t.co/bbbbbbbbbb"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("cafe\u0301", {"text": "café"}),
        ("a < b && c > d", {"text": "a &lt; b &amp;&amp; c &gt; d"}),
        ("typed &amp; kept", {"text": "typed &amp;amp; kept"}),
        ("two  spaces\r\nand a line ", {"text": "two spaces\nand a line"}),
        (
            "see https://example.com/a?b=c#d!",
            {
                "text": f"see {A}!",
                "entities": entities(link(A, "https://example.com/a?b=c#d")),
            },
        ),
        (
            "see example.com and Example.org/A/",
            {
                "text": f"see {A} and {B}",
                "entities": entities(
                    link(A, "http://example.com"), link(B, "http://Example.org/A/")
                ),
            },
        ),
        (
            "http://日本語.jp/x",
            {
                "text": A,
                "entities": entities(link(A, "http://xn--wgv71a119e.jp/x")),
            },
        ),
        ("http://\u2100.com/x", {"text": "http://\u2100.com/x"}),
        (
            "https://a.io/%C3%A9",
            {"text": A, "entities": entities(link(A, "https://a.io/é"))},
        ),
        (
            "a picture",
            {
                "text": f"a picture {A}",
                "entities": entities(link(A, "https://x.com/a/status/1/photo/1")),
            },
        ),
        (
            "a film",
            {
                "text": f"a film {A}",
                "entities": entities(link(A, "https://x.com/a", media_key="7_1")),
            },
        ),
        (
            "long " * 100 + "https://a.io/x",
            {
                "text": "long long… " + B,
                "entities": entities(link(B, "https://x.com/i/web/status/1")),
                "note_tweet": {
                    "text": "long " * 100 + A,
                    "entities": entities(link(A, "https://a.io/x")),
                },
            },
        ),
    ],
)
def test_the_same_post(ours: str, theirs: dict[str, Any]) -> None:
    assert canonical(text_of(theirs)) == canonical(ours)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Hello", {"text": "Hello!"}),
        ("Hello", {"text": "hello"}),
        ("Hello", {}),
        ("Hello", {"text": None}),
        (
            "News: https://a.io/1",
            {
                "text": f"News: {A}",
                "entities": entities(link(A, "https://a.io/2")),
            },
        ),
        ("see a.io", {"text": f"see {A}"}),
    ],
)
def test_another_post(ours: str, theirs: dict[str, Any]) -> None:
    assert canonical(text_of(theirs)) != canonical(ours)


@pytest.mark.parametrize(
    ("references", "parent"),
    [
        (None, None),
        ([], None),
        ([{"type": "quoted", "id": "1"}], None),
        ([{"type": "quoted", "id": "1"}, {"type": "replied_to", "id": "2"}], "2"),
        ("odd", None),
    ],
)
def test_what_a_post_answers(references: Any, parent: str | None) -> None:
    assert parent_of({"referenced_tweets": references}) == parent


@pytest.mark.parametrize(
    "tweet",
    [
        {"text": "a", "entities": None},
        {"text": "a", "entities": "odd"},
        {"text": "a", "entities": {"urls": None}},
        {"text": "a", "entities": {"urls": [None, {}, {"url": None}]}},
        {"text": "a", "note_tweet": "odd"},
    ],
)
def test_odd_entities_change_nothing(tweet: dict[str, Any]) -> None:
    assert text_of(tweet) == "a"


@given(st.text() | st.text(alphabet="a.co/?#:[]%℀@é \n", max_size=60))
def test_space_around_any_text_changes_nothing(text: str) -> None:
    assert canonical(f" \n{text}\n\n") == canonical(text)
