"""Everything that decodes untrusted bytes: a small process per order.

A crash, a hang or a bomb in a codec ends that process and nothing else. The caller's
side, in here, imports no codec; the process imports no Django.

- `inspect`: what a file is, and whether it can be used;
- `clean`: a new file without metadata, turned as it is shown;
- `thumbnail`: a small picture of it;
- `render`: what a recipe says.

Each removes what it wrote where it raises: Unusable (with words for the person),
WorkshopFailed (may be tried again), OutOfRoom (the disk is full), or what `progress`
raised.
"""

from __future__ import annotations

from social_media.media.workshop.errors import OutOfRoom, Unusable, WorkshopFailed
from social_media.media.workshop.limits import Limits
from social_media.media.workshop.orders import clean, inspect, render, thumbnail

__all__ = [
    "Limits",
    "OutOfRoom",
    "Unusable",
    "WorkshopFailed",
    "clean",
    "inspect",
    "render",
    "thumbnail",
]
