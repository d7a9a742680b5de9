"""How Mastodon counts text and turns it into HTML."""

from __future__ import annotations

import html

import regex

URL_LENGTH = 23

_TOKEN = regex.compile(
    r"(?P<url>https?://[^\s<>\"]+)"
    r"|(?<![\w/])@(?P<user>\w+)(?:@(?P<host>[\w.-]+\w))?"
    r"|(?<![\w/#])#(?P<tag>\w*\p{L}\w*)"
)
_TRAILING = ".,:;!?)]}'"
_GRAPHEME = regex.compile(r"\X")


def length(text: str) -> int:
    """Graphemes, with links as 23 and remote mentions without their host."""
    counted: str = _TOKEN.sub(_counted, text)
    return len(counted) if counted.isascii() else len(_GRAPHEME.findall(counted))


def to_html(text: str, *, server: str) -> str:
    """`text` as statuses carry it: paragraphs, breaks, links, mentions, hashtags."""
    paragraphs = regex.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{_inline(part, server)}</p>" for part in paragraphs)


def _counted(match: regex.Match[str]) -> str:
    url: str | None = match["url"]
    if url:
        return "x" * URL_LENGTH + url[len(url.rstrip(_TRAILING)) :]
    kept: str = f"@{match['user']}" if match["user"] else match[0]
    return kept


def _inline(text: str, server: str) -> str:
    pieces, done = [], 0
    for match in _TOKEN.finditer(text):
        pieces.append(html.escape(text[done : match.start()]))
        pieces.append(_element(match, server))
        done = match.end()
    pieces.append(html.escape(text[done:]))
    return "".join(pieces).replace("\n", "<br />")


def _element(match: regex.Match[str], server: str) -> str:
    if match["url"]:
        return _link(match["url"])
    if match["tag"]:
        tag = html.escape(match["tag"])
        href = f"{server}/tags/{tag.lower()}"
        return (
            f'<a href="{href}" class="mention hashtag" rel="tag">'
            f"#<span>{tag}</span></a>"
        )
    user, host = html.escape(match["user"]), match["host"]
    href = f"https://{host}/@{user}" if host else f"{server}/@{user}"
    return (
        f'<span class="h-card" translate="no"><a href="{href}" '
        f'class="u-url mention">@<span>{user}</span></a></span>'
    )


def _link(found: str) -> str:
    url = found.rstrip(_TRAILING)
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" '
        f'translate="no"><span class="invisible">{scheme}://</span>'
        f'<span class="{kind}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(hidden)}</span></a>'
        f"{html.escape(found[len(url) :])}"
    )
