"""Runs the examples of a section of docs/, in order, and compares what they answer.

Fenced blocks of these kinds are run; all others are for people only:

- `http`: METHOD and path (below /api/v1) or address, headers if any, an empty line, a
  body; `@posts.csv` is a file of the section. It must succeed, or its
  answer say otherwise.
- `json` after it is the answer: the fields that are given must be there and equal,
  lists as long, unless they end with "...". `json 400` means that status. `csv`,
  `jsonl` and `ics` are texts, each line of which must be in the answer, in this order.
- `csv posts.csv` (and `jsonl ...`) is a file for the examples that follow.
- `console`: lines with `$ python manage.py ...`, each with what it prints.

`$NAME` keeps what an answer has there, and later stands for it. "..." is any text.
Dates that have passed are moved by whole weeks, to about the same day of a later year.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.core.management import call_command
from rest_framework.test import APIClient

from tests.docs_dates import in_future

API = "/api/v1"
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_NAME = re.compile(r"\$([A-Z][A-Z0-9_]*)")
_ANSWERS = ("json", "csv", "jsonl", "ics")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block, at this line of its page, under this heading."""

    section: str
    line: int
    kind: str
    word: str
    text: str


def blocks_of(page: str) -> Iterator[Block]:
    """Every fenced block with a language; their dates are ahead."""
    page = in_future(page, today=datetime.now(UTC).date())
    for found in _FENCE.finditer(page):
        before, (kind, word, text) = page[: found.start()], found.groups()
        (*_, section) = ["", *_SECTION.findall(before)]
        yield Block(section, before.count("\n") + 1, kind, word or "", text)


@dataclass
class Examples:
    """Runs the blocks of one section: calls of `client`, files in `folder`."""

    client: APIClient
    folder: Path
    names: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    _answer: Any = None

    def run(self, blocks: Sequence[Block]) -> None:
        """All of a section. Raises AssertionError that names the line of the page."""
        for block, after in pairwise([*blocks, None]):
            try:
                self._run(block, after)
            except AssertionError as error:
                raise AssertionError(f"line {block.line}: {error}") from None

    def _run(self, block: Block, after: Block | None) -> None:
        if block.kind == "http":
            self._call(block.text)
            told = after is not None and after.kind in _ANSWERS and _told(after)
            assert told or self._answer.status_code < 300, self._answer.getvalue()
        elif block.kind == "console":
            self._command(block.text)
        elif block.kind in _ANSWERS and block.word and not _told(block):
            (self.folder / block.word).write_text(self._filled(block.text))
        elif block.kind in _ANSWERS:
            self._compare(block)
        else:
            return
        self.ran.append(block.kind)

    def _call(self, text: str) -> None:
        head, _, body = self._filled(text).partition("\n\n")
        (method, path), *headers = (line.split(" ", 1) for line in head.splitlines())
        sent = {name.rstrip(":"): value for name, value in headers}
        if body.startswith("@"):
            data: str | bytes = (self.folder / body.strip()[1:]).read_bytes()
        else:
            data = body
        self._answer = self.client.generic(
            method,
            API + path if path.startswith("/") else path,
            data,
            content_type=sent.pop("Content-Type", "application/json"),
            headers=sent,
        )

    def _compare(self, block: Block) -> None:
        status = self._answer.status_code
        if _told(block):
            assert status == int(block.word), f"{status} {self._answer.content}"
        if block.kind == "json":
            self._match(json.loads(block.text), self._answer.json(), "")
        else:
            unfolded = self._answer.getvalue().decode("utf-8-sig").replace("\r\n ", "")
            self._lines(block.text.splitlines(), unfolded.splitlines())

    def _command(self, text: str) -> None:
        for one in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *expected = one.splitlines()
            words = shlex.split(self._filled(command))
            printed = io.StringIO()
            with contextlib.chdir(self.folder):
                call_command(
                    *words[words.index("manage.py") + 1 :],
                    stdout=printed,
                    stderr=printed,
                )
            self._lines(expected, printed.getvalue().splitlines())

    def _lines(self, expected: list[str], actual: list[str]) -> None:
        rest = iter(actual)
        for line in expected:
            assert line == "..." or any(self._same(line, one) for one in rest), (
                f"{line!r} is not in, or not in this order: {actual}"
            )

    def _match(self, expected: Any, actual: Any, path: str) -> None:
        if isinstance(expected, dict):
            assert isinstance(actual, dict), f"{path}: {actual!r}"
            for name, value in expected.items():
                assert name in actual, f"{path}.{name} is not in {sorted(actual)}"
                self._match(value, actual[name], f"{path}.{name}")
        elif isinstance(expected, list):
            assert isinstance(actual, list), f"{path}: {actual!r}"
            more = expected[-1:] == ["..."]
            wanted = expected[:-1] if more else expected
            assert more or len(wanted) == len(actual), f"{path}: {actual}"
            for number, value in enumerate(wanted):
                self._match(value, actual[number], f"{path}.{number}")
        else:
            assert self._same(expected, actual), f"{path}: {actual!r}, not {expected!r}"

    def _same(self, expected: Any, actual: Any) -> bool:
        """Whether they are equal; names that are new take what is there."""
        if not isinstance(expected, str):
            return bool(expected == actual) and type(expected) is type(actual)
        new: list[str] = []
        pattern = ""
        for part in re.split(r"(\.\.\.|\$[A-Z][A-Z0-9_]*)", expected):
            name = part[1:] if _NAME.fullmatch(part) else ""
            if name and name not in self.names and name not in new:
                new.append(name)
                pattern += f"(?P<{name}>.+)"
            elif name in new:
                pattern += f"(?P={name})"
            else:
                shown = self.names[name] if name else part
                pattern += ".*" if part == "..." else re.escape(shown)
        text = actual if isinstance(actual, str) else json.dumps(actual)
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            self.names.update(found.groupdict())
        return found is not None

    def _filled(self, text: str) -> str:
        for name in _NAME.findall(text):
            assert name in self.names, f"${name} is not known yet"
        return _NAME.sub(lambda found: self.names[found[1]], text)


def _told(block: Block) -> bool:
    return block.word.isdigit()
