"""A request with a file: its bytes go to disk as they come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import UnreadablePostError
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.parsers import MultiPartParser

from social_media.media.errors import CutOff
from social_media.media.intake import Intake, Received, Room

#: Of the other fields and the lines between them.
SLACK = 1_000_000


class UploadParser(MultiPartParser):
    """multipart/form-data that is whole: what is cut off half-way is refused."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Fields and files. Raises ParseError, CutOff, and what ToDisk raises."""
        counted = _Counted(stream)
        try:
            parsed = super().parse(counted, media_type, parser_context)  # type: ignore[arg-type]
        except UnreadablePostError:
            raise CutOff from None
        if counted.count < _announced(parser_context):
            raise CutOff
        return parsed


class ToDisk(FileUploadHandler):
    """Puts the one file of a request into `folder`; at most what there is room for.

    Raises TooLarge, before anything is read where the announced length tells it;
    ValidationError for a second file; NoSpace.
    """

    def __init__(self, folder: Path, room: Room) -> None:
        super().__init__()
        self._folder, self._room = folder, room
        self._intake: Intake | None = None

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        *args: Any,
        **more: Any,
    ) -> None:
        """Called before the body is read."""
        if content_length > self._room.size + SLACK:
            raise self._room.refusal

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        if self._intake is not None:
            words = ErrorDetail("Send one file at a time.", code="one_file")
            raise ValidationError({"file": [words]})
        self._intake = Intake(self._folder / "upload", self._room)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """None: no other handler gets them."""
        self._running().take(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """All of it is on disk."""
        return Upload(self._running().received(self.file_name or ""))

    def upload_interrupted(self) -> None:
        """The rest does not come."""
        self._running().close()

    def close(self) -> None:
        """Nothing more comes; to be called however the request ends."""
        if self._intake is not None:
            self._intake.close()

    def _running(self) -> Intake:
        if self._intake is None:
            raise RuntimeError("A chunk came before its file.")
        return self._intake


if TYPE_CHECKING:
    _UploadedFile = UploadedFile[Any]
else:
    _UploadedFile = UploadedFile


class Upload(_UploadedFile):
    """A whole file, on disk; it is never opened here."""

    def __init__(self, received: Received) -> None:
        super().__init__(file=None, name=received.name, size=received.size)
        self.received = received

    def close(self) -> None:
        """Nothing is open."""


class _Counted:
    """A stream that knows how much was read of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.count = 0

    def read(self, *size: int) -> bytes:
        found = self._stream.read(*size)
        self.count += len(found)
        return found


def _announced(context: Mapping[str, Any] | None) -> int:
    request = (context or {})["request"]
    return int(request.META.get("CONTENT_LENGTH") or 0)
