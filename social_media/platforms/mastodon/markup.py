"""Comparing what was written with the HTML that a server made of it."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

_SPACE_AROUND = {"p", "br", "div", "li", "ul", "ol", "blockquote", "pre", "h1", "h2"}
_REMOTE_MENTION = re.compile(r"(?<!\w)(@\w[\w.-]*)@[\w.-]*\w")


def same_as_markup(text: str, html: str) -> bool:
    """Whether `html` is what a server shows of `text`.

    Servers shorten links, drop the server of a mention, turn marks into emphasis:
    letters and digits decide, with links read as shown or as their address. Where
    there are none, as in a row of emoji, every character but white space does.
    """
    written = _comparable(text)
    return any(
        written == _comparable(_read(html, links_as_shown=shown))
        for shown in (True, False)
    )


def _comparable(text: str) -> str:
    folded = unicodedata.normalize("NFC", _REMOTE_MENTION.sub(r"\1", text)).casefold()
    letters = "".join(char for char in folded if char.isalnum())
    return letters or "".join(folded.split())


def _read(html: str, *, links_as_shown: bool) -> str:
    reader = _Reader(links_as_shown=links_as_shown)
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """Collects the text; of a link that isn't a mention or a tag, its address."""

    def __init__(self, *, links_as_shown: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._links_as_shown = links_as_shown
        self._in_address = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SPACE_AROUND:
            self.pieces.append(" ")
        if tag != "a" or self._links_as_shown:
            return
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if given.get("href") and not {"mention", "hashtag"}.intersection(classes):
            self._in_address = True
            self.pieces.append(given["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._in_address = False

    def handle_data(self, data: str) -> None:
        if not self._in_address:
            self.pieces.append(data)
