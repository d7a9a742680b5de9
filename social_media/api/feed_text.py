"""What a calendar feed shows, as iCalendar (RFC 5545)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from icalendar import Calendar, Event
from icalendar.prop import vCategory, vDuration, vText, vUri

from social_media.enums import PostStatus, TargetStatus
from social_media.models import CalendarFeed, Post, PostTarget, RecurringSchedule
from social_media.posts.feeds import Shown
from social_media.posts.recurrence.read import Planned

#: How often an app should ask again.
REFRESH = timedelta(minutes=15)
#: How long an event is: posts take no time, but apps show none without any.
LENGTH = timedelta(minutes=15)
LONGEST_SUMMARY = 80

_MAYBE = frozenset(
    {
        PostStatus.DRAFT,
        PostStatus.RECONCILING,
        PostStatus.UNCONFIRMED,
        PostStatus.FAILED,
    }
)
#: These need a person: told before the text.
_TOLD = frozenset(
    {PostStatus.UNCONFIRMED, PostStatus.FAILED, PostStatus.PARTIALLY_POSTED}
)
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


class Words(vText):
    """Text, escaped as RFC 5545 says.

    The library's own takes a backslash and N, as in a Windows path, for a new line.
    """

    def to_ical(self) -> bytes:
        """The value as it stands in a line, not folded yet."""
        text = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return text.replace("\n", "\\n").encode()


def text_of(feed: CalendarFeed, shown: Shown) -> bytes:
    """The whole calendar; the same bytes as long as it says the same."""
    calendar = Calendar()
    calendar.add("prodid", "-//Stationmaster//Calendar feed//EN")
    calendar.add("version", "2.0")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, Words(plain(feed.workspace.name)))
    calendar.add("refresh-interval", REFRESH, {"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    events = (event_of(post) for post in shown.posts)
    for event in chain(events, map(event_to_come, shown.occurrences)):
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def event_of(post: Any) -> Event:
    """A post with a time; what follows from a recurring schedule keeps its identity."""
    status = PostStatus(post.status)
    targets = list(post.targets.all())
    occurrence = getattr(post, "occurrence", None)
    changed = max([post.updated_at, *(target.updated_at for target in targets)])
    event = _event(
        _uid(occurrence.schedule_id, occurrence.occurs_at) if occurrence else post.pk,
        at=post.scheduled_time,
        changed=changed,
        text=post.excerpt,
        prefix=f"{status.label}: " if status in _TOLD else "",
        places=map(_place, targets),
    )
    event.add(
        "sequence", _sequence(occurrence.schedule if occurrence else post, changed)
    )
    event.add("status", _standing(status))
    for link in [target.remote_url for target in targets if target.remote_url][:1]:
        event.add("url", vUri(link))
    if labels := [label.name for label in post.labels.all()]:
        event.add("categories", _categories(labels))
    return event


def event_to_come(one: Planned) -> Event:
    """An occurrence whose post isn't made yet."""
    event = _event(
        _uid(one.schedule.pk, one.at),
        at=one.at,
        changed=one.schedule.updated_at,
        text=one.content,
        places=[f"Recurring post: {one.schedule.name}, number {one.number}"],
    )
    event.add("sequence", _sequence(one.schedule, one.schedule.updated_at))
    event.add("status", "TENTATIVE")
    return event


def plain(text: str) -> str:
    """Nothing but line feeds between lines, nothing in them that nobody can see."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text.replace("\t", " ")))


def _event(
    uid: object,
    *,
    at: datetime,
    changed: datetime,
    text: str,
    places: Iterable[str],
    prefix: str = "",
) -> Event:
    event = Event()
    event.add("uid", f"{uid}@stationmaster")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", at)
    event.add("dtend", at + LENGTH)
    event.add("summary", Words(prefix + _summary(text)))
    lines = [text, "", *places] if text else list(places)
    event.add("description", Words(plain("\n".join(lines))))
    event.add("transp", "TRANSPARENT")
    return event


def _summary(text: str) -> str:
    line = " ".join(plain(text).split()) or "A post without words"
    short = f"{line[:LONGEST_SUMMARY].rstrip()}…"
    return line if len(line) <= LONGEST_SUMMARY else short


def _categories(names: Iterable[str]) -> vCategory:
    categories = vCategory([])
    categories.cats = [Words(plain(name)) for name in names]
    return categories


def _sequence(origin: Post | RecurringSchedule, changed: datetime) -> int:
    """Never less than before, also when a schedule's posts are made anew."""
    return int((changed - origin.created_at).total_seconds())


def _place(target: PostTarget) -> str:
    state = f"{target.account}: {TargetStatus(target.status).label}"
    return f"{state} {target.remote_url}".rstrip()


def _standing(status: PostStatus) -> str:
    if status == PostStatus.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if status in _MAYBE else "CONFIRMED"


def _uid(schedule_id: uuid.UUID, at: datetime) -> str:
    return f"{schedule_id}-{at:%Y%m%dT%H%M%SZ}"
