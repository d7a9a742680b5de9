"""The table of moves is checked when it is imported."""

from __future__ import annotations

import pytest

from social_media.enums import (
    EDITABLE,
    IN_FLIGHT,
    TRANSITIONS,
    TargetStatus,
    check_transitions,
)


def test_the_table_passes():
    check_transitions(TRANSITIONS)


def test_a_status_without_a_row():
    table = {key: TRANSITIONS[key] for key in TRANSITIONS if key != TargetStatus.FAILED}
    with pytest.raises(ValueError, match=r"moves for: \[TargetStatus.FAILED\]$"):
        check_transitions(table)


def test_a_status_that_nothing_leads_to():
    table = {
        key: moves - {TargetStatus.UNCONFIRMED} for key, moves in TRANSITIONS.items()
    }
    with pytest.raises(ValueError, match=r"statuses: \[TargetStatus.UNCONFIRMED\]$"):
        check_transitions(table)


def test_what_is_posted_stays_posted():
    assert TRANSITIONS[TargetStatus.POSTED] == frozenset()


def test_an_unknown_outcome_is_never_sent_again_straight_from_posting():
    """I4: what is in doubt goes through a look-up or a person."""
    assert TargetStatus.UNCONFIRMED not in TRANSITIONS[TargetStatus.POSTING]
    assert TargetStatus.POSTING not in TRANSITIONS[TargetStatus.RECONCILING]
    assert TargetStatus.POSTING not in TRANSITIONS[TargetStatus.UNCONFIRMED]


def test_only_a_posted_target_has_nowhere_to_go():
    stuck = {status for status in TargetStatus if not TRANSITIONS[status]}
    assert stuck == {TargetStatus.POSTED}
    assert stuck & IN_FLIGHT == set()
    assert EDITABLE & {TargetStatus.POSTING, TargetStatus.POSTED} == frozenset()
