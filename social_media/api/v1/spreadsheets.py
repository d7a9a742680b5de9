"""Requests whose body is a table of posts: on disk, never in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.http import UnreadablePostError
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from social_media.api.v1.multipart import ToDisk, Upload, UploadParser
from social_media.media.errors import CutOff, TooLarge
from social_media.media.intake import Intake, Received, Room
from social_media.media.quota import readable
from social_media.media.scratch import work_folder

PIECE = 64 * 1024
COMMAND = "manage.py import_posts FILE"


class _Raw(BaseParser):
    """The body as it is. `folder` and `room` come in the parser's context."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """`file`, as a form has it. Raises TooLarge, CutOff, NoSpace."""
        context = parser_context or {}
        request, room = context["request"], room_for_rows()
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        if announced > room.size:
            raise room.refusal
        with closing(Intake(context["folder"] / "upload", room)) as intake:
            try:
                while piece := stream.read(PIECE):
                    intake.take(piece)
            except UnreadablePostError:
                raise CutOff from None
            received = intake.received("rows")
        if received.size < announced:
            raise CutOff
        return {"file": Upload(received)}


class CSVBody(_Raw):
    """A table."""

    media_type = "text/csv"


class JSONLinesBody(_Raw):
    """Lines of JSON."""

    media_type = "application/x-ndjson"


PARSERS: tuple[type[BaseParser], ...] = (UploadParser, CSVBody, JSONLinesBody)


@dataclass(frozen=True, slots=True)
class Rows:
    """A file of rows in a folder of its own, until the request ends."""

    received: Received
    folder: Path


def room_for_rows() -> Room:
    """What one import through the API may have."""
    most = readable(settings.IMPORT_MAX_BYTES)
    words = f"An import may have {most}. For larger ones there is a command: {COMMAND}."
    return Room(settings.IMPORT_MAX_BYTES, TooLarge(words))


@contextmanager
def rows_of(request: Request) -> Iterator[Rows]:
    """The file of a request. Raises ValidationError where there is none, TooLarge
    before anything is read where the length tells it.
    """
    with work_folder("import") as folder:
        with closing(ToDisk(folder, room_for_rows())) as handler:
            request._request.upload_handlers = [handler]
            request.parser_context["folder"] = folder
            body = dict(cast("Mapping[str, Any]", request.data).items())
        given = body.pop("file", None)
        if body:
            words = [ErrorDetail("There is no such field.", code="unknown_field")]
            raise ValidationError(dict.fromkeys(sorted(body), words))
        if not isinstance(given, Upload):
            words = [ErrorDetail("Send the rows as the file.", code="required")]
            raise ValidationError({"file": words})
        yield Rows(given.received, folder)
