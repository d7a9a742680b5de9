"""Stored files at signed addresses, where they lie on this machine's disk."""

from __future__ import annotations

import re
from typing import BinaryIO, cast

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from social_media.media.addresses import address_of
from social_media.media.store import content_type_of, media_storage

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@require_safe
def media_file(request: HttpRequest, signed: str) -> HttpResponseBase:
    """The bytes, or the range of them that is asked for; 404 for a void address."""
    address = address_of(signed)
    if address is None:
        return _missing()
    try:
        file = media_storage().open(address.name, "rb")
    except FileNotFoundError:
        return _missing()
    answer = _answer(
        cast("BinaryIO", file.file), file.size, request.headers.get("Range", "")
    )
    answer["Content-Type"] = content_type_of(address.name)
    answer["Cache-Control"] = f"private, max-age={address.seconds_left}"
    answer["Content-Disposition"] = "inline"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox"
    answer["Accept-Ranges"] = "bytes"
    return answer


def _answer(file: BinaryIO, size: int, wanted: str) -> HttpResponseBase:
    """Whole, or one range; several at once are answered with the whole, as allowed."""
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not any(match.groups()):
        return FileResponse(file)
    first, last = _range_of(match, size)
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = last - first + 1
    answer = FileResponse(_Part(file, first, length), status=206)
    answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer["Content-Length"] = str(length)
    return answer


def _range_of(match: re.Match[str], size: int) -> tuple[int, int]:
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


class _Part:
    """A file that ends early; FileResponse reads and closes it."""

    def __init__(self, file: BinaryIO, first: int, length: int) -> None:
        file.seek(first)
        self._file, self._left = file, length
        self.close = file.close

    def read(self, size: int) -> bytes:
        chunk = self._file.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk


def _missing() -> HttpResponse:
    return HttpResponse(
        "There is nothing at this address, or no longer.",
        status=404,
        content_type="text/plain",
    )


urlpatterns = [path("media/<str:signed>", media_file, name="media-file")]
