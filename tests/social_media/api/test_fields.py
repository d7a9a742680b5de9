"""Times and zones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from social_media.api.v1.fields import AwareDateTimeField, ZoneField
from social_media.api.v1.filters import CreatedRange
from social_media.models import ActivityLog

MOMENT = datetime(2026, 5, 1, 7, 30, tzinfo=UTC)


def code_of(field, value):
    with pytest.raises(ValidationError) as raised:
        field.run_validation(value)
    return [detail.code for detail in raised.value.detail]


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T09:30:00+02:00",
        "2026-05-01T07:30:00Z",
        "2026-05-01T07:30Z",
        "2026-05-01 13:15:00.000000+0545",
    ],
)
def test_a_time_with_an_offset_is_a_moment(text):
    assert AwareDateTimeField().run_validation(text) == MOMENT


def test_a_moment_is_shown_in_utc():
    field = AwareDateTimeField()

    shown = field.to_representation(datetime.fromisoformat("2026-05-01T09:30:00+02:00"))

    assert shown == "2026-05-01T07:30:00Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-05-01T09:30:00", "naive"),
        ("2026-05-01", "naive"),
        ("2026-13-01T09:30:00Z", "invalid"),
        ("2026-02-30T09:30:00Z", "invalid"),
        ("2026-05-01T25:00:00Z", "invalid"),
        ("2026-05-01T09:30:00+25:00", "invalid"),
        ("tomorrow", "invalid"),
        ("", "invalid"),
        (1_700_000_000, "invalid"),
        (True, "invalid"),
        ([], "invalid"),
        ("0001-01-01T00:00:00+14:00", "overflow"),
        ("9999-12-31T23:59:59-12:00", "overflow"),
    ],
)
def test_a_time_that_means_no_moment_is_refused(text, code):
    assert code_of(AwareDateTimeField(), text) == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Mars/Olympus", "unknown_zone"),
        ("europe/berlin", "unknown_zone"),
        ("+02:00", "unknown_zone"),
        ("../../etc/passwd", "unknown_zone"),
        ("", "blank"),
        (None, "null"),
    ],
)
def test_a_zone_that_does_not_exist_is_refused(text, code):
    assert code_of(ZoneField(), text) == [code]


def test_a_zone_is_an_iana_name():
    assert ZoneField().run_validation("Europe/Berlin") == "Europe/Berlin"


def filter_of(query):
    return CreatedRange(QueryDict(query), queryset=ActivityLog.objects.all())


@pytest.mark.parametrize(
    "text",
    ["2026-05-01T09:30:00%2B02:00", "2026-05-01T09:30:00+02:00", "2026-05-01T07:30Z"],
)
def test_a_query_takes_an_unescaped_plus(text):
    filters = filter_of(f"created_at_after={text}")

    assert filters.form.is_valid()
    assert filters.form.cleaned_data["created_at_after"] == MOMENT


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-05-01T09:30:00", "naive"),
        ("2026-05-01", "naive"),
        ("yesterday", "invalid"),
        ("2026-02-30T00:00:00Z", "invalid"),
        ("0001-01-01T00:00:00%2B14:00", "overflow"),
    ],
)
def test_a_query_refuses_what_means_no_moment(text, code):
    errors = filter_of(f"created_at_after={text}").errors.as_data()

    assert [error.code for error in errors["created_at_after"]] == [code]
