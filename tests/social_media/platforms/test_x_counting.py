"""X's weighted length, counted as X does."""

from __future__ import annotations

import sys
import time
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_media.platforms.x import links
from social_media.platforms.x.counting import (
    count_cashtags,
    invalid_characters,
    measure,
)
from social_media.platforms.x.links import find_links

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("a" * 280, 280),
        ("漢" * 140, 280),
        ("漢" * 141, 282),
        ("한국어", 6),
        ("é", 1),
        ("cafe\u0301", 4),
        ("A\ufb2c", 4),  # composes to three characters, not to one
        ("ßöÿЖΩ", 5),
        ("line\r\nline\rline", 14),
        # Punctuation that counts one, and its neighbours that count two.
        ("\u2000\u200b\u200d", 3),
        ("\u200e", 2),
        ("\u2013\u2014\u2018\u2019\u201c\u201d", 6),
        ("…", 2),
        ("\u2032\u2037\u2038", 4),
        ("•€™", 6),
        ("\u10ff\u1100", 3),
        ("\U00010000", 2),
    ],
)
def test_characters(text: str, length: int) -> None:
    assert measure(text) == length


@pytest.mark.parametrize(
    "emoji",
    [
        "😷",
        "☺",
        "☺\ufe0f",
        "❤\ufe0f",
        "👍🏽",
        "🙋🏽",
        "👨\u200d🎤",
        FAMILY,
        "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏽",
        "❤\ufe0f\u200d🔥",
        "🏳\ufe0f\u200d🌈",
        "🧑\u200d🧑\u200d🧒",
        "🇩🇪",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "1\ufe0f\u20e3",
        "#\u20e3",
        "©\ufe0f",
        "🫠",
    ],
)
def test_every_emoji_counts_two(emoji: str) -> None:
    assert measure(emoji) == 2
    assert measure(emoji * 140) == 280
    assert measure(f"a{emoji}b") == 4


def test_signs_that_are_letters_until_asked_to_be_pictures() -> None:
    assert [measure("©"), measure("®"), measure("1"), measure("#")] == [1, 1, 1, 1]
    assert measure("☺\ufe0e") == 4


def test_pictures_joined_without_end_are_not_one() -> None:
    assert measure("👨\u200d" * 40) == 10 * (2 + 1)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("https://example.com/very/long/path?with=a&query=string#and-more", 23),
        ("http://t.co", 23),
        ("example.com", 23),
        ("EXAMPLE.COM", 23),
        ("a.b.example.co.uk/x", 23),
        ("see example.com.", 28),
        ("(https://en.wikipedia.org/wiki/A_(b))", 25),
        ("https://example.com https://example.com", 47),
        ("http://日本語.jp/", 23),
        ("日本語example.com日本語", 35),
        ("http://☃.net/", 23),
        ("https://t.co/abcdefghij", 23),
        ("example.com:8080/x", 23),
        # Not links: no such top-level domain, no domain, part of something else.
        ("https://localhost/path", 22),
        ("https://example.invalidtld", 26),
        ("http://192.168.0.1/x", 20),
        ("file.txt and e.g.this", 21),
        ("someone@example.com", 19),
        ("@example.com", 12),
        ("#example.com", 12),
        ("$example.com", 12),
        ("ftp.", 4),
        ("version 1.2.3", 13),
    ],
)
def test_links_count_23_wherever_x_sees_one(text: str, length: int) -> None:
    assert measure(text) == length


def test_links_are_found_where_they_stand() -> None:
    assert find_links("see example.com/a, https://b.org") == [
        (4, 17, "example.com/a"),
        (19, 32, "https://b.org"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a." * 12_500,
        "http://a.com/" + "(a)" * 8_000,
        "http://a.com/" + "." * 25_000,
        "http://" * 3_500,
        "👨\u200d" * 12_500,
        "👨" + "\U000e0020" * 25_000,
        "$a" * 12_500,
        "\u0301" * 25_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    measure(text)
    count_cashtags(text)
    assert time.process_time() - began < 0.5


@given(
    st.lists(
        st.sampled_from(["word", "漢字", "😷", FAMILY, "https://a.io/b", "x.org", "é"])
    )
)
def test_words_apart_add_up(words: list[str]) -> None:
    spaces = max(0, len(words) - 1)
    assert measure(" ".join(words)) == sum(map(measure, words)) + spaces


@given(st.text())
def test_any_text_can_be_measured(text: str) -> None:
    assert 0 <= measure(text) <= max(2 * len(text) * 3, 23 * (text.count(".") + 1))
    for link in find_links(text):
        assert text[link.start : link.end] == link.url


def test_characters_that_x_refuses_are_named_once() -> None:
    assert invalid_characters("a\ufeffb\ufeff\x00\ud800\n\t") == [
        "U+FEFF",
        "U+0000",
        "U+D800",
    ]
    assert invalid_characters("fine\n\t\u202e😷") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("$TSLA", 1),
        ("$TSLA $GME", 2),
        ("buy ($aapl), $brk.b!", 2),
        ("$5 and $500 and US$10", 0),
        ("a$TSLA $toolongname", 0),
        ("$TSLA$GME", 0),
        ("", 0),
    ],
)
def test_cashtags(text: str, count: int) -> None:
    assert count_cashtags(text) == count


def test_the_library_is_loaded_without_setuptools(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("twitter_text")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "pkg_resources", raising=False)
    assert [found["url"] for found in links._load()("see a.io")] == ["a.io"]
    assert "pkg_resources" not in sys.modules


def test_a_loaded_setuptools_is_left_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ModuleType("pkg_resources")
    monkeypatch.setitem(sys.modules, "pkg_resources", real)
    links._load()
    assert sys.modules["pkg_resources"] is real
