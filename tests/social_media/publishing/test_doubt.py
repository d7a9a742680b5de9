"""The verdict on a look-up: a table over its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from social_media.enums import AccountStatus, AttemptOutcome, TargetStatus
from social_media.platforms import errors
from social_media.publishing.doubt import PAUSED_FOR, Doubt, judge
from social_media.publishing.retry import RetryPolicy

POLICY = RetryPolicy([timedelta(seconds=30), timedelta(seconds=120)])
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
STAYS, AGAIN = TargetStatus.RECONCILING, TargetStatus.SCHEDULED
FAILED, ASK = TargetStatus.FAILED, TargetStatus.UNCONFIRMED


def verdict_on(answer, **known):
    facts = {
        "now": NOW,
        "believable_at": NOW,
        "repeatable": False,
        "over": False,
        "paused": False,
        "tries": 0,
    }
    doubt = Doubt(**(facts | known))
    return judge(answer, doubt, policy=POLICY, chance=0.0).decision


CANNOT = errors.CannotTell("no way")
DOWN = errors.Unavailable("down")


@pytest.mark.parametrize(
    ("answer", "known", "status", "outcome"),
    [
        (None, {}, AGAIN, AttemptOutcome.ABSENT),
        (None, {"believable_at": LATER}, STAYS, None),
        (None, {"believable_at": LATER, "repeatable": True}, STAYS, None),
        (None, {"error_code": "duplicate"}, FAILED, AttemptOutcome.ABSENT),
        (None, {"tries": 2}, FAILED, AttemptOutcome.ABSENT),
        (CANNOT, {}, ASK, AttemptOutcome.UNDETERMINED),
        (CANNOT, {"repeatable": True}, AGAIN, AttemptOutcome.REPEATABLE),
        (CANNOT, {"repeatable": True, "believable_at": LATER}, STAYS, None),
        (DOWN, {}, STAYS, None),
        (DOWN, {"over": True}, ASK, AttemptOutcome.UNDETERMINED),
        (errors.RateLimited("later", retry_at=LATER), {}, STAYS, None),
        (errors.AuthenticationFailed("dead"), {}, STAYS, None),
        (errors.AccountBlocked("held"), {}, STAYS, None),
    ],
)
def test_verdict(answer, known, status, outcome):
    made = verdict_on(answer, **known)
    assert (made.status, made.outcome) == (status, outcome)


def test_absent_is_sent_again_at_once_then_later_and_costs_tries():
    first, second = verdict_on(None), verdict_on(None, tries=1)
    assert (first.after, first.costs_try) == (timedelta(0), True)
    assert (second.after, second.costs_try) == (timedelta(seconds=120), True)


def test_too_early_an_absence_is_looked_at_again_when_it_can_be_believed():
    assert verdict_on(None, believable_at=LATER).at == LATER


def test_a_limited_look_up_waits_for_the_limit():
    answer = errors.RateLimited("later", retry_at=LATER)
    assert verdict_on(answer).at == LATER


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (errors.AuthenticationFailed("dead"), AccountStatus.NEEDS_REAUTH),
        (errors.AccountBlocked("held"), AccountStatus.PAUSED),
    ],
)
def test_an_account_problem_is_the_accounts(answer, status):
    assert verdict_on(answer).account_status == status


def test_a_dead_sign_in_is_waited_for_only_where_the_account_is_looked_at_meanwhile():
    """One that needs a new sign-in is not; a paused one is, now and then."""
    dead = errors.AuthenticationFailed("dead")
    assert verdict_on(dead).after is None
    assert verdict_on(dead, paused=True).after == PAUSED_FOR
