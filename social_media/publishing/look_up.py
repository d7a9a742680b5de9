"""Asking a network whether a step whose answer was lost stands there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from social_media.models import PublishStep
from social_media.models.clock import database_now
from social_media.oauth.refresh import usable_credentials
from social_media.platforms.base import Credentials, Published, Step
from social_media.platforms.errors import AuthenticationFailed, PlatformError
from social_media.publishing.call import ask
from social_media.publishing.prepare import renew
from social_media.publishing.tell_apart import same_account
from social_media.publishing.work import Work, step_for

#: More than any strategy looks back before the first try.
AROUND = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class KeptKey:
    """The network dedupes the same call, until then; None: for ever."""

    until: datetime | None


def look_up(
    work: Work, row: PublishStep, first_sent: datetime
) -> tuple[Published | PlatformError | None, KeptKey | None]:
    """The look-up's answer, and whether the same call may simply be repeated.

    Renews the lease before each call; raises LeaseLost.
    """
    credentials = usable_credentials(work.account)
    if isinstance(credentials, PlatformError):
        return credentials, None
    known = _published_around(work, row, first_sent)
    step = step_for(work, row, first_sent_at=first_sent, known=known)
    work.lease.renew()  # the sign-in may have taken a while
    answer = _find(work, step, credentials)
    if isinstance(answer, AuthenticationFailed) and not work.refreshed:
        credentials = renew(work)
        if isinstance(credentials, PlatformError):
            return credentials, None
        work.lease.renew()
        answer = _find(work, step, credentials)
    return answer, _kept_key(work, step, credentials)


def _kept_key(work: Work, step: Step, credentials: Credentials) -> KeptKey | None:
    if not work.strategy.repeat_is_safe(step, credentials, database_now()):
        return None
    lifetime = work.strategy.capabilities(credentials).key_lifetime
    if lifetime is None or step.first_sent_at is None:
        return KeptKey(until=None)
    return KeptKey(until=step.first_sent_at + lifetime)


def _published_around(work: Work, row: PublishStep, moment: datetime) -> list[str]:
    """Remote ids of other steps that went out since about then, also through the same
    account in another workspace.
    """
    others = PublishStep.objects.filter(
        target__account__in=same_account(work).values("pk"),
        published_at__gte=moment - AROUND,
    ).exclude(pk=row.pk)
    return list(others.values_list("remote_id", flat=True))


def _find(
    work: Work, step: Step, credentials: Credentials
) -> Published | PlatformError | None:
    return ask(lambda: work.strategy.find_published(step, credentials), visible=False)
