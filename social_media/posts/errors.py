"""Why something can't be done to a post, in words for the person who asked."""

from __future__ import annotations

from collections.abc import Sequence

from social_media.platforms.base import Problem


class PostError(Exception):
    """Base of what this package raises."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PostGone(PostError):
    """Somebody deleted it meanwhile."""

    def __init__(self) -> None:
        super().__init__("This post no longer exists.")


class LabelGone(PostError):
    """Somebody deleted it meanwhile."""

    def __init__(self) -> None:
        super().__init__("This label no longer exists.")


class Conflict(PostError):
    """Not possible as the post stands now; `code` says which rule."""

    def __init__(self, message: str, *, code: str = "wrong_status") -> None:
        super().__init__(message)
        self.code = code


class NotEditable(Conflict):
    """It is being published or stands on a network, at least in part."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="not_editable")


class InvalidDraft(PostError):
    """What was asked for breaks rules. Each problem's `field` is a path into it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("This post can't be published like this.")
        self.problems = tuple(problems)
