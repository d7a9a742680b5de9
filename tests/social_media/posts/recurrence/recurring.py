"""What the tests of recurring posts share."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from social_media.posts.local_time import local_of
from social_media.posts.recurrence.change import create_schedule
from social_media.posts.recurrence.parse import Wish, parse
from tests.factories import UserFactory, now
from tests.social_media.posts.composing import account_on, composed

BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"


def rule_from(start="2026-03-27T09:00:00", zone=BERLIN, **given):
    return parse(Wish(timezone=zone, starts_at=start, **given))


def local_now(zone=BERLIN, **ahead):
    """What clocks show there now, plus so much, to the second."""
    shown = local_of(now() + timedelta(**ahead), ZoneInfo(zone))
    return shown.replace(microsecond=0)


def daily(workspace, *accounts, zone=BERLIN, content="Hello", **given):
    """A stored schedule, every day from an hour from now on unless told otherwise."""
    start = given.pop("starts_at", local_now(zone, hours=1).isoformat())
    rule = given.pop("rule", "" if "cron" in given else "FREQ=DAILY")
    post = {name: given.pop(name) for name in ("thread", "labels") if name in given}
    user = given.pop("user", None) or UserFactory()
    make_now = given.pop("make_now", True)
    return create_schedule(
        workspace,
        name=given.pop("name", "Morning"),
        composition=composed(
            *(accounts or (account_on(workspace),)), content=content, **post
        ),
        wish=Wish(timezone=zone, starts_at=start, rule=rule, **given),
        user=user,
        make_now=make_now,
    )


def at(text):
    return datetime.fromisoformat(text)
