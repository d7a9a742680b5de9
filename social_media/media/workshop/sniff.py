"""What a file is, by its bytes; never by its name or by what a header said."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from social_media.media.workshop.errors import Unusable

#: Signatures stand in the first few bytes; a text's tag may come after a comment.
_HEAD = 4096


class Format(StrEnum):
    """What we read, by content type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    HEIC = "image/heic"
    AVIF = "image/avif"
    MP4 = "video/mp4"
    QUICKTIME = "video/quicktime"
    WEBM = "video/webm"

    @property
    def is_video(self) -> bool:
        """Whether FFmpeg reads it, and not Pillow."""
        return self.value.startswith("video/")


_HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc", b"hevx"}
)
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B ", b"M4P "})
_RAW_BRANDS = frozenset({b"crx "})
#: QuickTime files from before there were brands begin with one of these.
_OLD_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

_SAVE = "Save it as JPEG or PNG and upload that."
_EXPORT = "Export it as MP4 and upload that."
#: What it looks like where it is nothing we read: a pattern, a name, what helps.
_KNOWN: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), name, advice)
    for pattern, name, advice in (
        (rb"%PDF-", "a PDF document", _SAVE),
        (
            rb"PK\x03\x04",
            "a ZIP archive or an office document",
            "Upload what is in it.",
        ),
        (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "an archive", "Upload what is in it."),
        (rb"BM.{4}\x00{4}", "a BMP picture", _SAVE),
        (rb"II\*\x00.{4}CR|FUJIFILMCCD-RAW|IIRO|IIU\x00", "a RAW picture", _SAVE),
        (rb"II\*\x00|MM\x00\*", "a TIFF or RAW picture", _SAVE),
        (rb"8BPS", "a Photoshop document", _SAVE),
        (rb"\x00\x00\x00\x0cJXL |\xff\x0a", "a JPEG XL picture", _SAVE),
        (rb"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", _SAVE),
        (rb"\x00\x00\x01\x00", "an icon", _SAVE),
        (rb"RIFF.{4}WAVE|ID3|fLaC|\xff[\xf2\xf3\xfb\xf1\xf9]", "a sound file", ""),
        (rb"OggS", "an Ogg file", _EXPORT),
        (rb"RIFF.{4}AVI ", "an AVI video", _EXPORT),
        (rb"\x30\x26\xb2\x75|FLV\x01|\x00\x00\x01[\xba\xb3]", "a video", _EXPORT),
        (rb"MZ|\x7fELF", "a program", ""),
    )
)
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe)", re.IGNORECASE)


def sniff(path: Path) -> Format:
    """What `path` holds. Raises Unusable, with what it seems to be."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise Unusable("empty_file", "This file is empty. Choose another one.")
    found = _picture(head) or _boxes(head) or _matroska(head)
    if found is None:
        raise _refusal(head)
    return found


def _picture(head: bytes) -> Format | None:
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    return None


def _boxes(head: bytes) -> Format | None:
    """MP4 and its many relatives."""
    kind, major = head[4:8], head[8:12]
    if kind in _OLD_QUICKTIME and head[:4] != b"    ":
        return Format.QUICKTIME
    if kind != b"ftyp":
        return None
    length = min(int.from_bytes(head[:4], "big"), 256)
    brands = {major} | {head[at : at + 4] for at in range(16, length, 4)}
    if brands & _RAW_BRANDS:
        raise _unsupported("a RAW picture", _SAVE)
    if major in _AVIF_BRANDS or (major in {b"mif1", b"msf1"} and brands & _AVIF_BRANDS):
        return Format.AVIF
    if major in _HEIC_BRANDS | {b"msf1"}:
        return Format.HEIC
    if major in _AUDIO_BRANDS:
        raise Unusable("no_video", "This file has sound only. Upload a video.")
    return Format.QUICKTIME if major == b"qt  " else Format.MP4


def _matroska(head: bytes) -> Format | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    place = head.find(b"\x42\x82", 4, 100)
    if place > 0 and head[place + 3 : place + 7] == b"webm":
        return Format.WEBM
    raise _unsupported("a Matroska (MKV) video", _EXPORT)


def _refusal(head: bytes) -> Unusable:
    for pattern, name, advice in _KNOWN:
        if pattern.match(head):
            return _unsupported(name, advice)
    if _SVG.search(head):
        return _unsupported("an SVG drawing", _SAVE)
    if _HTML.search(head):
        return _unsupported("a web page", _SAVE)
    if _is_text(head):
        return _unsupported("a text", "")
    words = "This is no picture or video that we know. Upload {}."
    return Unusable("unknown_format", words.format(_TAKEN))


_TAKEN = "JPEG, PNG, WebP, GIF, HEIC, AVIF, MP4, MOV or WebM"


def _unsupported(name: str, advice: str) -> Unusable:
    help_ = advice or f"Upload {_TAKEN}."
    return Unusable("unsupported_format", f"This is {name}, whatever its name. {help_}")


def _is_text(head: bytes) -> bool:
    try:
        head[:-4].decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in head
