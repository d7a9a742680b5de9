"""Many posts at once: files of rows in and out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import chain
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.filters import SearchFilter
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import Permission
from social_media.api.v1.filters import KnownParameters, refuse_unknown
from social_media.api.v1.idempotency import in_two_steps, takes_key
from social_media.api.v1.post_filter import SEARCHED, PostFilter
from social_media.api.v1.serializers.bulk import (
    EXPORTED,
    IMPORT_BODY,
    ReportSerializer,
)
from social_media.api.v1.spreadsheets import PARSERS, Rows, rows_of
from social_media.api.v1.viewsets.scoped import WorkspaceScoped
from social_media.models import Post
from social_media.posts.bulk.export import export
from social_media.posts.bulk.perform import Prepared, inspect, perform, prepared
from social_media.posts.bulk.source import Bounds

_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
#: Filters that leave recurring posts out: they have neither a time nor a status.
_OF_ONE_POST = frozenset({"status", "scheduled_time_after", "scheduled_time_before"})
_DRY_RUN = OpenApiParameter(
    "dry_run",
    bool,
    description="true, the default: look at it and store nothing.",
)


class ExportFilter(PostFilter):
    """Which posts, and as what."""

    file_format = filters.ChoiceFilter(
        choices=[("csv", "CSV"), ("jsonl", "JSON Lines")],
        method="any_format",
        label="csv, the default, or jsonl.",
    )

    def any_format(self, rows: Any, name: str, value: str) -> Any:
        """It decides about none of them."""
        return rows


class BulkViewSet(WorkspaceScoped):
    """Posts as files of rows."""

    queryset = Post.objects.all()
    serializer_class = ReportSerializer
    filterset_class = ExportFilter
    filter_backends = (KnownParameters, filters.DjangoFilterBackend, SearchFilter)
    search_fields = SEARCHED
    pagination_class = None
    refusals = {"import_posts": ("503", "507")}
    needs = {
        "import_posts": Permission.POSTS_WRITE,
        "export_posts": Permission.POSTS_READ,
    }

    def get_parsers(self) -> list[BaseParser]:
        """Files of rows only."""
        return [parser() for parser in PARSERS]

    @extend_schema(
        operation_id="posts_import",
        parameters=[_DRY_RUN],
        filters=False,
        request=IMPORT_BODY,
        responses=ReportSerializer,
    )
    @takes_key
    def import_posts(self, request: Request) -> Response:
        """Import posts from CSV or JSON Lines: all rows, or none.

        By default a dry run, which answers 200 and what is wrong, row by row. With
        `dry_run=false` problems are a 400, and nothing is stored.
        """
        refuse_unknown(request, known=("dry_run",))
        dry_run = _flag(request.query_params.get("dry_run", "true"))
        with rows_of(request) as rows:
            if dry_run:
                return self._answer(inspect(**self._of(rows)))
            return in_two_steps(
                self.caller,
                request,
                fingerprint=rows.received.sha256,
                prepare=lambda: self._prepared(rows),
                act=self._perform,
            )

    @extend_schema(
        operation_id="posts_export",
        filters=True,
        responses=EXPORTED,
        summary="Export posts",
    )
    def export_posts(self, request: Request) -> HttpResponseBase:
        """All posts that fit, as a file that can be imported again.

        Posts that an active recurring schedule makes are left out: it is a row itself.
        """
        posts = cast("QuerySet[Post]", self.filter_queryset(self.get_queryset()))
        form = request.query_params.get("file_format") or "csv"
        rows = export(
            self.caller.workspace.pk,
            posts,
            file_format="jsonl" if form == "jsonl" else "csv",
            recurring=not _OF_ONE_POST & set(request.query_params),
        )
        texts = (text for text, _ in rows)
        day = datetime.now(UTC).date()
        name = f'attachment; filename="posts-{day}.{form}"'
        return StreamingHttpResponse(
            _begun(texts),
            content_type=_TYPES[form],
            headers={"Content-Disposition": name},
        )

    def _of(self, rows: Rows) -> dict[str, Any]:
        return {
            "workspace": self.caller.workspace,
            "path": rows.received.path,
            "folder": rows.folder,
            "bounds": Bounds(
                rows=settings.IMPORT_MAX_ROWS,
                files=settings.IMPORT_MAX_ADDRESSES,
                seconds=settings.IMPORT_FETCH_SECONDS,
            ),
        }

    def _prepared(self, rows: Rows) -> AbstractContextManager[Prepared]:
        return prepared(**self._of(rows), **self.by())

    def _perform(self, found: Prepared) -> Response:
        return self._answer(perform(found, **self.by()))

    def _answer(self, report: Any) -> Response:
        return Response(ReportSerializer(report).data)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise serializers.ValidationError({"dry_run": ["Write true or false."]})
    return text == "true"


def _begun(texts: Iterator[str]) -> Iterator[str]:
    """What goes wrong with the first rows is an error's answer, not a torn file."""
    return chain([next(texts, "")], texts)
