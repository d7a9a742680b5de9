"""What a person may set on a Bluesky post, and how each setting is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from social_media.platforms.base import Option, Problem

MAX_LANGUAGES = 3

#: Labels that an author may put on an own post; clients hide it behind a warning.
LABELS = ("sexual", "nudity", "porn", "graphic-media")

#: Who may reply, as the rules of a threadgate. None: no threadgate, everyone may.
REPLY_CONTROLS: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "everyone": None,
        "nobody": (),
        "mentioned": ("app.bsky.feed.threadgate#mentionRule",),
        "following": ("app.bsky.feed.threadgate#followingRule",),
        "followers": ("app.bsky.feed.threadgate#followerRule",),
    }
)

OPTIONS = (
    Option(
        name="langs",
        label="Languages",
        kind="list",
        max_length=MAX_LANGUAGES,
        help="Up to three language codes, such as en or pt-BR. Left out, the post has "
        "no language and language filters let it pass.",
    ),
    Option(
        name="labels",
        label="Content warning",
        kind="list",
        choices=LABELS,
        max_length=len(LABELS),
        help="Hides the post behind a warning.",
    ),
    Option(
        name="reply_control",
        label="Who can reply",
        choices=tuple(REPLY_CONTROLS),
        help="Holds for the whole thread.",
    ),
)

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def option_problems(options: Mapping[str, Any]) -> list[Problem]:
    """Every reason why `options` can't be used. An option that is None is not set."""
    return [
        Problem(code, f"options.{name}", message)
        for name, value in options.items()
        if value is not None
        for code, message in _reasons(name, value)
    ]


def _reasons(name: str, value: Any) -> list[tuple[str, str]]:
    check = _CHECKS.get(name)
    if check is None:
        return [("unknown_option", f"Bluesky has no option called {name}.")]
    message = check(value)
    return [("invalid_option", message)] if message else []


def _langs(value: Any) -> str:
    if not _is_list_of_text(value):
        return "Give the languages as a list of codes, such as en."
    if len(value) > MAX_LANGUAGES:
        return f"Bluesky takes at most {MAX_LANGUAGES} languages."
    wrong = [code for code in value if not _LANGUAGE.fullmatch(code)]
    return f"These are not language codes: {', '.join(wrong)}." if wrong else ""


def _labels(value: Any) -> str:
    if not _is_list_of_text(value) or not set(value) <= set(LABELS):
        return f"Give content warnings as a list of: {', '.join(LABELS)}."
    return ""


def _reply_control(value: Any) -> str:
    if not isinstance(value, str) or value not in REPLY_CONTROLS:
        return f"Choose who can reply: {', '.join(REPLY_CONTROLS)}."
    return ""


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(i, str) for i in value)


_CHECKS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {"langs": _langs, "labels": _labels, "reply_control": _reply_control}
)
