"""Request bodies: JSON objects only, without anything a database can't hold."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

#: Deeper than any real request; keeps recursion out of everything behind the parser.
MAX_DEPTH = 20


class StrictJSONParser(JSONParser):
    """A JSON object in UTF-8.

    Refuses other JSON values, keys that occur twice, NaN and infinities, deep nesting,
    and NUL characters or lone surrogates in any text or key. A body larger than
    DATA_UPLOAD_MAX_MEMORY_SIZE was refused before, unread: Django does it for
    subclasses of JSONParser.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The parsed object. Raises ParseError, or ValidationError naming the field."""
        data = parse_json(stream.read())
        if not isinstance(data, dict):
            raise ParseError(
                "Send a JSON object: { ... } with the fields.", code="not_an_object"
            )
        check_content(data)
        return data


def parse_json(body: bytes) -> Any:
    """Any JSON value. Raises ParseError with the place of the mistake."""
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8 text.", code="not_utf8") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise ParseError(f"The body is not valid JSON: {error}.") from None


def check_content(data: Any) -> None:
    """Raise for text that can't be stored, ValidationError by path, and for depth."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), data)]
    while pending:
        path, value = pending.pop()
        if len(path) > MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, str):
            _check_text(value, path)
        else:
            pending.extend(_children(path, value))


def storable(text: str) -> bool:
    """Whether `text` can be stored: no NUL character and no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _children(
    path: tuple[str, ...], value: Any
) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            _check_text(key, path)
            yield (*path, key), item
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*path, str(index)), item


def _check_text(text: str, path: tuple[str, ...]) -> None:
    if storable(text):
        return
    message = "This text has a character that can't be stored: NUL or half a surrogate."
    if not path:
        raise ParseError(f"A field's name: {message}", code="unstorable_text")
    detail: Any = [message]
    for name in reversed(path):
        detail = {name: detail}
    raise ValidationError(detail, code="unstorable_text")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(f'the field "{_first_twice(pairs)[:60]}" occurs twice')
    return made


def _first_twice(pairs: list[tuple[str, Any]]) -> str:
    """In one pass: anyone may send a body of a hundred thousand names."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            break
        seen.add(name)
    return name


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _too_deep() -> ParseError:
    return ParseError(
        f"The JSON is nested deeper than {MAX_DEPTH} levels.", code="too_deep"
    )
