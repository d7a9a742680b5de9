"""The feed itself: what calendar apps get, and what is in it."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from social_media.api.feed_text import Words, plain
from social_media.api.v1.throttles import FeedThrottle
from social_media.models import CalendarFeed, Occurrence, Post, RecurringSchedule
from social_media.posts import feeds
from social_media.posts.labels import write_labels
from tests.factories import PostFactory, PostTargetFactory, now
from tests.social_media.api.posting import in_an_hour, make_post
from tests.social_media.api.test_calendar import DAY, schedule_of
from tests.social_media.api.test_calendar_feeds import feed_of
from tests.social_media.posts.composing import account_on

pytestmark = pytest.mark.django_db

TRICKY = (
    "One, two; three: \\n is no line, \\New neither\nA second line\r\nand "
    'a third with 🚂🚃, ä, 東京 and \u2028 a "quote" ' + "long words " * 12
)


@pytest.fixture
def feed(team):
    """The path of one."""
    return feed_of(team)[1]


@pytest.fixture
def read(client, feed):
    """The events, as icalendar reads them; the answer is checked on the way."""

    def events():
        answer = client.get(feed)
        assert answer.status_code == 200
        return Calendar.from_ical(answer.content).events

    return events


def post_of(team, *statuses, **given):
    given.setdefault("scheduled_time", in_an_hour())
    return make_post(team, *(statuses or ("scheduled",)), **given)


def seconds(moment):
    return moment.replace(microsecond=0)


def test_a_post_is_an_event(team, read):
    account = account_on(team.workspace, handle="station.example")
    post = PostFactory(
        workspace=team.workspace,
        status="posted",
        scheduled_time=in_an_hour(),
        content="Hello, world; here\nwe go",
    )
    target = PostTargetFactory(post=post, account=account, status="posted")
    write_labels(post, ["Spring, early", "Autumn"])
    (event,) = read()
    assert {name: str(event[name]) for name in ("UID", "SUMMARY", "URL")} == {
        "UID": f"{post.pk}@stationmaster",
        "SUMMARY": "Hello, world; here we go",
        "URL": target.remote_url,
    }
    assert str(event["DESCRIPTION"]) == (
        "Hello, world; here\nwe go\n\n"
        f"Bluesky @station.example: Posted {target.remote_url}"
    )
    assert (str(event["STATUS"]), str(event["TRANSP"])) == ("CONFIRMED", "TRANSPARENT")
    assert event.start == post.scheduled_time
    assert event.end - event.start == timedelta(minutes=15)
    assert event.DTSTAMP == event.LAST_MODIFIED == seconds(target.updated_at)
    assert event.categories == ["Autumn", "Spring, early"]


@pytest.mark.parametrize(
    ("status", "shown", "summary"),
    [
        ("scheduled", "CONFIRMED", "Text"),
        ("posted", "CONFIRMED", "Text"),
        ("cancelled", "CANCELLED", "Text"),
        ("reconciling", "TENTATIVE", "Text"),
        ("unconfirmed", "TENTATIVE", "Unconfirmed: Text"),
        ("failed", "TENTATIVE", "Failed: Text"),
    ],
)
def test_its_status(team, read, status, shown, summary):
    post_of(team, status, content="Text")
    (event,) = read()
    assert (str(event["STATUS"]), str(event["SUMMARY"])) == (shown, summary)


def test_its_labels_come_out_as_they_went_in(team, client, feed):
    """The library's own text makes a line break of a backslash and N."""
    write_labels(post_of(team), ["x:\\New", "a,b;c"])
    assert b"\r\nCATEGORIES:a\\,b\\;c,x:\\\\New\r\n" in client.get(feed).content


def test_a_post_without_words_has_a_summary(team, read):
    post_of(team, content="")
    (event,) = read()
    assert str(event["SUMMARY"]) == "A post without words"
    assert str(event["DESCRIPTION"]).startswith("Bluesky @")


def test_a_change_keeps_the_identity_and_counts_up(team, read):
    post = post_of(team)
    (before,) = read()
    post.created_at -= timedelta(hours=1)
    post.scheduled_time += DAY
    post.save()
    (after,) = read()
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"] >= 0
    assert after.start - before.start == DAY


def test_an_occurrence_keeps_its_identity_when_its_post_is_made(team, read):
    schedule = schedule_of(team, account_on(team.workspace))
    before = read()[0]
    assert str(before["STATUS"]) == "TENTATIVE"
    assert str(before["SUMMARY"]) == "Number 1"
    assert str(before["DESCRIPTION"]) == ("Number 1\n\nRecurring post: Noon, number 1")
    post = post_of(team, content="Number 1", scheduled_time=before.start)
    Occurrence.objects.create(
        schedule=schedule, occurs_at=before.start, number=1, status="made", post=post
    )
    after = read()[0]
    assert after["UID"] == before["UID"]
    assert str(after["STATUS"]) == "CONFIRMED"
    assert after["SEQUENCE"] >= before["SEQUENCE"]
    assert len({str(event["UID"]) for event in read()}) == len(read())


def test_an_occurrence_counts_on_when_its_post_is_made_anew(team, read):
    schedule = schedule_of(team, account_on(team.workspace))
    week_ago = schedule.created_at - 7 * DAY
    RecurringSchedule.objects.update(created_at=week_ago)
    at = read()[0].start
    for step in range(1, 4):
        RecurringSchedule.objects.update(updated_at=week_ago + step * DAY)
        to_come = read()[0]["SEQUENCE"]
        assert to_come == step * 86_400
        post = post_of(team, scheduled_time=at)
        Post.objects.filter(pk=post.pk).update(created_at=now() - DAY)
        row = Occurrence.objects.create(
            schedule=schedule, occurs_at=at, number=1, status="made", post=post
        )
        assert read()[0]["SEQUENCE"] >= 7 * 86_400
        row.delete()
        post.delete()


def test_it_reaches_from_a_month_back_to_half_a_year_ahead(team, read):
    at = now()
    for text, delta in (
        ("too old", -30 * DAY - timedelta(minutes=1)),
        ("old", -29 * DAY),
        ("far", 179 * DAY),
        ("too far", 180 * DAY + timedelta(minutes=1)),
    ):
        post_of(team, content=text, scheduled_time=at + delta)
    post_of(team, "draft", scheduled_time=None)
    PostFactory(status="scheduled", scheduled_time=at)  # another workspace's
    assert [str(event["SUMMARY"]) for event in read()] == ["old", "far"]


def test_of_too_many_posts_it_shows_those_nearest_to_the_present(
    team, read, monkeypatch
):
    monkeypatch.setattr(feeds, "MOST_BACK", 1)
    monkeypatch.setattr(feeds, "MOST_AHEAD", 2)
    at = now()
    for days in (-3, -2, 1, 2, 3):
        post_of(team, content=f"day {days}", scheduled_time=at + days * DAY)
    assert [str(event["SUMMARY"]) for event in read()] == ["day -2", "day 1", "day 2"]


def test_a_second_library_reads_the_same(team, client, feed):
    posts = [
        post_of(team, content=TRICKY),
        post_of(team, "posted", content="Plain", scheduled_time=in_an_hour() - DAY),
        post_of(team, content="", scheduled_time=in_an_hour() + DAY),
    ]
    schedule_of(team, account_on(team.workspace))
    content = client.get(feed).content
    ours = {str(e["UID"]): e for e in Calendar.from_ical(content).events}
    theirs = vobject.readOne(content.decode()).vevent_list
    assert len(theirs) == len(ours) > len(posts)
    for event in theirs:
        mine = ours.pop(event.uid.value)
        assert event.dtstart.value == mine.start
        assert event.dtend.value == mine.end
        assert event.summary.value == str(mine["SUMMARY"])
        assert event.status.value == str(mine["STATUS"])
        assert event.last_modified.value == mine.LAST_MODIFIED
        assert int(event.sequence.value) == mine["SEQUENCE"]
    assert ours == {}
    (tricky,) = (e for e in theirs if e.uid.value.startswith(str(posts[0].pk)))
    said, _, places = tricky.description.value.rpartition("\n\n")
    assert said == TRICKY.replace("\r\n", "\n").replace("\u2028", "\n")
    assert places.startswith("Bluesky @")


def test_lines_are_short_and_end_as_they_should(team, client, feed):
    post_of(team, content=TRICKY)
    lines = client.get(feed).content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75
    assert [line for line in lines if b"\n" in line or b"\r" in line] == []
    for line in lines:
        line.decode()  # no character is torn apart


@settings(max_examples=200, deadline=None)
@given(st.text())
@example("C:\\New\\next")
def test_any_text_comes_out_as_it_went_in(text):
    event = Event()
    event.add("summary", Words("x" + plain(text)))
    document = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
    document += event.to_ical() + b"END:VCALENDAR\r\n"
    unfolded = document.replace(b"\r\n ", b"").decode()
    (line,) = [one for one in unfolded.split("\r\n") if one.startswith("SUMMARY")]
    value = line.removeprefix("SUMMARY:")
    (found,) = vobject.icalendar.stringToTextValues(value, listSeparator="\0")
    assert found == "x" + plain(text)


def test_without_any_post_it_is_an_empty_calendar(team, client, feed):
    content = client.get(feed).content
    calendar = Calendar.from_ical(content)
    assert calendar.events == []
    assert str(calendar["X-WR-CALNAME"]) == team.workspace.name
    read = vobject.readOne(io.StringIO(content.decode()))
    assert read.version.value == "2.0"
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in content
    assert b"\r\nX-PUBLISHED-TTL:PT15M\r\n" in content


def test_headers(client, feed):
    answer = client.get(feed)
    assert {name: answer[name] for name in ("Content-Type", "Cache-Control")} == {
        "Content-Type": "text/calendar; charset=utf-8",
        "Cache-Control": "private, no-cache",
    }
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer
    head = client.head(feed)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == answer["ETag"]
    strict = Client(enforce_csrf_checks=True)  # a form's token is not asked for
    assert strict.post(feed).status_code == 405
    assert strict.post("/calendar/nothing").status_code == 404


def test_what_is_known_already_is_not_sent_again(team, client, feed):
    first = client.get(feed)
    known = {"If-None-Match": first["ETag"]}
    again = client.get(feed, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    post_of(team)
    changed = client.get(feed, headers=known)
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_last_modified_is_told_when_its_second_is_over(team, client, feed):
    assert "Last-Modified" not in client.get(feed)
    CalendarFeed.objects.update(changed_at=now() - timedelta(hours=1))
    first = client.get(feed)
    told = parsedate_to_datetime(first["Last-Modified"])
    assert told == seconds(CalendarFeed.objects.get().changed_at)
    known = {"If-Modified-Since": first["Last-Modified"]}
    assert client.get(feed, headers=known).status_code == 304
    post_of(team)
    changed = client.get(feed, headers=known)
    assert changed.status_code == 200
    assert CalendarFeed.objects.get().changed_at > told + timedelta(minutes=59)
    # What is deleted changes it too.
    CalendarFeed.objects.update(changed_at=now() - timedelta(minutes=1))
    known = {"If-Modified-Since": client.get(feed)["Last-Modified"]}
    team.workspace.posts.all().delete()
    assert client.get(feed, headers=known).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/smf_" + "x" * 43 + ".ics",
        "/calendar/x.ics",
        "/calendar/.ics",
        "/calendar/%00%ff.ics",
        "/calendar/a/b.ics",
        "/calendar/" + "x" * 3000 + ".ics",
        "/calendar/smf_" + "x" * 43,
    ],
)
def test_what_is_no_feed_is_one_and_the_same_404(team, client, path):
    revoked, known = feed_of(team)
    CalendarFeed.objects.filter(pk=revoked.pk).update(revoked_at=now())
    expected = client.get(known)
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (404, expected.content)
    assert answer.headers == expected.headers


def test_its_use_is_noted_every_few_minutes(client, feed):
    def used_at():
        assert client.get(feed).status_code == 200
        return CalendarFeed.objects.get().last_used_at

    first = used_at()
    assert abs(now() - first) < timedelta(seconds=5)
    with CaptureQueriesContext(connection) as captured:
        assert used_at() == first
    assert not [one for one in captured if one["sql"].startswith("UPDATE")]
    old = first - timedelta(minutes=6)
    CalendarFeed.objects.update(last_used_at=old)
    assert used_at() > first


def test_it_takes_the_same_queries_whatever_there_is(team, client, feed):
    counts = set()
    for rows in (1, 3):
        for _ in range(rows):
            post_of(team, "scheduled", "posted")
            post_of(team, scheduled_time=now() - DAY)
            schedule_of(team, account_on(team.workspace))
        client.get(feed)
        with CaptureQueriesContext(connection) as captured:
            assert len(Calendar.from_ical(client.get(feed).content).events) > rows
        counts.add(len(captured))
    assert len(counts) == 1, counts


def test_a_feed_is_read_so_often_whoever_asks(team, monkeypatch):
    monkeypatch.setattr(FeedThrottle, "THROTTLE_RATES", {"calendar_feed": "2/min"})
    paths = [feed_of(team)[1] for _ in range(2)]
    addresses = [f"198.51.100.{n}" for n in range(3)]
    for path in paths:
        answers = [Client(REMOTE_ADDR=one).get(path) for one in addresses]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60


def test_guesses_are_counted_by_address(team, feed, monkeypatch):
    monkeypatch.setattr(FeedThrottle, "THROTTLE_RATES", {"calendar_feed": "2/min"})
    client = Client(REMOTE_ADDR=f"2001:db8::{uuid.uuid4().hex[:4]}")
    codes = [client.get(f"/calendar/{n}.ics").status_code for n in range(3)]
    assert codes == [404, 404, 429]
    assert client.get(feed).status_code == 200
