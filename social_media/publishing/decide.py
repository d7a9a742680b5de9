"""What an error means for the target: pure, by what it means, never where it came from.

| error | what happens |
|---|---|
| RateLimited | waits on the account; costs no try |
| NotReady | asked again at `check_at`; costs no try |
| Unavailable | again after a pause, a few times, then failed |
| AuthenticationFailed | the account must be connected again; its targets wait |
| AccountBlocked | the account is paused; its targets wait |
| ContentRejected | failed |
| OutcomeUnknown, anything else | reconcile |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from social_media.enums import (
    AccountStatus,
    ActivityAction,
    AttemptOutcome,
    TargetStatus,
)
from social_media.platforms.errors import (
    AccountBlocked,
    AuthenticationFailed,
    ContentRejected,
    NotReady,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.publishing.retry import RetryPolicy

RATE_LIMIT_SPREAD = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write down.

    `outcome` closes the attempt, None leaves it open. `after` is the pause before the
    target is due again, `at` the moment; neither: its due time stays. The account
    gets `account_status` or waits until `account_blocked_until`.
    """

    status: TargetStatus
    outcome: AttemptOutcome | None
    costs_try: bool = False
    after: timedelta | None = None
    at: datetime | None = None
    account_status: AccountStatus | None = None
    account_blocked_until: datetime | None = None
    activity: ActivityAction | None = None


def decide(
    error: PlatformError, *, tries: int, policy: RetryPolicy, chance: float
) -> Decision:
    """The decision for `error` after `tries` earlier failed tries.

    `chance` is a random number in [0, 1) for the jitter.
    """
    match error:
        case RateLimited():
            return _wait_for_limit(error, policy=policy, chance=chance)
        case NotReady():
            return Decision(
                TargetStatus.SCHEDULED, AttemptOutcome.NOT_READY, at=error.check_at
            )
        case Unavailable():
            return _try_again(tries=tries + 1, policy=policy, chance=chance)
        case _:
            return next(
                (made for kind, made in _ALWAYS if isinstance(error, kind)), _IN_DOUBT
            )


_ALWAYS: tuple[tuple[type[PlatformError], Decision], ...] = (
    (
        AuthenticationFailed,
        Decision(
            TargetStatus.SCHEDULED,
            AttemptOutcome.AUTHENTICATION_FAILED,
            account_status=AccountStatus.NEEDS_REAUTH,
            activity=ActivityAction.ACCOUNT_NEEDS_REAUTH,
        ),
    ),
    (
        AccountBlocked,
        Decision(
            TargetStatus.SCHEDULED,
            AttemptOutcome.ACCOUNT_BLOCKED,
            account_status=AccountStatus.PAUSED,
            activity=ActivityAction.ACCOUNT_BLOCKED,
        ),
    ),
    (
        ContentRejected,
        Decision(
            TargetStatus.FAILED,
            AttemptOutcome.CONTENT_REJECTED,
            activity=ActivityAction.TARGET_FAILED,
        ),
    ),
)

_IN_DOUBT = Decision(
    TargetStatus.RECONCILING, None, activity=ActivityAction.TARGET_RECONCILING
)


def _wait_for_limit(
    error: RateLimited, *, policy: RetryPolicy, chance: float
) -> Decision:
    # The due time stays: the account's wait holds all its targets back, and they
    # leave in their own order afterwards.
    pause = policy.spread(chance, at_most=RATE_LIMIT_SPREAD)
    return Decision(
        TargetStatus.SCHEDULED,
        AttemptOutcome.RATE_LIMITED,
        account_blocked_until=error.retry_at + pause,
    )


def _try_again(*, tries: int, policy: RetryPolicy, chance: float) -> Decision:
    pause = policy.delay(tries, chance)
    if pause is None:
        return Decision(
            TargetStatus.FAILED,
            AttemptOutcome.UNAVAILABLE,
            costs_try=True,
            activity=ActivityAction.TARGET_FAILED,
        )
    return Decision(
        TargetStatus.SCHEDULED,
        AttemptOutcome.UNAVAILABLE,
        costs_try=True,
        after=pause,
        activity=ActivityAction.TARGET_RETRYING,
    )
