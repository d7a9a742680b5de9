"""Importing and exporting posts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class FindingSerializer(serializers.Serializer[Any]):
    """What was found at one place of the file."""

    row = serializers.IntegerField(
        help_text="As a spreadsheet counts; the header is 1. JSON Lines: the line."
    )
    column = serializers.CharField(help_text="Empty: the row as a whole.")
    code = serializers.CharField()
    message = serializers.CharField()


class CountsSerializer(serializers.Serializer[Any]):
    """What is made, or would be; `files` were fetched from addresses."""

    posts = serializers.IntegerField()
    targets = serializers.IntegerField()
    scheduled = serializers.IntegerField()
    drafts = serializers.IntegerField()
    queued = serializers.IntegerField()
    recurring = serializers.IntegerField()
    files = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[Any]):
    """What an import would do, or did. At most 1,000 findings of a kind are listed."""

    valid = serializers.BooleanField()
    stored = serializers.BooleanField()
    rows = serializers.IntegerField()
    problem_count = serializers.IntegerField()
    problems = FindingSerializer(many=True)
    warning_count = serializers.IntegerField()
    warnings = FindingSerializer(many=True)
    creates = CountsSerializer()


class RowsSerializer(serializers.Serializer[Any]):
    """A file of rows."""

    file = serializers.FileField(help_text="CSV or JSON Lines, UTF-8.")


IMPORT_BODY: dict[str, Any] = {
    "multipart/form-data": RowsSerializer,
    "text/csv": {"type": "string", "format": "binary"},
    "application/x-ndjson": {"type": "string", "format": "binary"},
}
EXPORTED: dict[Any, Any] = {
    (200, "text/csv"): {"type": "string", "format": "binary"},
    (200, "application/x-ndjson"): {"type": "string", "format": "binary"},
}
