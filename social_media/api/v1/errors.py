"""One shape for every error.

{"error": {"code": "...", "message": "words", "fields": {path: [{code, message}]}}}

`fields` is there for 400 only; a path is dotted: "targets.0.content".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import singledispatch
from typing import Any

import structlog
from django.core import exceptions as core
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from accounts.caller import NoWorkspace

log = structlog.get_logger(__name__)

API_ROOT = "/api/"
_NON_FIELD = "non_field_errors"


class Conflict(exceptions.APIException):
    """409: right in itself, but not in the state that things are in now."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This can't be done in the present state."
    default_code = "conflict"


class Unprocessable(exceptions.APIException):
    """422: understood, and refused for what it asks."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This can't be done."
    default_code = "unprocessable"


class TooLarge(exceptions.APIException):
    """413: the body is larger than this server reads."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than this server accepts."
    default_code = "too_large"


class Unavailable(exceptions.APIException):
    """503: something that we need is away; the same call may work in a moment."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "Stationmaster can't do this right now. Try again in a moment."
    default_code = "unavailable"
    wait = 5


@singledispatch
def translate(_error: Exception) -> exceptions.APIException | None:
    """The API's error for an exception of another layer, None for a defect of ours.

    Each edge module registers the domain errors that its calls raise.
    """
    return None


@translate.register
def _(error: exceptions.APIException) -> exceptions.APIException:
    return error


@translate.register
def _(_error: Http404) -> exceptions.APIException:
    return exceptions.NotFound("There is nothing at this address.")


@translate.register
def _(_error: core.PermissionDenied) -> exceptions.APIException:
    return exceptions.PermissionDenied()


@translate.register
def _(error: core.ValidationError) -> exceptions.APIException:
    return exceptions.ValidationError(as_serializer_error(error))


@translate.register
def _(_error: core.RequestDataTooBig) -> exceptions.APIException:
    return TooLarge()


@translate.register
def _(error: NoWorkspace) -> exceptions.APIException:
    return exceptions.NotFound(error.message, code=error.code)


@translate.register(OperationalError)
@translate.register(InterfaceError)
def _(error: Exception) -> exceptions.APIException:
    log.error("database_unavailable", exc_info=error)
    return Unavailable()


def answer(error: Exception, _context: dict[str, Any]) -> Response | None:
    """REST framework's EXCEPTION_HANDLER. None: a defect, which becomes a bare 500."""
    known = translate(error)
    if known is None:
        return None
    return Response(body_of(known), status=known.status_code, headers=_headers(known))


def body_of(error: exceptions.APIException) -> dict[str, Any]:
    """The JSON of `error`."""
    if isinstance(error, exceptions.ValidationError):
        return _invalid(list(_flat(error.detail)))
    (_, found), *_ = _flat(error.detail)
    return shape(found.code or error.default_code, str(found))


def shape(
    code: str, message: str, fields: dict[str, list[dict[str, str]]] | None = None
) -> dict[str, Any]:
    """The one error shape."""
    body: dict[str, Any] = {"code": code, "message": message}
    if fields is not None:
        body["fields"] = fields
    return {"error": body}


def not_found(_request: HttpRequest, *_: object, **__: object) -> JsonResponse:
    """The answer to every unknown address under /api/."""
    return JsonResponse(
        shape("not_found", "There is nothing at this address."), status=404
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: no details leave the server."""
    if not request.path.startswith(API_ROOT):
        return defaults.server_error(request)
    message = "Something went wrong on our side. It has been logged."
    return JsonResponse(shape("server_error", message), status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: what is refused before a view is reached."""
    if not request.path.startswith(API_ROOT):
        return defaults.bad_request(request, exception)
    message = "The request could not be understood."
    return JsonResponse(shape("bad_request", message), status=400)


def _invalid(flat: list[tuple[str, exceptions.ErrorDetail]]) -> dict[str, Any]:
    fields: dict[str, list[dict[str, str]]] = {}
    for path, detail in flat:
        found = {"code": detail.code or "invalid", "message": str(detail)}
        fields.setdefault(path, []).append(found)
    path, first = flat[0]
    words = str(first) if path == _NON_FIELD else f"{path}: {first}"
    return shape("invalid", words, fields)


def _flat(
    detail: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """Every message with its dotted path, in order."""
    if isinstance(detail, dict):
        for name, item in detail.items():
            yield from _flat(item, _below(path, str(name)))
    elif isinstance(detail, (list, tuple)):
        for index, item in enumerate(detail):
            nested = isinstance(item, (dict, list))
            yield from _flat(item, (*path, str(index)) if nested else path)
    else:
        yield ".".join(path) or _NON_FIELD, detail


def _below(path: tuple[str, ...], name: str) -> tuple[str, ...]:
    return path if name == _NON_FIELD and path else (*path, name)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return headers
