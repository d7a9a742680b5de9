"""What all networks do with the media that they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from aiohttp import BodyPartReader, web

from social_media.simulator.file_types import FileType, recognise
from social_media.simulator.intake import PIECE, Stored, TooLarge
from social_media.simulator.networks.base import Network, Refusal
from social_media.simulator.records import Upload

#: Longer than any description; a longer field of a form is cut off here.
FIELD_BYTES = 64 * 1024


class Form(NamedTuple):
    """A multipart form: its file, already stored, and its other fields."""

    file: Stored | None
    fields: Mapping[str, str]


class MediaNetwork(Network):
    """Takes in bytes for a network's endpoints."""

    def too_large(self, limit: int) -> Refusal:
        """This network's words for a body over `limit`."""
        return self.error(413)

    async def take_body(self, request: web.Request, *, limit: int) -> Stored:
        """The whole body as one file. Raises Refusal."""
        return await self._take(request, request.content.iter_chunked(PIECE), limit)

    async def take_form(self, request: web.Request, name: str, *, limit: int) -> Form:
        """A multipart form with a file called `name`. Raises Refusal."""
        taken: list[Stored] = []
        try:
            fields = await self._read(request, name, limit, taken)
        except (Refusal, ConnectionError, ValueError) as error:
            # No form, or the end of one is missing.
            for stored in taken:
                self.discard(stored)
            raise error if isinstance(error, Refusal) else self.error(400) from None
        return Form(taken[0] if taken else None, fields)

    async def _read(
        self, request: web.Request, name: str, limit: int, taken: list[Stored]
    ) -> dict[str, str]:
        """The form's fields; its file goes to `taken`."""
        fields = {}
        if not request.content_type.startswith("multipart/"):
            raise self.error(400)
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise self.error(400)
            if part.name == name and not taken:
                taken.append(await self._take(request, _pieces(part), limit))
            else:
                fields[part.name or ""] = await _text(part)
        return fields

    async def _take(
        self, request: web.Request, pieces: AsyncIterator[bytes], limit: int
    ) -> Stored:
        world = self.world
        generation = world.generation
        try:
            stored = await world.uploads.intake.receive(pieces, limit=limit)
        except TooLarge:
            raise self.too_large(limit) from None
        except ConnectionError:
            raise self.error(400) from None  # nobody is there to hear it
        if generation != world.generation:  # all of it is forgotten meanwhile
            raise self.error(503)
        world.uploads.count(self.name, stored.size)
        return stored

    def type_of(self, stored: Stored) -> FileType:
        return recognise(self.world.uploads.intake.path(stored.key))

    def discard(self, stored: Stored) -> None:
        self.world.uploads.intake.discard(stored.key)

    def address(self, upload: Upload) -> str:
        """Where its bytes are."""
        return f"{self.page_url}/uploads/{upload.key}"

    @property
    def processing_seconds(self) -> float:
        return self.world.uploads.intake.settings.processing_seconds


def entry(upload: Upload, **changes: Any) -> dict[str, Any]:
    """`upload` as a post has it for good."""
    names = ("id", "key", "kind", "content_type", "size", "sha256", "alt_text", "focus")
    kept = {name: getattr(upload, name) for name in (*names, "width", "height")}
    return kept | changes


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(PIECE):
        yield piece


async def _text(part: BodyPartReader) -> str:
    read = bytearray()
    async for piece in _pieces(part):
        read += piece[: max(0, FIELD_BYTES - len(read))]
    return read.decode(errors="replace")
