"""A file's size and check sum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from social_media.media.workshop.report import Report

_BLOCK = 1_000_000


def digest(path: Path, report: Report) -> dict[str, Any]:
    """`size` and `sha256` of its bytes."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
            size += len(block)
            report.progress(0)
    return {"size": size, "sha256": total.hexdigest()}
