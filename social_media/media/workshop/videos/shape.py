"""Frames of another size, upright, in the colours that every player knows."""

from __future__ import annotations

import av
from av.filter import Graph

from social_media.media.workshop.videos.frames import turned_by

_FORMAT = "yuv420p"
_TURNS: dict[int, list[tuple[str, str]]] = {
    0: [],
    90: [("transpose", "clock")],
    180: [("hflip", ""), ("vflip", "")],
    270: [("transpose", "cclock")],
}


class Shape:
    """Turns, scales and converts. Times stay as they are."""

    def __init__(self, width: int, height: int) -> None:
        self._size = width, height
        self._graph: Graph | None = None
        self._made_for: tuple[object, ...] = ()

    def of(self, frame: av.VideoFrame) -> av.VideoFrame:
        """One frame in, one out."""
        turn = turned_by(frame)
        if not turn and self._is_right(frame):
            return frame
        # A stream may change its size in the middle.
        wanted = (frame.width, frame.height, frame.format.name, turn)
        if self._graph is None or wanted != self._made_for:
            self._graph, self._made_for = self._built(frame, turn), wanted
        self._graph.push(frame)
        return self._graph.vpull()

    def _is_right(self, frame: av.VideoFrame) -> bool:
        return (frame.width, frame.height) == self._size and (
            frame.format.name == _FORMAT
        )

    def _built(self, frame: av.VideoFrame, turn: int) -> Graph:
        graph = Graph()
        width, height = self._size
        chain = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base,
            ),
            *(graph.add(name, given or None) for name, given in _TURNS[turn]),
            graph.add("scale", f"{width}:{height}:flags=bicubic"),
            graph.add("format", _FORMAT),
            graph.add("setsar", "1"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*chain).configure()
        return graph
