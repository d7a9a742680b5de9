"""Who is next, and what leaves room for others."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from social_media.media.turns import Places, Turns

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE, TWO, THREE = (uuid.UUID(int=number) for number in (1, 2, 3))


def since(**hours: int) -> dict[uuid.UUID, datetime]:
    """Workspaces by the hours that they wait."""
    known = {"one": ONE, "two": TWO, "three": THREE}
    return {known[name]: NOON - timedelta(hours=h) for name, h in hours.items()}


def test_who_waits_longest_begins_and_then_each_has_a_turn() -> None:
    turns, due = Turns(), since(one=9, two=5, three=7)
    order = [turns.next_of(due) for _ in range(7)]
    assert order == [ONE, THREE, TWO, ONE, THREE, TWO, ONE]


def test_who_comes_later_needs_not_wait_for_all_of_the_others() -> None:
    turns = Turns()
    assert turns.next_of(since(one=9)) == ONE
    assert turns.next_of(since(one=9)) == ONE
    assert turns.next_of(since(one=9, two=1)) == TWO
    assert turns.next_of(since(one=9, two=1)) == ONE


def test_who_waits_for_nothing_is_forgotten() -> None:
    turns = Turns()
    turns.next_of(since(one=9, two=1))
    turns.next_of(since(two=1))
    assert turns._served == {TWO: 2}


def test_places_are_given_back_whatever_happens() -> None:
    places = Places()
    with places.one_of(2) as first, places.one_of(2) as second:
        with places.one_of(2) as third:
            assert (first, second, third) == (True, True, False)
        with places.one_of(3) as third:
            assert third
    with pytest.raises(ZeroDivisionError), places.one_of(1) as alone:
        raise ZeroDivisionError(alone)
    with places.one_of(1) as again:
        assert again
