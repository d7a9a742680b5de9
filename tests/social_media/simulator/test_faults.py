"""Which request a fault hits, and how often."""

from __future__ import annotations

import time

import pytest

from social_media.simulator.faults import OPERATIONS, BadFault, FaultBoard


def add(board: FaultBoard, *, account: str | None = None, **asked):
    given = {"network": "x", "kind": "error_before", **asked}
    return board.add(board.parse(given, account=account))


@pytest.mark.parametrize(
    ("on", "hit"),
    [
        (None, {"publish"}),
        ("publish", {"publish"}),
        ("lookup", {"lookup"}),
        ("refresh", {"refresh"}),
        ("upload", {"upload"}),
        ("media_status", {"media_status"}),
        ("any", {*OPERATIONS} - {"any"} | {"other"}),
    ],
)
def test_a_fault_hits_its_operation_only(on, hit):
    board = FaultBoard()
    add(board, **({"on": on} if on else {}))
    operations = {*OPERATIONS} - {"any"} | {"other"}
    assert {each for each in operations if board.take("x", each, "ann")} == hit


def test_a_fault_hits_its_network_and_account_only():
    board = FaultBoard()
    fault = add(board, account="ann")
    asked = [("mastodon", "ann"), ("x", "bob"), ("x", None), ("x", "ann")]
    taken = [board.take(network, "publish", who) for network, who in asked]
    assert taken == [None, None, None, fault]
    assert fault.hits == 1


def test_a_fault_is_over_after_its_calls():
    board = FaultBoard()
    add(board, calls=2)
    taken = [board.take("x", "publish", "ann") is not None for _ in range(3)]
    assert (taken, board.active()) == ([True, True, False], [])


def test_a_fault_lets_some_requests_pass_first():
    board = FaultBoard()
    add(board, after=2, calls=1)
    taken = [board.take("x", "publish", "ann") is not None for _ in range(4)]
    assert taken == [False, False, True, False]


def test_a_fault_is_over_after_its_seconds():
    board = FaultBoard()
    fault = add(board, seconds=0.05)
    assert board.active() == [fault]
    time.sleep(0.06)
    assert (board.take("x", "publish", "ann"), board.active()) == (None, [])


def test_the_seconds_of_slow_are_no_end():
    board = FaultBoard()
    assert add(board, kind="slow", seconds=0.01).until is None


def test_the_oldest_fault_goes_first_and_they_add_up():
    board = FaultBoard()
    first, second = add(board, calls=1), add(board, kind="slow", calls=1)
    taken = [board.take("x", "publish", "ann") for _ in range(3)]
    assert taken == [first, second, None]


def test_a_closed_listener_takes_no_request():
    board = FaultBoard()
    add(board, kind="refuse_connection")
    assert board.take("x", "publish", "ann") is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"network": "myspace"}, "Unknown network 'myspace'"),
        ({"network": None}, "Unknown network None"),
        ({"kind": "explode"}, "Unknown kind 'explode'"),
        ({"on": "delete"}, "Unknown on 'delete'"),
        ({"times": 3}, "Unknown fields: times"),
        ({"calls": 0}, "calls must be a number above 0"),
        ({"calls": 1.5}, "calls must be a number above 0"),
        ({"calls": True}, "calls must be a number above 0"),
        ({"seconds": -1}, "seconds must be a number above 0"),
        ({"seconds": "2"}, "seconds must be a number above 0"),
        ({"kind": "refuse_connection", "calls": 1}, "closes the whole network"),
        ({"kind": "refuse_connection", "after": 1}, "closes the whole network"),
        ({"kind": "refuse_connection", "on": "any"}, "closes the whole network"),
        ({"kind": "processing"}, "x has no answer"),
        ({"kind": "processing", "on": "upload"}, "No answer to an upload"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_words(asked, words):
    with pytest.raises(BadFault, match=words):
        add(FaultBoard(), **asked)
