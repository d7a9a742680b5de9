"""Which of our own posts a look-up found, where several have the same words.

Networks are searched by text. Two targets of an account with the same words must never
take one post for both: one of them would be told as published and never be seen.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from social_media.enums import AttemptOutcome, TargetStatus
from social_media.models import (
    ConnectedAccount,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.models.clock import from_now
from social_media.oauth.credentials import without_secrets
from social_media.platforms.base import Idempotency
from social_media.platforms.errors import CannotTell, Unavailable
from social_media.publishing.work import Work

_WORDS = (
    "The account has a post with these words, but it may be another of its posts "
    "here that says the same. "
)
LOOK_AGAIN = Unavailable(_WORDS + "Looking again once that is settled.")
ASK_BY_KEY = CannotTell(_WORDS + "The network is asked with this one's own key.")

#: Nobody knows whether one of these made a post; sent again it may be answered with it.
_UNKNOWN = (
    "",
    AttemptOutcome.REPEATABLE,
    AttemptOutcome.UNDETERMINED,
    AttemptOutcome.RESOLVED,
)


def same_account(work: Work) -> QuerySet[ConnectedAccount]:
    """The rows of the work's account on its network, one in each workspace."""
    account = work.account
    return ConnectedAccount.objects.filter(
        platform=account.platform, server=account.server, remote_id=account.remote_id
    )


def lock_accounts(work: Work) -> None:
    """Of two that take a post over at once, the second sees what the first took.

    Locks the target's row and every row of its remote account, also in other
    workspaces. The post row is locked.
    """
    target = PostTarget.objects.filter(pk=work.target.pk).select_for_update(no_key=True)
    target.values_list("pk").first()
    accounts = same_account(work).order_by("pk").select_for_update(no_key=True)
    list(accounts.values_list("pk"))


def may_be_anothers(work: Work, row: PublishStep, remote_id: str) -> bool:
    """Whether the post that was found for `row` is another step's, or may turn out to
    be. The accounts are locked.
    """
    strategy = work.strategy
    can = strategy.capabilities(without_secrets(work.account))
    if can.idempotency is Idempotency.KEY and can.key_lifetime is None:
        return False  # it was found by its key, not by its words
    maybe = Q(outcome="", target__status=TargetStatus.POSTING)
    if can.key_lifetime is not None:
        # Sent again with their own key they are answered with their own post. Twice
        # the lifetime: the network may keep keys for longer than we rely on.
        kept_since = from_now(-2 * can.key_lifetime)
        maybe |= Q(outcome__in=_UNKNOWN, opened_at__gte=kept_since)
    # These first: one that records its answer between the two reads is seen by `taken`.
    return _says_the_same(work, row, maybe) or taken(work, row, remote_id)


def taken(work: Work, row: PublishStep, remote_id: str = "") -> bool:
    """Whether another step of the remote account has this post (`row`'s by default)."""
    steps = PublishStep.objects.filter(
        target__account__in=same_account(work).values("pk"),
        remote_id=remote_id or row.remote_id,
    )
    return steps.exclude(pk=row.pk).exists()


def _says_the_same(work: Work, row: PublishStep, maybe: Q) -> bool:
    tries = PublishAttempt.objects.filter(
        maybe, target__account__in=same_account(work).values("pk"), step__remote_id=""
    )
    others = tries.exclude(step=row).values_list("payload__text", flat=True)
    return _words_of(row.payload["text"]) in map(_words_of, others)


def _words_of(text: str) -> list[str]:
    """Networks change white space."""
    return text.split()
