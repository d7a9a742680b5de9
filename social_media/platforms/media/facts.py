"""What is known of a picture or video, and how its bytes are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from social_media.enums import MediaKind

#: Called now and then while bytes are on their way; may raise, which ends that.
Beat = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured of one file, from its bytes.

    Args:
        kind: an animated image is a GIF here, whatever its format; so is the video that
            is sent in its place.
        content_type: by its bytes, such as "image/jpeg" or "video/mp4".
        size: in bytes.
        sha256: of the bytes, in hex.
        width: in pixels, as it is shown: orientation is taken into account.
        height: in pixels, as it is shown.
        duration: in seconds, None for a still image.
        frame_rate: frames per second, None for a still image.
        frames: None for a still image, and where counting would mean decoding.
        video_codec: as FFmpeg calls it ("h264"), "" for images.
        audio_codec: as FFmpeg calls it ("aac"), "" where there is no sound.
        transparent: whether a reader may see through parts of it.
    """

    kind: MediaKind
    content_type: str
    size: int
    sha256: str
    width: int
    height: int
    duration: float | None = None
    frame_rate: float | None = None
    frames: int | None = None
    video_codec: str = ""
    audio_codec: str = ""
    transparent: bool = False

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Facts:
        """From `document`; keys that are not facts are left out."""
        known = {name: document[name] for name in cls.__slots__ if name in document}
        return cls(**{**known, "kind": MediaKind(known["kind"])})


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One picture or video of a part.

    Args:
        id: of the file here; the same in all posts that use it.
        facts: of the bytes. While a draft is written, those of the upload; once a step
            is frozen, those of what is sent (a rendition, where the network needs one).
        alt_text: what those read who can't see it, "" for none.
        focus: the point that must stay visible in a preview: x and y from -1 to 1,
            y upwards; None: the middle.
        source: the storage's name of the bytes that are sent, "" before that is known.
    """

    id: str
    facts: Facts
    alt_text: str = ""
    focus: tuple[float, float] | None = None
    source: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON, for a frozen payload."""
        return {
            "id": self.id,
            "facts": self.facts.document(),
            "alt_text": self.alt_text,
            "focus": None if self.focus is None else list(self.focus),
            "source": self.source,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> MediaItem:
        """From what `document` made."""
        focus = document["focus"]
        return cls(
            id=document["id"],
            facts=Facts.of(document["facts"]),
            alt_text=document["alt_text"],
            focus=None if focus is None else (focus[0], focus[1]),
            source=document["source"],
        )


@dataclass(frozen=True, slots=True)
class Upload:
    """One item of a frozen step, with its bytes.

    Args:
        key: names its handle in the checkpoint's "uploads"; the same in every try, and
            after an edit that leaves this item where it is.
        item: what is sent.
        open: opens the bytes for reading, from the beginning; seekable. They may have
            to come from far away first: the beat is called meanwhile, and what it
            raises passes through. Raises OSError where the storage does not answer.
    """

    key: str
    item: MediaItem
    open: Callable[[Beat], AbstractContextManager[BinaryIO]]
