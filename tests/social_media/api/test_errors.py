"""One shape for every error, whatever went wrong."""

from __future__ import annotations

import json
import time

import pytest
from django.core import exceptions as core
from django.db import OperationalError
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import exceptions
from rest_framework.test import APIClient

from accounts.models import Workspace
from social_media.api.v1 import throttles
from social_media.api.v1.errors import Conflict, answer, body_of
from social_media.api.v1.parsers import MAX_DEPTH, check_content, parse_json
from tests.social_media.api.callers import client_of, error_of, fields_of

WORKSPACES = "/api/v1/workspaces"


def send(team, body, content_type="application/json", **extra):
    client = team.client("owner")
    return client.post(WORKSPACES, body, content_type=content_type, **extra)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b"7", "not_an_object"),
        (b"{", "parse_error"),
        (b"   ", "parse_error"),
        (b'{"name": NaN}', "parse_error"),
        (b'{"name": -Infinity}', "parse_error"),
        (b'{"name": 1e999}', "parse_error"),
        (b'{"name": ' + b"9" * 5000 + b"}", "parse_error"),
        (b'{"name": "a", "name": "b"}', "parse_error"),
        (b'{"a": {"b": 1, "b": 1}}', "parse_error"),
        (b'{"name": "\xff"}', "not_utf8"),
        (b'{"name": "\xed\xa0\x80"}', "not_utf8"),
        (b'{"a\\u0000": 1}', "unstorable_text"),
        (b'{"a\\ud800": 1}', "unstorable_text"),
        (b'{"a":' * 21 + b"1" + b"}" * 21, "too_deep"),
        (b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "too_deep"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(team, body, code):
    answered = send(team, body)

    assert error_of(answered) == (400, code)
    assert Workspace.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\ud800"}, "name"),
        ({"name": "\udfff\ud83d"}, "name"),
        ({"more": [{"a": 1}, {"deep": "\x00"}]}, "more.1.deep"),
        ({"more": {"a\x00": 1}}, "more"),
    ],
)
def test_text_that_no_database_can_hold_is_refused_by_name(team, body, path):
    answered = send(team, json.dumps(body))

    assert fields_of(answered) == {path: ["unstorable_text"]}


def test_a_body_in_one_more_level_than_allowed_is_refused(team):
    def nested(levels):
        return '{"name": "x", "a":' + '{"a":' * (levels - 1) + "1" + "}" * levels

    assert error_of(send(team, nested(MAX_DEPTH + 1))) == (400, "too_deep")
    assert fields_of(send(team, nested(MAX_DEPTH))) == {"a": ["unknown_field"]}


def test_of_many_names_one_that_is_there_twice_is_found_at_once():
    """Anyone may send such a body, to sign in."""

    def seconds(number):
        names = [f'"{n}": 1' for n in range(number)]
        body = ("{" + ", ".join([*names, names[-1]]) + "}").encode()
        began = time.process_time()
        with pytest.raises(exceptions.ParseError, match=f'"{number - 1}" occurs twice'):
            parse_json(body)
        return time.process_time() - began

    # In step with the number 16 times as long, by its square 256 times.
    few, many = (min(seconds(n) for _ in range(3)) for n in (1000, 16_000))
    assert many < 80 * few


texts = st.text(st.characters(exclude_categories=()), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=8,
)


def read(body):
    """What the parser makes of it: the value, or its error."""
    try:
        data = parse_json(body)
        check_content(data)
    except exceptions.APIException as error:
        return None, error
    return data, None


@given(values)
def test_what_passes_the_parser_can_be_stored_and_the_rest_is_told_in_words(value):
    body = json.dumps({"a": value}).encode()

    data, error = read(body)

    if storable_json(body):
        assert (data, error) == ({"a": value}, None)
    else:
        assert body_of(error)["error"]["message"]


def storable_json(body):
    """Said in another way: strict JSON that survives UTF-8 and has no NUL."""
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False, allow_nan=False)
        return "\\u0000" not in text.replace("\\\\", "") and bool(text.encode())
    except ValueError:
        return False


@given(st.binary(max_size=60))
def test_no_bytes_break_the_parser(body):
    _, error = read(body)

    assert error is None or error.status_code == 400


def test_a_body_that_is_too_large_is_refused_unread(team, settings, monkeypatch):
    from django.core.handlers.wsgi import WSGIRequest

    read = []
    monkeypatch.setattr(WSGIRequest, "read", lambda *_: read.append(1))
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    answered = send(team, b" " * (size + 1))

    assert error_of(answered) == (413, "too_large")
    assert read == []


def test_a_body_of_just_the_allowed_size_is_read(team, settings):
    body = b'{"name": "Fits"}'.ljust(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    assert send(team, body).status_code == 201


def test_a_body_in_chunks_is_not_taken_for_an_empty_one(team):
    answered = send(team, b"", headers={"Transfer-Encoding": "chunked"})

    assert error_of(answered) == (411, "length_required")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_other_kinds_of_bodies_are_refused(team, kind):
    answered = send(team, b"name=x", content_type=kind)

    assert error_of(answered) == (415, "unsupported_media_type")


def test_only_json_is_answered(team):
    client = client_of(team.people["owner"], Accept="text/html")

    assert error_of(client.get(WORKSPACES)) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/auth/login", "POST"),
        ("/api/v1/auth/me", "GET, PATCH, HEAD"),
        ("/api/v1/platforms", "GET, HEAD"),
        ("/api/schema", "GET, HEAD"),
        ("/api/docs", "GET, HEAD"),
    ],
)
def test_what_is_refused_is_not_said_to_be_allowed(team, path, allowed):
    answered = team.client("owner").options(path)

    assert (answered.status_code, answered.headers["Allow"]) == (405, allowed)


@pytest.mark.parametrize("method", ["put", "delete", "options"])
def test_a_method_that_an_address_does_not_know(team, method):
    answered = getattr(team.client("owner"), method)(WORKSPACES)

    assert error_of(answered) == (405, "method_not_allowed")
    assert answered.headers["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/posts",
        "/api/v1/nothing",
        "/api/v1/workspaces/7",
        "/api/v1/workspaces/not-a-uuid/",
        "/api/v1/workspaces/%00",
        "/api/v1/platforms/friendster",
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_address(team, path, debug, settings):
    settings.DEBUG = debug

    assert error_of(team.client("owner").get(path)) == (404, "not_found")


def test_a_page_that_is_not_there(team):
    client = team.client("owner")

    assert error_of(client.get(f"{WORKSPACES}?page=9")) == (404, "not_found")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("statuss=posted", {"statuss": ["unknown_parameter"]}),
        ("ordering=-secret", {"ordering": ["unknown_field"]}),
        *(
            (f"page_size={size}", {"page_size": ["invalid"]})
            for size in ("0", "-1", "101", "many", "", "%C2%B2", "9" * 5000)
        ),
        ("search=a%00b", {"non_field_errors": ["null_characters_not_allowed"]}),
    ],
)
def test_a_query_that_is_not_understood(team, query, fields):
    assert fields_of(team.client("owner").get(f"{WORKSPACES}?{query}")) == fields


def test_too_many_calls_are_told_when_to_go_on(team, monkeypatch):
    rates = {"anon": "1/min", "user": "2/min", "sign_in": "1/min"}
    monkeypatch.setattr(throttles.CallerThrottle, "THROTTLE_RATES", rates)
    client = team.client("owner")
    assert [client.get(WORKSPACES).status_code for _ in range(2)] == [200, 200]

    answered = client.get(WORKSPACES)

    assert error_of(answered) == (429, "throttled")
    assert 1 <= int(answered.headers["Retry-After"]) <= 60


def test_a_defect_shows_nothing_of_itself(team, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("social_media.api.v1.viewsets.workspaces.user_of", broken)
    client = team.client("owner")
    client.raise_request_exception = False

    answered = client.get(WORKSPACES)

    assert error_of(answered) == (500, "server_error")
    assert b"secret" not in answered.content


def test_a_defect_outside_the_api_is_no_json(client, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("django.views.generic.RedirectView.get", broken)
    client.raise_request_exception = False

    answered = client.get("/")

    assert answered.status_code == 500
    assert answered.headers["Content-Type"].startswith("text/html")


def test_a_host_that_is_not_ours(settings):
    settings.ALLOWED_HOSTS = ["ours.example"]

    answered = APIClient(SERVER_NAME="theirs.example").get(WORKSPACES)

    assert error_of(answered) == (400, "bad_request")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("a"), 404, "not_found"),
        (core.PermissionDenied("a"), 403, "permission_denied"),
        (core.ValidationError("a"), 400, "invalid"),
        (core.RequestDataTooBig("a"), 413, "too_large"),
        (OperationalError("a"), 503, "unavailable"),
        (Conflict("a", code="busy"), 409, "busy"),
    ],
)
def test_errors_of_other_layers(error, status, code):
    answered = answer(error, {})

    assert answered.status_code == status
    assert answered.data["error"]["code"] == code


def test_a_database_that_is_away_asks_to_come_back():
    assert answer(OperationalError("a"), {}).headers["Retry-After"] == "5"


def test_an_unknown_error_is_left_to_the_server():
    assert answer(RuntimeError("a"), {}) is None


def test_nested_errors_have_dotted_paths():
    detail = {
        "targets": [{}, {"content": ["Too long."]}],
        "options": {"non_field_errors": ["No."], "language": ["Unknown."]},
        "non_field_errors": ["All wrong."],
    }

    error = body_of(exceptions.ValidationError(detail, code="bad"))["error"]

    assert error["message"] == "targets.1.content: Too long."
    assert error["fields"] == {
        "targets.1.content": [{"code": "bad", "message": "Too long."}],
        "options": [{"code": "bad", "message": "No."}],
        "options.language": [{"code": "bad", "message": "Unknown."}],
        "non_field_errors": [{"code": "bad", "message": "All wrong."}],
    }


def test_words_about_the_whole_stand_alone():
    error = body_of(exceptions.ValidationError("All wrong."))["error"]

    assert error["message"] == "All wrong."
