"""What posts show, compared with what they were to show: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.chaos.evidence import Shown

#: X takes descriptions of pictures only.
ONLY_PICTURES_DESCRIBED = "x"

#: Digest and description of each, in order.
Media = Sequence[tuple[str, str]]


def wrong_media(
    wanted: Sequence[Shown],
    found: Media,
    *,
    network: str,
    renditions: Mapping[str, frozenset[str]],
) -> str:
    """What is wrong with the media of one part, "" if nothing is.

    `renditions`: digests of what may be shown of a file, by that of its upload.
    """
    if len(found) != len(wanted):
        return f"shows {len(found)} files, not {len(wanted)}"
    for place, (one, (sha256, alt_text)) in enumerate(
        zip(wanted, found, strict=True), start=1
    ):
        if sha256 not in renditions.get(one.sha256, frozenset()):
            return f"shows other bytes than those of its {one.kind} no. {place}"
        described = _described(one, network)
        if alt_text != described:
            return f"describes file {place} as {alt_text!r}, not as {described!r}"
    return ""


def _described(one: Shown, network: str) -> str:
    """As readers get it there."""
    silent = network == ONLY_PICTURES_DESCRIBED and one.kind != "image"
    return "" if silent else one.alt_text
