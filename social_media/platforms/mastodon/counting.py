"""How long a status is, counted the way a Mastodon server counts.

Grapheme clusters; every link is as long as the server reserves for one, a mention of
somebody elsewhere as long as their name without the server. A link is what the server
would turn into one: a scheme, a domain under a real top-level domain, and what follows
it. Written as a scanner, for the usual single regular expression takes exponential
time on hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex
from twitter_text.regexp.valid_cctld import valid_cctld
from twitter_text.regexp.valid_gtld import valid_gtld
from twitter_text.regexp.valid_punycode import valid_punycode

_GRAPHEME = regex.compile(r"\X")
# A link doesn't begin inside a word, a mention, a hashtag or an address.
_SCHEME = regex.compile(
    r"(?<![A-Za-z0-9@\uFF20$#\uFF03\uFFFE\uFEFF\uFFFF])https?://", regex.IGNORECASE
)
_DOMAIN_CHAR = r"[^\s\p{Cc}\p{Cf}\uFFFE\uFFFF!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$]"
_LABELS = regex.compile(
    rf"(?:{_DOMAIN_CHAR}(?:(?:[_-]|{_DOMAIN_CHAR})*{_DOMAIN_CHAR})?\.)+"
)
_TOP_LEVEL = re.compile(
    "|".join(known.pattern for known in (valid_gtld, valid_cctld, valid_punycode)),
    re.IGNORECASE,
)
_MAX_DOMAIN = 255
_PORT = regex.compile(r":[0-9]+")
# Brackets belong to a path when they are balanced, at most two deep.
_BRACKETS = regex.compile(
    r"\((?:[^\s<>()?]++|[^\s<>()?]*+\([^\s<>()?]++\)[^\s<>()?]*+)\)"
)
_PATH = regex.compile(r"[^\s<>()?]++")
_NOT_LAST_IN_PATH = "!*\"'「」<>;:=,.$%[]~&|@"
_BEYOND_ASCII = r"\u00A0-\uD7FF\uF900-\U000EFFFF"
_QUERY = regex.compile(
    rf"\?[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^{_BEYOND_ASCII}]*"
    rf"[a-z0-9_&=#/\-{_BEYOND_ASCII}]",
    regex.IGNORECASE,
)
# The name, then the server that isn't counted; no mention inside a word or a path.
_MENTION = regex.compile(
    r"(?<![\w=/])@([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@(?>[\w.-]*\w)(?!@|://)",
    regex.IGNORECASE,
)


def graphemes(text: str) -> int:
    """User-perceived characters of `text`."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def status_length(text: str, spoiler_text: str = "", *, url_length: int) -> int:
    """Length of a status and its content warning; links in the warning count as text.

    The server strips white space around both before it counts.
    """
    return graphemes(spoiler_text.strip() + _countable(text.strip(), url_length))


def _countable(text: str, url_length: int) -> str:
    """`text` with what the server counts in place of each link and mention."""
    links = [(start, end, "x" * url_length) for start, end in links_in(text)]
    mentions = [
        (found.start(), found.end(), f"@{found[1]}")
        for found in _MENTION.finditer(text)
    ]
    pieces, done = [], 0
    for start, end, shown in sorted(links + mentions):
        if start >= done:  # else inside the link before it
            pieces += [text[done:start], shown]
            done = end
    return "".join([*pieces, text[done:]])


def links_in(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every link, in order, none within another."""
    done = 0
    for scheme in _SCHEME.finditer(text):
        if scheme.start() < done:
            continue
        domain_end = _end_of_domain(text, scheme.end())
        if domain_end is not None:
            done = _end_of_link(text, domain_end)
            yield scheme.start(), done


def _end_of_domain(text: str, start: int) -> int | None:
    """End of the longest domain at `start`, None when there is none."""
    labels = _LABELS.match(text, start, start + _MAX_DOMAIN)
    if labels is None:
        return None
    dot = labels.end() - 1
    while dot > start:
        if found := _TOP_LEVEL.match(text, dot + 1):
            return found.end()
        dot = text.rfind(".", start, dot)
    return None


def _end_of_link(text: str, end: int) -> int:
    """End of a link whose domain ends at `end`: port, path, query."""
    port = _PORT.match(text, end)
    if port is not None:
        end = port.end()
    if text.startswith("/", end):
        end = _end_of_path(text, end + 1)
    if text.startswith("?", end) and (query := _QUERY.match(text, end)):
        end = query.end()
    return end


def _end_of_path(text: str, end: int) -> int:
    """End of the path at `end`, without punctuation that closes a sentence."""
    here = end
    while (brackets := _BRACKETS.match(text, here)) or (run := _PATH.match(text, here)):
        if brackets:
            here = end = brackets.end()
        else:
            here = run.end()
            end += len(text[end:here].rstrip(_NOT_LAST_IN_PATH))
    return end
