"""How X turns text into what its API gives back, and how long it finds it."""

from __future__ import annotations

import hashlib
import html
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import regex

SHORT_HOST = "https://t.co/"
URL_LENGTH = 23
DISPLAY_LENGTH = 26
#: Weight 100 (one character); everything else counts two. twitter-text config v3.
LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))

# Enough top-level domains for demos and tests; X knows them all.
_BARE = r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|social|example|eu|de|uk|me)"
_URL = regex.compile(
    rf"(?<![\w@.#$/-])(?:https?://[^\s<>\"'\u3000]+|{_BARE}\b(?:/[^\s<>\"']*)?)",
    regex.IGNORECASE,
)
_TRAILING = ".,:;!?)]}'\""
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_GRAPHEME = regex.compile(r"\X")


class Shortened(NamedTuple):
    """Text as X returns it, and the links it replaced."""

    text: str
    urls: list[dict[str, Any]]


class _Link(NamedTuple):
    start: int
    end: int
    url: str


def shorten(text: str) -> Shortened:
    """`text` with every link behind t.co and with &, < and > escaped.

    The indices of `urls` count code points of the text before escaping.
    """
    pieces: list[str] = []
    urls: list[dict[str, Any]] = []
    done = length = 0
    for link in _links(text):
        before = text[done : link.start]
        short = SHORT_HOST + _slug(link.url)
        start = length + len(before)
        length = start + len(short)
        pieces += [before, short]
        urls.append(_entity(link.url, short, start, length))
        done = link.end
    pieces.append(text[done:])
    return Shortened(html.escape("".join(pieces), quote=False), urls)


def media_link(shown: Shortened, url: str, media_keys: Sequence[str]) -> Shortened:
    """`shown` with the link to its media, which has an entity for each of them."""
    short = SHORT_HOST + _slug(url)
    start = len(html.unescape(shown.text)) + 1 if shown.text else 0
    link = _entity(url, short, start, start + len(short))
    link["display_url"] = f"pic.x.com/{_slug(url)}"
    links = [{**link, "media_key": key} for key in media_keys]
    return Shortened(f"{shown.text} {short}".lstrip(" "), [*shown.urls, *links])


def least_length(text: str) -> int:
    """Weighted length, never more than X itself would count."""
    text = unicodedata.normalize("NFC", text)
    total, done = 0, 0
    for link in _links(text):
        total += _weigh(text[done : link.start])
        total += min(URL_LENGTH, link.end - link.start)
        done = link.end
    return total + _weigh(text[done:])


def _links(text: str) -> Iterator[_Link]:
    for match in _URL.finditer(text):
        url = match.group().rstrip(_TRAILING)
        yield _Link(match.start(), match.start() + len(url), url)


def _slug(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:10]


def _entity(url: str, short: str, start: int, end: int) -> dict[str, Any]:
    expanded = url if "://" in url else f"http://{url}"
    shown = expanded.split("://", 1)[1]
    return {
        "start": start,
        "end": end,
        "url": short,
        "expanded_url": expanded,
        "display_url": _cut(shown),
    }


def _cut(shown: str) -> str:
    return shown if len(shown) <= DISPLAY_LENGTH else f"{shown[:DISPLAY_LENGTH]}…"


def _weigh(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_weigh_grapheme(cluster) for cluster in _GRAPHEME.findall(text))


def _weigh_grapheme(cluster: str) -> int:
    if _EMOJI.search(cluster):
        return min(2, sum(map(_weigh_code_point, cluster)))
    return sum(map(_weigh_code_point, cluster))


def _weigh_code_point(character: str) -> int:
    point = ord(character)
    return 1 if any(low <= point <= high for low, high in LIGHT_RANGES) else 2
