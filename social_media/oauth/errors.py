"""Why an account can't be connected or changed, in words for the person who asked."""

from __future__ import annotations

from collections.abc import Sequence

from social_media.platforms.base import Problem


class InvalidConnection(Exception):
    """What was typed can't be used; each problem's `field` names what to correct."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("The account can't be connected like this.")
        self.problems = tuple(problems)


class AccountDisconnected(Exception):
    """There is nothing left to sign in with."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AccountBusy(Exception):
    """Something of this account is on its way; in a minute it will be known."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
