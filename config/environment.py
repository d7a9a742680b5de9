"""The environment, read strictly: a value that can't work is one sentence."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config.limits import minimum_of

_BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


class Environment(environ.Env):  # type: ignore[misc]
    """environ.Env that raises ImproperlyConfigured, naming the variable, for all else.

    An empty value of a number or a boolean is its default.
    """

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: bool = False,
    ) -> Any:
        one = cast[0] if isinstance(cast, list) else cast
        if cast is one and one in _KINDS and not self.ENVIRON.get(var, "-").strip():
            return default
        try:
            value = super().get_value(var, cast, default, parse_default)
        except ValueError:
            many = ", comma-separated" if isinstance(cast, list) else ""
            given = self.ENVIRON.get(var)
            raise ImproperlyConfigured(
                f"{var} must be {_KINDS[one]}{many}, not {given!r}."
            ) from None
        if one in {int, float}:
            for number in value if isinstance(value, list) else [value]:
                if number < minimum_of(var):
                    raise ImproperlyConfigured(
                        f"{var} must be {minimum_of(var)} or more."
                    )
        return value

    @classmethod
    def parse_value(cls, value: Any, cast: Any) -> Any:
        """As environ.Env does. Raises ValueError for half-right values too."""
        if isinstance(cast, list):
            words = [word.strip() for word in value.split(",")]
            return [cls.parse_value(word, cast[0]) for word in words if word]
        if cast is bool:
            if value.strip().lower() not in _BOOLEANS:
                raise ValueError(value)
            return _BOOLEANS[value.strip().lower()]
        parsed = super().parse_value(value, cast)
        if cast is float and not math.isfinite(parsed):
            raise ValueError(value)
        return parsed

    def one_of(self, var: str, choices: tuple[str, ...], *, default: str) -> str:
        """One of these words, in the case that they have here."""
        given: str = self.str(var, default=default)
        for choice in choices:
            if given.strip().lower() == choice.lower():
                return choice
        raise ImproperlyConfigured(f"{var} must be one of {', '.join(choices)}.")


def writable_folder(variable: str, path: Path) -> Path:
    """`path`, made if need be. Raises ImproperlyConfigured if it can't be used."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{variable}: this process can't write to {path} ({error.strerror})."
        ) from None
    return path
