"""Links, mentions and hashtags as byte ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_media.platforms.bluesky.facets import facets_of, mentioned_handles

COUPLE = "👩\u200d❤\ufe0f\u200d👨"

#: Text made of what facets are made of.
RICH = st.lists(
    st.sampled_from(
        [
            "https://example.com/a_(b)",
            "http://",
            "example.com",
            "@alice.example.com",
            "@",
            "#tag",
            "#",
            "$AAPL",
            COUPLE,
            "é",
            "漢",
            ".",
            ")",
            "(",
            " ",
            "\n",
            "a",
        ]
    )
).map("".join)


def marked(text: str, **mentions: str) -> list[tuple[str, str]]:
    """The marked bytes of `text` with what they stand for."""
    known = {name.replace("_", "."): did for name, did in mentions.items()}
    return [
        (
            text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(),
            next(v for k, v in f["features"][0].items() if k != "$type"),
        )
        for f in facets_of(text, known)
    ]


class TestFacets:
    @pytest.mark.parametrize(
        ("text", "link", "uri"),
        [
            ("see https://example.com", "https://example.com", None),
            ("see https://example.com.", "https://example.com", None),
            ("see https://example.com/a?b=c#d!", "https://example.com/a?b=c#d", None),
            ("(https://example.com/a)", "https://example.com/a", None),
            ("https://en.wikipedia.org/wiki/A_(b)",) * 2 + (None,),
            ("see example.com/a, yes", "example.com/a", "https://example.com/a"),
            ("👩‍🚀 漢 https://example.com", "https://example.com", None),
            ("https://müller.example/ß", "https://müller.example/ß", None),
        ],
    )
    def test_links(self, text: str, link: str, uri: str | None) -> None:
        assert marked(text) == [(link, uri or link)]

    @pytest.mark.parametrize(
        "text", ["https://.", "http://)", "file.unknowntld", "e.g. this", "a@b.com"]
    )
    def test_what_only_looks_like_a_link_stays_text(self, text: str) -> None:
        assert marked(text) == []

    @pytest.mark.parametrize(
        ("text", "tags"),
        [
            ("#one and #two.", [("#one", "one"), ("#two", "two")]),
            ("\uff03wide", [("\uff03wide", "wide")]),
            ("🚀 #größe!", [("#größe", "größe")]),
            ("#123", []),
            ("a#b", []),
            ("#" + "a" * 65, []),
            ("$aapl up", [("$aapl", "$AAPL")]),
        ],
    )
    def test_tags(self, text: str, tags: list[tuple[str, str]]) -> None:
        assert marked(text) == tags

    def test_known_handles_become_mentions(self) -> None:
        text = "🎉 hi @Alice.example.com, (@bob.example.com)!"
        found = marked(text, alice_example_com="did:plc:a", bob_example_com="did:plc:b")
        assert found == [
            ("@Alice.example.com", "did:plc:a"),
            ("@bob.example.com", "did:plc:b"),
        ]

    def test_an_unknown_handle_stays_text(self) -> None:
        text = "hi @alice.example.com"
        assert facets_of(text, {"alice.example.com": None}) == []
        assert facets_of(text, {}) == []

    def test_a_mention_inside_a_link_is_the_links(self) -> None:
        text = "https://a.example.com/(@alice.example.com"
        assert marked(text, alice_example_com="did:plc:a") == [(text, text)]

    def test_handles_are_named_once_in_lower_case(self) -> None:
        text = "@B.example.com @a.example.com @b.example.com x@c.example.com @nobody"
        assert mentioned_handles(text) == ["b.example.com", "a.example.com"]

    def test_offsets_are_bytes_of_utf8(self) -> None:
        text = f"{COUPLE} #tag"
        start = len(COUPLE.encode()) + 1
        assert facets_of(text, {}) == [
            {
                "index": {"byteStart": start, "byteEnd": start + 4},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "tag"}],
            }
        ]

    def test_each_kind_names_its_type(self) -> None:
        text = "https://a.example.com @b.example.com #c"
        kinds = [
            facet["features"][0]["$type"]
            for facet in facets_of(text, {"b.example.com": "did:plc:b"})
        ]
        prefix = "app.bsky.richtext.facet"
        assert kinds == [f"{prefix}#link", f"{prefix}#mention", f"{prefix}#tag"]

    @given(text=RICH | st.text())
    def test_facets_never_overlap_and_never_split_a_character(self, text: str) -> None:
        if any("\ud800" <= c <= "\udfff" for c in text):
            return
        raw, end = text.encode(), 0
        mentions = dict.fromkeys(mentioned_handles(text), "did:plc:a")
        for facet in facets_of(text, mentions):
            start = facet["index"]["byteStart"]
            assert end <= start < facet["index"]["byteEnd"] <= len(raw)
            end = facet["index"]["byteEnd"]
            assert raw[start:end].decode() in text
