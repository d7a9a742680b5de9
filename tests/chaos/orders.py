"""The posts of a run: a pure function of seed, length and rate."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.files import File, Files

#: A post is written so many seconds before it is due.
LEAD_SECONDS = (10.0, 40.0)
#: One post in so many is a thread, and has a first comment, and has a link.
THREADS, COMMENTS, LINKS = 4, 10, 4
MOST_ACCOUNTS = 3
#: One post in so many shows media, and one in so many of those is due so soon that
#: hardly anything can be uploaded ahead of its time.
ILLUSTRATED, HURRIED = 3, 4
HURRIED_SECONDS = (3.5, 6.0)
MOST_PICTURES = 2
#: One file in so many has its description from the post, not from its upload.
DESCRIBED_ANEW = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A file's place in a post. `alt_text` None: the file's own."""

    file: File
    alt_text: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One post to be written.

    Args:
        written_at, due_at: seconds after the load begins.
        texts: of the post and its thread; each is unique in the run.
        media: what each of the texts shows, in order.
        comment: the first comment, "" for none.
        accounts: places in the list of connected accounts.
    """

    marker: str
    written_at: float
    due_at: float
    texts: tuple[str, ...]
    media: tuple[tuple[Shown, ...], ...]
    comment: str
    accounts: tuple[int, ...]


def make_orders(
    seed: int, seconds: float, *, rate: float, accounts: int
) -> list[Order]:
    """`rate` posts a second, in the order in which they are written.

    The first is due when the shortest lead is over, the last at the end of the load.
    """
    chance = random.Random(f"posts {seed}")
    number = max(1, round(seconds * rate))
    first = min(LEAD_SECONDS[0], seconds / 2)
    step = (seconds - first) / number
    files = Files(random.Random(f"files {seed}"))
    made = [
        _order(chance, files, place, first + step * (place + 1), accounts)
        for place in range(number)
    ]
    return sorted(made, key=lambda order: order.written_at)


def _order(
    chance: random.Random, files: Files, number: int, due_at: float, accounts: int
) -> Order:
    marker = f"c{number:05d}"
    parts = 1 + (chance.randint(1, 2) if chance.randrange(THREADS) == 0 else 0)
    comment = chance.randrange(COMMENTS) == 0
    chosen = chance.sample(range(accounts), chance.randint(1, MOST_ACCOUNTS))
    media = _media(chance, files, marker, parts, chosen, due_at)
    hurried = any(media) and chance.randrange(HURRIED) == 0
    lead = HURRIED_SECONDS if hurried else LEAD_SECONDS
    return Order(
        marker=marker,
        written_at=max(0.0, due_at - chance.uniform(*lead)),
        due_at=due_at,
        texts=_texts(chance, marker, parts),
        media=media,
        comment=f"{marker} and the first comment below it" if comment else "",
        accounts=tuple(chosen),
    )


def _media(
    chance: random.Random,
    files: Files,
    marker: str,
    parts: int,
    accounts: Sequence[int],
    due_at: float,
) -> tuple[tuple[Shown, ...], ...]:
    """Of a thread, the second part has some, and every other time the first as well."""
    illustrated = chance.randrange(ILLUSTRATED) == 0
    with_first = parts == 1 or chance.randrange(2) == 0
    places = []
    for part in range(parts):
        shows = illustrated and (part == 1 or (part == 0 and with_first))
        pictures = chance.randint(1, MOST_PICTURES)
        chosen = files.choose(accounts, pictures, due_at) if shows else ()
        places.append(tuple(_shown(chance, marker, file) for file in chosen))
    return tuple(places)


def _shown(chance: random.Random, marker: str, file: File) -> Shown:
    anew = chance.randrange(DESCRIBED_ANEW) == 0
    return Shown(file, f"{file.name} in {marker}" if anew else None)


def _texts(chance: random.Random, marker: str, parts: int) -> tuple[str, ...]:
    link = chance.randrange(LINKS) == 0
    more = f" https://stationmaster.example/{marker}" if link else ""
    return tuple(
        f"{marker} part {part} of {parts}, on its way{more}"
        for part in range(1, parts + 1)
    )


def parts_of(orders: Sequence[Order]) -> int:
    """How many things must stand on the networks for these posts."""
    return sum(
        len(order.accounts) * (len(order.texts) + bool(order.comment))
        for order in orders
    )
