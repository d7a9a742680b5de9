"""Whether a target's options are ones that its network has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from social_media.platforms.base import Capabilities, Option, Problem


def option_problems(
    options: Mapping[str, Any], capabilities: Capabilities
) -> list[Problem]:
    """Unknown names and values of the wrong kind; fields are "options.<name>"."""
    known = {option.name: option for option in capabilities.options}
    found = []
    for name, value in options.items():
        if name not in known:
            words = _unknown(capabilities, sorted(known))
            found.append(Problem("unknown_option", f"options.{name}", words))
        elif words := _wrong(known[name], value):
            found.append(Problem("invalid_option", f"options.{name}", words))
    return found


def _unknown(capabilities: Capabilities, names: list[str]) -> str:
    label = capabilities.platform.label
    if not names:
        return f"{label} has no options."
    return f"{label} has no such option. It has: {', '.join(names)}."


def _wrong(option: Option, value: Any) -> str:
    """What is wrong with `value`, "" if nothing is."""
    if option.kind == "flag":
        return "" if isinstance(value, bool) else "Must be true or false."
    if option.kind == "list":
        return _wrong_list(option, value)
    return _wrong_text(option, value)


def _wrong_list(option: Option, value: Any) -> str:
    if not isinstance(value, list):
        return "Must be a list of texts."
    return next((words for one in value if (words := _wrong_text(option, one))), "")


def _wrong_text(option: Option, value: Any) -> str:
    if not isinstance(value, str):
        return "Must be a text."
    if option.choices and value not in option.choices:
        return f"Must be one of: {', '.join(option.choices)}."
    if len(value) > option.max_length:
        return f"Must be no longer than {option.max_length} characters."
    return ""
