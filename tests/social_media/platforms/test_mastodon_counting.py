"""How long a status is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_media.platforms.mastodon.counting import (
    graphemes,
    links_in,
    status_length,
)

LINK = 23


def length(text: str, spoiler: str = "") -> int:
    return status_length(text, spoiler, url_length=LINK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("hello", 5),
        ("  stripped\n", 8),
        ("two\r\nlines", 9),  # a line break is one cluster
        ("é", 1),
        ("e\u0301", 1),
        ("漢字", 2),
        ("👨‍👩‍👧‍👦", 1),
        ("🇩🇪🇫🇷", 2),
        ("👍🏽", 1),
        # Links
        ("https://example.com", LINK),
        ("https://example.com/" + "long/" * 50, LINK),
        ("http://a.io", LINK),
        ("HTTPS://EXAMPLE.COM/x", LINK),
        ("see https://example.com.", 4 + LINK + 1),
        ("(https://example.com/a)", LINK + 2),
        ("https://en.wikipedia.org/wiki/A_(b)", LINK),
        ("https://en.wikipedia.org/wiki/A_((b)c)x", LINK),
        ("https://example.com/(open", LINK + 5),
        ("https://example.com?q=1!", LINK + 1),
        ("https://example.com/a?q=(x)&y=1#z", LINK),
        ("https://example.com:8080/a", LINK),
        ("https://sub.example.co.uk/", LINK),
        ("https://example.com.notatld/x", LINK + len(".notatld/x")),
        ("https://example.com中国語", LINK + 3),
        ("https://例え.jp/道", LINK),
        ("https://xn--r8jz45g.xn--zckzah/x", LINK),
        ("https://example.com/@ada@host.example", LINK),
        ("https://example.com/x-@ada@host.example", LINK),
        ("https://a.com https://b.com", 2 * LINK + 1),
        ("https://a.com/x,https://b.com", LINK),  # a comma belongs to the path
        # What looks like one and isn't
        ("https://localhost/x", 19),
        ("https://192.0.2.1/x", 19),
        ("https://example.invalidtld", 26),
        ("https://-a.com", 14),
        ("https://", 8),
        ("example.com/path", 16),
        ("ftp://example.com", 17),
        ("xhttps://example.com", 20),
        ("@https://example.com", 20),
        ("#https://example.com", 20),
        # Mentions
        ("@ada", 4),
        ("@ada@mastodon.example", 4),
        ("hi @ada@mastodon.example!", 8),
        ("@a.b-c@mastodon.example.", 7),
        ("@ada@mastodon.example @bob@x.example", 9),
        ("mail ada@mastodon.example", 25),
        ("x/@ada@mastodon.example", 23),
        ("@ada@mastodon@example", 21),
        ("@@example.com", 13),
    ],
)
def test_a_status_is_as_long_as_the_server_counts(text: str, expected: int) -> None:
    assert length(text) == expected


def test_links_cost_what_the_server_reserves() -> None:
    assert status_length("https://example.com/abc", url_length=30) == 30


def test_the_warning_counts_and_its_links_are_text() -> None:
    assert length("body", "cw https://example.com") == 22 + 4


@given(st.text(max_size=200))
def test_without_links_or_mentions_it_is_the_number_of_graphemes(text: str) -> None:
    plain = text.replace("@", "a").replace(":", "a")
    assert length(plain) == graphemes(plain.strip())


@given(st.text(alphabet="abcXYZ019-_/+#", max_size=200))
def test_any_path_is_free(path: str) -> None:
    assert length(f"https://example.com/{path}") == LINK


@given(st.text(alphabet="a./:()?@!# https://x.com", max_size=120))
def test_links_stand_in_order_and_apart(text: str) -> None:
    spans = list(links_in(text))
    flat = [edge for span in spans for edge in span]
    assert flat == sorted(flat)
    assert all(text[a:b].lower().startswith("http") for a, b in spans)
    assert length(text) <= graphemes(text) + LINK * len(spans)


@pytest.mark.parametrize(
    "hostile",
    [
        "http://a.com/" + "!(!)" * 50_000,
        "http://a.com/" + "(" * 200_000,
        "http://a.com/(a " * 10_000,
        "http://a.com?! " * 10_000,
        "https://" * 25_000,
        "https://" + "a." * 100_000,
        "https://" + "-a" * 100_000,
        "@a" * 100_000,
        "@a@" + "." * 200_000,
        "@" + "a.-" * 70_000,
    ],
    ids=lambda text: text[:18],
)
def test_hostile_text_takes_linear_time(hostile: str) -> None:
    started = time.process_time()
    length(hostile)
    assert time.process_time() - started < 2
