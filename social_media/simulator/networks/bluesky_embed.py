"""What a PDS checks of the blobs that a post refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from social_media.simulator.networks.base import Refusal
from social_media.simulator.networks.bluesky_auth import xrpc_error
from social_media.simulator.networks.bluesky_record import about, invalid
from social_media.simulator.records import Upload

IMAGES, VIDEO = "app.bsky.embed.images", "app.bsky.embed.video"
IMAGE_BYTES, VIDEO_BYTES = 2_000_000, 300_000_000
MAX_IMAGES = 4

#: The account's upload of that CID, if it holds one.
Find = Callable[[str], Upload | None]


class Place(NamedTuple):
    """One blob in a record, and what the lexicon demands of it."""

    path: str
    blob: Any
    alt: str
    accept: str
    max_size: int


def attached(record: Mapping[str, Any], find: Find) -> list[tuple[Upload, str]]:
    """The uploads that `record` shows, each with its alt text. Raises Refusal (400)."""
    return [(_held(place, find), place.alt) for place in _places(record)]


def _places(record: Mapping[str, Any]) -> Iterator[Place]:
    embed = record.get("embed")
    if embed is None:
        return
    if not isinstance(embed, dict) or "$type" not in embed:
        raise invalid(about("embed must be an object with a $type"))
    if embed["$type"] == IMAGES:
        yield from _images(embed.get("images"))
    if embed["$type"] == VIDEO:
        alt = embed.get("alt", "")
        _check_common("embed", embed, alt)
        blob = embed.get("video")
        yield Place("embed/video", blob, alt, "video/mp4", VIDEO_BYTES)


def _images(images: Any) -> Iterator[Place]:
    if not isinstance(images, list):
        raise invalid(about("embed/images must be an array"))
    if len(images) > MAX_IMAGES:
        longest = f"must not have more than {MAX_IMAGES} elements"
        raise invalid(about(f"embed/images {longest}"))
    for number, image in enumerate(images):
        path = f"embed/images/{number}"
        if not isinstance(image, dict) or "alt" not in image:
            raise invalid(about(f'{path} must have the property "alt"'))
        _check_common(path, image, image["alt"])
        blob = image.get("image")
        yield Place(f"{path}/image", blob, image["alt"], "image/*", IMAGE_BYTES)


def _check_common(path: str, holder: Mapping[str, Any], alt: Any) -> None:
    if not isinstance(alt, str):
        raise invalid(about(f"{path}/alt must be a string"))
    ratio = holder.get("aspectRatio")
    if ratio is None:
        return
    for side in ("width", "height"):
        length = ratio.get(side) if isinstance(ratio, dict) else None
        if not isinstance(length, int) or isinstance(length, bool) or length < 1:
            raise invalid(about(f"{path}/aspectRatio/{side} can not be less than 1"))


def _held(place: Place, find: Find) -> Upload:
    """What is stored for the blob, if it is what the record says."""
    blob = place.blob
    try:
        cid, said, size = blob["ref"]["$link"], blob["mimeType"], blob["size"]
    except (KeyError, TypeError):
        raise invalid(about(f"{place.path} should be a blob ref")) from None
    if not _accepts(place.accept, said):
        words = f"{said} but it must match {place.accept}"
        raise _refused("InvalidMimeType", f"Wrong type of file. It is {words}.")
    found = find(str(cid))
    if found is None or found.state != "ready":
        raise _refused("BlobNotFound", f"Could not find blob: {cid}")
    if found.size > place.max_size:
        words = f"It is {found.size} but the maximum size is {place.max_size}"
        raise _refused("BlobTooLarge", f"This file is too large. {words}.")
    _check_same("MimeType", found.content_type, said, "InvalidMimeType")
    _check_same("Size", found.size, size, "InvalidSize")
    return found


def _accepts(accept: str, said: Any) -> bool:
    kind, _, rest = accept.partition("/")
    return said == accept or (rest == "*" and str(said).startswith(f"{kind}/"))


def _check_same(what: str, found: Any, said: Any, error: str) -> None:
    if found != said:
        words = f"Expected: {found}, Got: {said}"
        raise _refused(error, f"Referenced {what} does not match stored blob. {words}")


def _refused(error: str, message: str) -> Refusal:
    return xrpc_error(400, error, message)
