"""How many bits a second a video may have so that it fits. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: What a container adds to each packet, in bytes; and a margin for the rate's waves.
_PER_PACKET, _MARGIN = 24, 0.94
_SOUND, _LITTLE_SOUND = 128_000, 64_000
#: Below this nothing can be made out any more; above, nobody sees a difference.
_LEAST, _MOST = 40_000, 20_000_000
#: AAC packets a second at 48 kHz.
_SOUND_PACKETS = 47
#: Sound takes no more than this share.
_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Budget:
    """Bits a second."""

    picture: int
    sound: int


def budget(
    max_bytes: int, seconds: float, *, frame_rate: float, sound: bool
) -> Budget | None:
    """None: it is too long for `max_bytes`, at any quality that can be watched."""
    packets = frame_rate + (_SOUND_PACKETS if sound else 0)
    total = max_bytes * 8 * _MARGIN / max(seconds, 0.1) - packets * _PER_PACKET * 8
    for_sound = 0
    if sound:
        for_sound = _SOUND if total * _SHARE > _SOUND else _LITTLE_SOUND
    picture = int(total - for_sound)
    if picture < _LEAST:
        return None
    return Budget(picture=min(picture, _MOST), sound=for_sound)
