"""The files that posts show: which one where, and their bytes. All pure."""

from __future__ import annotations

import io
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image

from tests.media_samples import gif, mp4

#: Files that there are from the beginning, and how many more come every second.
AT_FIRST, A_SECOND = 10, 0.1
#: In a row of so many files one is a GIF and one a video.
ROW, GIF_AT, VIDEO_AT = 12, 5, 11
IMAGE, GIF, VIDEO = "image", "gif", "video"
_ENDINGS = {IMAGE: "jpg", GIF: "gif", VIDEO: "mp4"}
#: A picture is its number, written in black and white squares.
_SQUARE, _BITS = 8, 16


@dataclass(frozen=True, slots=True)
class File:
    """One file of the run; all have different bytes."""

    number: int

    @property
    def kind(self) -> str:
        """IMAGE, GIF or VIDEO."""
        kinds = {GIF_AT: GIF, VIDEO_AT: VIDEO}
        return kinds.get(self.number % ROW, IMAGE)

    @property
    def name(self) -> str:
        """As it is uploaded."""
        return f"file-{self.number}.{_ENDINGS[self.kind]}"

    @property
    def alt_text(self) -> str:
        """As it is uploaded."""
        return f"{self.kind} no. {self.number}"

    @property
    def data(self) -> bytes:
        """Small, for it is the machine's time that a run is short of."""
        side = 64 + 2 * self.number
        if self.kind == GIF:
            return gif(3, width=side, height=64)
        if self.kind == VIDEO:
            return mp4(1.0, width=side, height=64, rate=10)
        return _picture(self.number)


@cache
def _picture(number: int) -> bytes:
    image = Image.new("L", (_BITS * _SQUARE, 64), 128)
    for bit in range(_BITS):
        if number >> bit & 1:
            image.paste(255, (bit * _SQUARE, 0, (bit + 1) * _SQUARE, 64))
    kept = io.BytesIO()
    image.convert("RGB").save(kept, "JPEG")
    return kept.getvalue()


class Files:
    """Chooses files, none of them twice for an account: then the same bytes that
    come to an account again were uploaded again.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._seen: dict[int, set[int]] = defaultdict(set)

    def choose(
        self, accounts: Sequence[int], pictures: int, moment: float
    ) -> tuple[File, ...]:
        """So many pictures, or one GIF or video, for a post of these accounts that is
        due `moment` seconds after the load begins.
        """
        first = self._fresh(accounts, moment, {IMAGE, GIF, VIDEO})
        more = pictures - 1 if first.kind == IMAGE else 0
        return (first, *(self._fresh(accounts, moment, {IMAGE}) for _ in range(more)))

    def _fresh(self, accounts: Sequence[int], moment: float, kinds: set[str]) -> File:
        seen = set[int]().union(*(self._seen[account] for account in accounts))
        there = range(AT_FIRST + int(A_SECOND * moment))
        left = [File(number) for number in there if number not in seen]
        fitting = [file for file in left if file.kind in kinds]
        chosen = self._chance.choice(fitting) if fitting else _next(there.stop, seen)
        for account in accounts:
            self._seen[account].add(chosen.number)
        return chosen


def _next(number: int, seen: set[int]) -> File:
    """The first picture from `number` on that is not among `seen`."""
    while number in seen or File(number).kind != IMAGE:
        number += 1
    return File(number)
