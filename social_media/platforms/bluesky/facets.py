"""Rich text: which bytes of a text are a link, a mention or a hashtag.

The library's detection follows the official app's (trailing punctuation, brackets,
links without a scheme); this module sorts out what a server would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from atproto_client.utils import facet_detection

_FACET = "app.bsky.richtext.facet"

#: The lexicon's `uri` format. "https://." leaves "https://", which fails the record.
_URI = re.compile(r"\w+:(?://)?[^\s/]\S*")


def mentioned_handles(text: str) -> list[str]:
    """Every handle that `text` mentions, lower case, in order, once each."""
    found = facet_detection.detect_mentions(text)
    return list(dict.fromkeys(mention.handle.lower() for mention in found))


def facets_of(text: str, mentions: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """The facets of `text`, ordered, none touching another's bytes.

    Args:
        text: as it is published.
        mentions: DID by lower-case handle; a handle without one stays plain text.
    """
    spans = sorted([*_plain_spans(text), *_mention_spans(text, mentions)], key=_start)
    facets: list[dict[str, Any]] = []
    free_from = 0
    for start, end, feature in spans:
        if start >= free_from:
            facets.append(_facet(start, end, feature))
            free_from = end
    return facets


_Span = tuple[int, int, dict[str, Any]]


def _start(span: _Span) -> int:
    return span[0]


def _plain_spans(text: str) -> Iterator[_Span]:
    for found in facet_detection.detect_facets(text):
        feature = found.features[0].model_dump(by_alias=True)
        if "uri" not in feature or _URI.fullmatch(feature["uri"]):
            yield found.index.byte_start, found.index.byte_end, feature


def _mention_spans(text: str, mentions: Mapping[str, str | None]) -> Iterator[_Span]:
    for found in facet_detection.detect_mentions(text):
        did = mentions.get(found.handle.lower())
        if did:
            feature = {"$type": f"{_FACET}#mention", "did": did}
            yield found.byte_start, found.byte_end, feature


def _facet(start: int, end: int, feature: dict[str, Any]) -> dict[str, Any]:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [feature],
    }
