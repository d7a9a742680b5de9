"""How often a caller may call. Rates are settings (THROTTLE_*)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
)
from rest_framework.throttling import UserRateThrottle as PerUser

from social_media.api.v1.authentication import key_of
from social_media.models import CalendarFeed

if TYPE_CHECKING:  # that module reads the settings that name these classes
    from rest_framework.views import APIView

log = structlog.get_logger(__name__)


class AnonThrottle(AnonRateThrottle):
    """Calls without a sign-in, per address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this call may go on."""
        try:
            return super().allow_request(request, view)
        except RedisError:
            return _open()


class CallerThrottle(PerUser):
    """Calls of one person, or of one API key."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this call may go on."""
        try:
            return super().allow_request(request, view)
        except RedisError:
            return _open()

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """Each key counts for itself."""
        key = key_of(request)
        if key is None:
            return super().get_cache_key(request, view)
        return self.cache_format % {"scope": self.scope, "ident": key.pk}


class SignInThrottle(ScopedRateThrottle):
    """Guessing passwords is slow: views with a `throttle_scope`, per address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this call may go on."""
        try:
            return super().allow_request(request, view)
        except RedisError:
            return _open()


class FeedThrottle(SimpleRateThrottle):
    """Calls of one calendar feed; without any, tries of an address to find one.

    Not of the address where a feed is found: a calendar service asks for many people.
    """

    scope = "calendar_feed"

    def __init__(self, feed: CalendarFeed | None) -> None:
        super().__init__()
        self._feed = feed

    def allow_request(self, request: Any, view: Any) -> bool:
        """Whether this call, of Django or REST framework, may go on."""
        try:
            return super().allow_request(request, view)
        except RedisError:
            return _open()

    def get_cache_key(self, request: Any, view: Any) -> str:
        """By feed, else by address."""
        ident = self._feed.pk if self._feed else self.get_ident(request)
        return str(self.cache_format % {"scope": self.scope, "ident": ident})


def _open() -> bool:
    """Counting is away: the API is not to go with it."""
    log.warning("throttle_unavailable")
    return True
