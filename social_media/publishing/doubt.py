"""What a look-up's answer means for a target in doubt: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    CannotTell,
    ContentRejected,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.publishing.decide import Decision
from social_media.publishing.retry import RetryPolicy

#: The network refused our text as one it has already (X): sending again can't work.
DUPLICATE = "duplicate"

ABSENT = Unavailable(
    "The network's answer was lost; it is certain now that nothing was published.",
    code="absent",
)
DUPLICATE_ELSEWHERE = ContentRejected(
    "The network refuses the same text twice: the account has a post with it already, "
    "and it is not this one. Change the text and try again.",
    code=DUPLICATE,
)
STILL_UNKNOWN = CannotTell(
    "The network may have published this and can't tell us. Look at the account: if "
    "it is there, mark it as live with its link; if not, send it again.",
    code="unconfirmed",
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known about the open attempt.

    `believable_at`: from then on "it is not there" can be believed, and the same call
    may be repeated. `repeatable`: the network dedupes the same call. `over`: it was
    looked for long enough. `paused`: its account is. `tries`: failed tries so far.
    """

    now: datetime
    believable_at: datetime
    repeatable: bool
    over: bool
    paused: bool
    tries: int
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision and the error that the owner is shown."""

    decision: Decision
    error: PlatformError


def judge(
    answer: PlatformError | None, doubt: Doubt, *, policy: RetryPolicy, chance: float
) -> Verdict:
    """The verdict on a look-up that found nothing (None) or failed."""
    patient = doubt.now >= doubt.believable_at
    if answer is None and patient:
        return _absent(doubt, policy=policy, chance=chance)
    if isinstance(answer, CannotTell) and doubt.repeatable and patient:
        return _repeat(answer, doubt, policy=policy, chance=chance)
    if doubt.over or (isinstance(answer, CannotTell) and not doubt.repeatable):
        return Verdict(_UNCONFIRMED, STILL_UNKNOWN)
    return _look_again(answer, doubt, policy=policy, chance=chance)


_UNCONFIRMED = Decision(
    TargetStatus.UNCONFIRMED,
    AttemptOutcome.UNDETERMINED,
    activity=ActivityAction.TARGET_UNCONFIRMED,
)


#: A paused account is looked at all the same, but never hammered.
PAUSED_FOR = timedelta(minutes=15)

# An account without a sign-in isn't looked at: at once when it is connected again.
_NEEDS_REAUTH = Decision(
    TargetStatus.RECONCILING,
    None,
    account_status=AccountStatus.NEEDS_REAUTH,
    activity=ActivityAction.ACCOUNT_NEEDS_REAUTH,
)

_HELD_BACK = Decision(
    TargetStatus.RECONCILING,
    None,
    after=PAUSED_FOR,
    account_status=AccountStatus.PAUSED,
    activity=ActivityAction.ACCOUNT_BLOCKED,
)


def _absent(doubt: Doubt, *, policy: RetryPolicy, chance: float) -> Verdict:
    """Surely not there: send the same again, a few times."""
    outcome = AttemptOutcome.ABSENT
    again = _again(outcome, doubt, policy=policy, chance=chance)
    if again is not None and doubt.error_code != DUPLICATE:
        return Verdict(again, ABSENT)
    error = DUPLICATE_ELSEWHERE if doubt.error_code == DUPLICATE else ABSENT
    return Verdict(
        Decision(TargetStatus.FAILED, outcome, activity=ActivityAction.TARGET_FAILED),
        error,
    )


def _repeat(
    answer: PlatformError, doubt: Doubt, *, policy: RetryPolicy, chance: float
) -> Verdict:
    """The network keeps our key: make the same call again, a few times."""
    outcome = AttemptOutcome.REPEATABLE
    again = _again(outcome, doubt, policy=policy, chance=chance)
    if again is None:
        return Verdict(_UNCONFIRMED, STILL_UNKNOWN)
    return Verdict(again, answer)


def _again(
    outcome: AttemptOutcome, doubt: Doubt, *, policy: RetryPolicy, chance: float
) -> Decision | None:
    """At once the first time, then with the pauses of failed tries; None: no more."""
    pause = policy.delay(doubt.tries + 1, chance)
    if pause is None:
        return None
    after = pause if doubt.tries else timedelta(0)
    return Decision(TargetStatus.SCHEDULED, outcome, costs_try=True, after=after)


def _look_again(
    answer: PlatformError | None, doubt: Doubt, *, policy: RetryPolicy, chance: float
) -> Verdict:
    stay = Decision(TargetStatus.RECONCILING, None)
    match answer:
        case None | CannotTell():
            return Verdict(replace(stay, at=doubt.believable_at), STILL_UNKNOWN)
        case RateLimited():
            return Verdict(replace(stay, at=answer.retry_at), answer)
        case AuthenticationFailed():
            after = PAUSED_FOR if doubt.paused else None
            return Verdict(replace(_NEEDS_REAUTH, after=after), answer)
        case AccountBlocked():
            return Verdict(_HELD_BACK, answer)
        case _:
            pause = policy.delay(1, chance) or timedelta(seconds=30)
            return Verdict(replace(stay, after=pause), answer)
