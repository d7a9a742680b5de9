"""A workspace's calendar for calendar apps, at a secret address without sign-in."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from social_media.api.feed_text import text_of
from social_media.api.v1.throttles import FeedThrottle
from social_media.models.clock import database_now
from social_media.posts.feeds import find_feed, note_use, shown_by

#: Last-Modified counts in seconds: until one is over, it may still change.
_SECOND = timedelta(seconds=1)


@csrf_exempt  # nothing is changed here: another method is a 405
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar; nothing if it has not changed; 404 for every void address."""
    feed = find_feed(token)
    throttle = FeedThrottle(feed)
    if not throttle.allow_request(request, None):
        return _too_many(throttle.wait())
    if feed is None:
        return missing(request)
    now = database_now()
    content = text_of(feed, shown_by(feed, now=now))
    digest = hashlib.sha256(content).hexdigest()
    changed_at = note_use(feed, content_hash=digest, now=now)
    settled = changed_at if _settled(changed_at, now) else None
    return _answer(request, content, digest, settled)


@csrf_exempt
def missing(_request: HttpRequest, **_: str) -> HttpResponse:
    """The one answer to unknown, malformed and revoked addresses."""
    words = "There is no calendar at this address, or no longer."
    return HttpResponse(words, status=404, content_type="text/plain")


def _answer(
    request: HttpRequest, content: bytes, digest: str, changed_at: datetime | None
) -> HttpResponseBase:
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="stationmaster.ics"'
    answer["Cache-Control"] = "private, no-cache"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    answer["ETag"] = etag = quote_etag(digest)
    modified = None if changed_at is None else int(changed_at.timestamp())
    if modified is not None:
        answer["Last-Modified"] = http_date(modified)
    found = get_conditional_response(request, etag, modified, answer)
    return answer if found is None else found


def _settled(changed_at: datetime, now: datetime) -> bool:
    return now.replace(microsecond=0) - changed_at.replace(microsecond=0) >= _SECOND


def _too_many(seconds: float | None) -> HttpResponse:
    wait = str(max(1, round(seconds or 1)))
    words = f"Too many calls. Go on in {wait} s."
    return HttpResponse(
        words, status=429, content_type="text/plain", headers={"Retry-After": wait}
    )


urlpatterns = [
    path("calendar/<str:token>.ics", calendar_feed, name="calendar-feed"),
    path("calendar/<path:token>", missing),
]
