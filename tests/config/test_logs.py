"""No secret reaches the logs, whichever way it comes."""

from __future__ import annotations

import io
import json
import logging
import time
from datetime import timedelta

import pytest
import structlog
from cryptography.fernet import Fernet
from gunicorn.config import Config

from config import logs
from config.web_logs import StructuredLogger
from social_media.api import calendar_feed
from social_media.api.v1.throttles import FeedThrottle
from social_media.posts.feeds import create_feed, revoke_feed
from tests.factories import MembershipFactory

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
API_KEY = "sm_" + "Ab3-_" * 8
FEED_TOKEN = "smf_" + "Ab3-_" * 8


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef123", "Authorization: Bearer ***"),
        ("authorization: api-key " + API_KEY, "authorization: api-key ***"),
        ("GET /x?access_token=abcdef123&limit=2", "GET /x?access_token=***&limit=2"),
        ("GET /back?state=1&code=abcdef123", "GET /back?state=1&code=***"),
        ("client_secret=abcdef123&grant_type=x", "client_secret=***&grant_type=x"),
        ('{"accessJwt": "abcdef123", "did": "d"}', '{"accessJwt": "***", "did": "d"}'),
        ("{'app_password': 'abcdef123'}", "{'app_password': '***'}"),
        ('oauth_token="abcdef123", oauth_x="1"', 'oauth_token="***", oauth_x="1"'),
        ("redis://:hunter2@cache:6379/0", "redis://:***@cache:6379/0"),
        ("postgres://me:pw@db/station", "postgres://me:***@db/station"),
        (f"refused {JWT} at once", "refused *** at once"),
        (f"key {API_KEY}", "key ***"),
        (f"feed {FEED_TOKEN}", "feed ***"),
        (f"GET /calendar/{FEED_TOKEN}.ics HTTP/1.1", "GET /calendar/*** HTTP/1.1"),
        ("https://a.example/calendar/abcdef.ics", "https://a.example/calendar/***"),
        ("/api/v1/calendar/feeds/01a1fa9a", "/api/v1/calendar/feeds/01a1fa9a"),
        (f"GET /calendar%2F{FEED_TOKEN}.ics", "GET /calendar%2F***"),
        (f"next=%2Fcalendar%2f{FEED_TOKEN}.ics", "next=%2Fcalendar%2f***"),
        ("?next=%2Fcalendar%2Fabcdef.ics HTTP/1.1", "?next=%2Fcalendar%2F*** HTTP/1.1"),
        (f"?key%3D{API_KEY} and %252F{FEED_TOKEN}", "?key%3D*** and %252F***"),
        (f"smf%5F{FEED_TOKEN[4:]}", "***"),
        (f"id-{JWT}", "id-***"),
        ("token:'a&b@host", "token:***@host"),
        ("token:a&b;c@host", "token:***@host"),
        pytest.param(
            Fernet(Fernet.generate_key()).encrypt(b"x").decode(), "***", id="fernet"
        ),
        ("posted 3 of 4, status_code: 401", "posted 3 of 4, status_code: 401"),
        ("https://mastodon.example:443/@me/12", "https://mastodon.example:443/@me/12"),
        ("at 10:20:30, see docs", "at 10:20:30, see docs"),
    ],
)
def test_mask_by_looks(text, shown):
    assert logs.mask(text) == shown


#: What a pattern may get lost in: words that go on, beginnings without an end.
UNITS = (
    *("a", "token", "token:&", "token:'", "://a:'", "://", "-eyJ", "-eyJaaaaaaaaaaaa"),
    *("eyJaaaaaaaaaaaa.", "bearer ", "?code=", "/calendar/", "smf_", "gAAAAA"),
    *("token=   ", "a@", "token:&@"),
)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("first", ["", "token:", "Bearer ", "://a:"])
def test_masking_takes_no_longer_than_the_text(unit, first):
    """Callers choose what is logged, such as a refused Host, before any sign-in."""

    def seconds(times):
        text = first + (unit * times)[:times]
        began = time.process_time()
        logs.mask(text)
        return time.process_time() - began

    def least(times):
        return min(seconds(times) for _ in range(3))

    least(500)
    # In step with the length 16 times as long, by its square 256 times.
    assert least(8000) < 80 * max(least(500), 0.0001)


def test_of_a_long_text_its_beginning_is_shown():
    shown = logs.mask("token=abcdef " + "x" * 2 * logs.LONGEST_TEXT)
    assert shown.startswith("token=*** xxx")
    assert shown.endswith("x… and 100013 characters more")
    assert len(shown) < logs.LONGEST_TEXT + 50


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "access_token",
        "refreshToken",
        "app_password",
        "client_secret",
        "accessJwt",
        "X-API-Key",
        "cookie",
        "credentials",
    ],
)
def test_mask_by_name(name):
    assert logs.mask({name: "abc"}) == {name: "***"}
    assert logs.mask({"deep": [{name: ["abc", b"abc"]}]}) == {
        "deep": [{name: ["***", "***"]}]
    }


def test_what_is_no_secret_stays():
    event = {"event": "published", "n": 3, "ok": True, "none": None, "late": 0.25}
    assert logs.mask_event(None, "info", event) == event


def test_objects_are_masked_as_they_would_be_shown():
    class Request:
        def __repr__(self):
            return "<GET '/x?code=abcdef123'>"

    assert logs.mask(Request()) == "<GET '/x?code=***'>"
    assert logs.mask(ValueError("token=abcdef123")) == "token=***"
    assert logs.mask(timedelta(seconds=3)) == "datetime.timedelta(seconds=3)"


@pytest.fixture
def output():
    """What the processes' own set-up writes, one JSON object a line."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.reset_defaults()
    logs.configure(level="INFO", form="json")
    (ours,) = root.handlers
    stream = io.StringIO()
    ours.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_of_structlog(output):
    structlog.get_logger("station").info(
        "refreshed", account="a1", access_token="abcdef123", url="/x?code=abcdef123"
    )
    (line,) = output()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "refreshed",
        "account": "a1",
        "access_token": "***",
        "url": "/x?code=***",
        "level": "info",
        "logger": "station",
    }


def test_lines_of_the_standard_library(output):
    logging.getLogger("lib").warning(
        "sent %s", "Bearer abcdef123", extra={"password": "abcdef123"}
    )
    (line,) = output()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "sent Bearer ***",
        "password": "***",
        "level": "warning",
        "logger": "lib",
    }


@pytest.mark.parametrize("character", ["x", "é", "%0A"])
def test_refused_requests_are_short_and_without_their_query(client, output, character):
    client.get(f"/{character * 300}?who=alice")
    (line,) = output()
    shown = {"x": "x", "é": "\\xe9", "%0A": "\\n"}[character]
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": f"Not Found: {('/' + shown * 300)[:200]}",
        "method": "GET",
        "status_code": 404,
        "level": "warning",
        "logger": "django.request",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["shown", "revoked", "too often", "broken"])
def test_the_address_of_a_calendar_feed_is_in_no_line(client, output, monkeypatch, end):
    owner = MembershipFactory()
    feed, token = create_feed(owner.workspace, name="Phone", user=owner.user)
    if end == "revoked":
        revoke_feed(feed, user=owner.user)
    if end == "too often":
        rates = {"calendar_feed": "0/min"}
        monkeypatch.setattr(FeedThrottle, "THROTTLE_RATES", rates)
    if end == "broken":
        monkeypatch.setattr(calendar_feed, "text_of", refuse)
    client.raise_request_exception = False
    path = f"/calendar/{token}.ics"
    status = client.get(path, {"search": token}).status_code
    StructuredLogger(Config()).access_log.warning("GET %s %s", path, status)
    said = {"shown": 200, "revoked": 404, "too often": 429, "broken": 500}
    assert status == said[end]
    lines = output()
    assert [line for line in lines if token[4:] in json.dumps(line)] == []
    assert len(lines) == (1 if end == "shown" else 2)
    assert lines[-1]["event"] == f"GET /calendar/*** {status}"


def refuse(url, *_):
    raise RuntimeError(f"GET {url} failed")


def test_tracebacks(output):
    try:
        refuse("/x?access_token=abcdef123")
    except RuntimeError:
        logging.getLogger("lib").exception("broken")
    (line,) = output()
    assert "access_token=*** failed" in line["exception"]
    assert "abcdef123" not in json.dumps(line)


@pytest.mark.parametrize("name", ["tweepy", "urllib3", "httpx", "oauthlib"])
def test_libraries_that_print_requests_are_quiet(output, name):
    logging.getLogger(name).info("GET https://api.example/?x")
    logging.getLogger(f"{name}.inner").debug("header")
    assert output() == []


@pytest.mark.parametrize("name", ["environ.environ", "celery.utils.functional"])
def test_nobody_wants_a_line_per_setting_or_function(output, name):
    logging.getLogger().setLevel("DEBUG")
    logging.getLogger(name).debug("get 'SECRET_KEY'")
    assert output() == []


def test_lines_of_gunicorn(output, settings):
    settings.LOG_LEVEL = "INFO"
    StructuredLogger(Config()).info("Listening at: %s", "http://127.0.0.1:8000")
    (line,) = output()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "Listening at: http://127.0.0.1:8000",
        "level": "info",
        "logger": "gunicorn.error",
    }


def test_gunicorn_is_as_quiet_as_the_rest(output, settings):
    settings.LOG_LEVEL = "ERROR"
    StructuredLogger(Config()).info("Booting worker")
    assert output() == []
