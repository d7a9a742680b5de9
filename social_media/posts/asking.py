"""Asking networks about accounts whose posts come soon: several at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from social_media.enums import AccountStatus
from social_media.models import ConnectedAccount
from social_media.models.account import ConnectedAccounts
from social_media.oauth.check import look
from social_media.platforms.errors import (
    AccountBlocked,
    PlatformError,
    RateLimited,
    Unavailable,
)
from social_media.posts.findings import Finding

#: Accounts that are asked about at a time.
AT_A_TIME = 8

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A target to be checked now. `ask`: its account's network is to be asked first."""

    target: uuid.UUID
    account: uuid.UUID
    place: tuple[str, str]  # network and server
    ask: bool


class Asking:
    """Asks in one sweep about each account once, and no more where a network is silent
    or asks to be left alone. The first of each network goes alone, to find that out.
    """

    def __init__(self) -> None:
        self._done: set[uuid.UUID] = set()
        self._answered: set[tuple[str, str]] = set()
        self._silent: set[tuple[str, str]] = set()
        self._told: dict[uuid.UUID, Finding] = {}

    def ask(self, batch: Iterable[Due]) -> None:
        """Ask about the next few of these accounts; what they say is stored."""
        wave = self._wave(batch)
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            answers = list(pool.map(_look, wave))
        for account_id, answer in zip(wave, answers, strict=True):
            self._note(account_id, wave[account_id], answer)

    def is_settled(self, due: Due) -> bool:
        """Whether its account needs no asking any more, or can't be asked now."""
        return not due.ask or due.account in self._done or due.place in self._silent

    def told(self, account_id: uuid.UUID) -> tuple[Finding, ...]:
        """What the network said that no row holds."""
        found = self._told.get(account_id)
        return (found,) if found else ()

    def _wave(self, batch: Iterable[Due]) -> dict[uuid.UUID, tuple[str, str]]:
        wave: dict[uuid.UUID, tuple[str, str]] = {}
        for due in batch:
            alone = due.place not in self._answered
            busy = alone and due.place in wave.values()
            if len(wave) < AT_A_TIME and not busy and not self.is_settled(due):
                wave[due.account] = due.place
        return wave

    def _note(
        self,
        account_id: uuid.UUID,
        place: tuple[str, str],
        answer: PlatformError | None,
    ) -> None:
        self._done.add(account_id)
        if isinstance(answer, Unavailable | RateLimited):
            self._silent.add(place)
            return
        self._answered.add(place)
        if isinstance(answer, AccountBlocked):
            words = f"Its network holds the account back now: {answer.message}"
            self._told[account_id] = Finding(answer.code, words)


def askable() -> ConnectedAccounts:
    """In use, and not to be left alone for a while."""
    unblocked = Q(blocked_until=None) | Q(blocked_until__lte=Now())
    return ConnectedAccount.objects.filter(unblocked, status=AccountStatus.ACTIVE)


def _look(account_id: uuid.UUID) -> PlatformError | None:
    """In a thread of its own. One account that fails stops no other's posts."""
    try:
        # Without the secrets: `look` says if they can't be read.
        account = askable().filter(pk=account_id).defer("secrets").first()
        answer = look(account) if account else None
    except Exception:
        log.exception("preflight_ask_failed", account=str(account_id))
        return None
    finally:
        connection.close()
    if answer is not None:
        log.info("preflight_answer", account=str(account_id), why=str(answer))
    return answer
