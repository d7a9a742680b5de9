"""What is refused about media, as the API's errors."""

from __future__ import annotations

from rest_framework import exceptions, status
from rest_framework.exceptions import ErrorDetail

from social_media.api.v1.errors import Conflict, TooLarge, Unavailable, translate
from social_media.media import errors as media
from social_media.media.look import NotLookedAt


class InsufficientStorage(exceptions.APIException):
    """507: this server's disk is full."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_code = "disk_full"


@translate.register
def _(error: media.Refused) -> exceptions.APIException:
    detail = {"file": [ErrorDetail(error.message, code=error.code)]}
    return exceptions.ValidationError(detail)


@translate.register
def _(error: media.CutOff) -> exceptions.APIException:
    detail = {"file": [ErrorDetail(error.message, code=error.code)]}
    return exceptions.ValidationError(detail)


@translate.register
def _(error: media.TooLarge) -> exceptions.APIException:
    return TooLarge(error.message, code=error.code)


@translate.register
def _(error: media.NoSpace) -> exceptions.APIException:
    return InsufficientStorage(error.message, code=error.code)


@translate.register
def _(error: media.StorageAway) -> exceptions.APIException:
    return Unavailable(error.message, code=error.code)


@translate.register
def _(error: NotLookedAt) -> exceptions.APIException:
    return Unavailable(error.message, code=error.code)


@translate.register
def _(error: media.Conflict) -> exceptions.APIException:
    return Conflict(error.message, code=error.code)


@translate.register
def _(error: media.FileGone) -> exceptions.APIException:
    return exceptions.NotFound(error.message)
