"""Reading links to posts that people paste."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit


def path_on(url: str, sites: Collection[str]) -> list[str]:
    """The parts of `url`'s path if it is http(s) and on one of `sites`, else none.

    `sites` are base URLs, such as https://x.com; their port counts, www. does not.
    """
    try:
        link, known = urlsplit(url.strip()), {_place(urlsplit(site)) for site in sites}
        there = link.scheme in ("http", "https") and _place(link) in known
    except ValueError:  # no URL at all
        return []
    return [part for part in link.path.split("/") if part] if there else []


def _place(link: SplitResult) -> tuple[str, int | None]:
    return (link.hostname or "").removeprefix("www."), link.port
