"""What is refused about imports and exports, as the API's errors."""

from __future__ import annotations

from rest_framework import exceptions
from rest_framework.exceptions import ErrorDetail

from social_media.api.v1.errors import translate
from social_media.posts.bulk import errors as bulk


@translate.register
def _(error: bulk.ImportRefused) -> exceptions.APIException:
    """All that the report keeps, by row and column."""
    detail: dict[str, list[ErrorDetail]] = {"file": []}
    detail["file"] = [ErrorDetail(error.message, code="import_refused")]
    for one in error.report.problems:
        path = f"rows.{one.row}.{one.column}".rstrip(".")
        detail.setdefault(path, []).append(ErrorDetail(one.message, code=one.code))
    return exceptions.ValidationError(detail)


@translate.register
def _(error: bulk.TooManyRows) -> exceptions.APIException:
    detail = {"file": [ErrorDetail(error.message, code="too_many_rows")]}
    return exceptions.ValidationError(detail)


@translate.register
def _(error: bulk.TooManyFiles) -> exceptions.APIException:
    detail = {"file": [ErrorDetail(error.message, code="too_many_files")]}
    return exceptions.ValidationError(detail)


@translate.register
def _(error: bulk.Unreadable) -> exceptions.APIException:
    detail = {"file": [ErrorDetail(error.message, code=error.code)]}
    return exceptions.ValidationError(detail)
