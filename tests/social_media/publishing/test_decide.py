"""What happens to each kind of error (design: the pipeline's step 7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from social_media.enums import AccountStatus, AttemptOutcome, TargetStatus
from social_media.platforms import errors
from social_media.publishing.decide import decide
from social_media.publishing.retry import RetryPolicy

POLICY = RetryPolicy([timedelta(seconds=30), timedelta(seconds=120)])
MOMENT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def decision_for(error, tries=0):
    return decide(error, tries=tries, policy=POLICY, chance=0.5)


def test_every_error_has_a_decision():
    leaves = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, errors.PlatformError)
        and kind is not errors.PlatformError
    }
    made = {
        errors.RateLimited: errors.RateLimited("later", retry_at=MOMENT),
        errors.NotReady: errors.NotReady("later", check_at=MOMENT),
    }
    statuses = {
        kind.__name__: decision_for(made.get(kind) or kind("words")).status
        for kind in leaves
    }
    assert statuses == {
        "RateLimited": TargetStatus.SCHEDULED,
        "NotReady": TargetStatus.SCHEDULED,
        "Unavailable": TargetStatus.SCHEDULED,
        "AuthenticationFailed": TargetStatus.SCHEDULED,
        "AccountBlocked": TargetStatus.SCHEDULED,
        "ContentRejected": TargetStatus.FAILED,
        "OutcomeUnknown": TargetStatus.RECONCILING,
        "CannotTell": TargetStatus.RECONCILING,
    }


def test_a_rate_limit_waits_on_the_account_and_costs_no_try():
    made = decision_for(errors.RateLimited("later", retry_at=MOMENT))
    assert made.account_blocked_until == MOMENT + timedelta(seconds=2.5)
    assert (made.costs_try, made.after, made.at) == (False, None, None)


def test_not_ready_is_asked_again_then_and_costs_no_try():
    made = decision_for(errors.NotReady("later", check_at=MOMENT))
    assert (made.costs_try, made.at, made.account_blocked_until) == (
        False,
        MOMENT,
        None,
    )


@pytest.mark.parametrize(
    ("tries", "status", "after"),
    [
        (0, TargetStatus.SCHEDULED, timedelta(seconds=30)),
        (1, TargetStatus.SCHEDULED, timedelta(seconds=120)),
        (2, TargetStatus.FAILED, None),
    ],
)
def test_unavailable_backs_off_then_fails(tries, status, after):
    made = decision_for(errors.Unavailable("down"), tries)
    assert (made.status, made.after, made.costs_try) == (status, after, True)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.AuthenticationFailed("dead"), AccountStatus.NEEDS_REAUTH),
        (errors.AccountBlocked("held"), AccountStatus.PAUSED),
    ],
)
def test_an_account_problem_holds_the_account_and_costs_no_try(error, status):
    made = decision_for(error, tries=4)
    assert (made.account_status, made.status, made.costs_try) == (
        status,
        TargetStatus.SCHEDULED,
        False,
    )


def test_an_unknown_outcome_leaves_the_attempt_open():
    assert decision_for(errors.OutcomeUnknown("lost")).outcome is None


def test_a_refusal_closes_the_attempt():
    made = decision_for(errors.ContentRejected("no"))
    assert made.outcome == AttemptOutcome.CONTENT_REJECTED
