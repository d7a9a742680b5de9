"""The process's own side: one order, one answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from social_media.media.workshop import files
from social_media.media.workshop.confine import confine
from social_media.media.workshop.errors import FULL, Unusable
from social_media.media.workshop.limits import OWN, Limits
from social_media.media.workshop.report import Report


def main() -> None:
    """Read one order, carry it out, say how it ended."""
    order = json.loads(_first_line())
    report = Report()
    confine(order["allowed"], order["parent"], sys.stdin.buffer)
    try:
        answer = _WORK[order["do"]](order, report)
    except Unusable as error:
        report.say(unusable=[error.code, error.message])
    except OSError as error:
        if error.errno not in FULL:
            raise
        report.say(full=True)
    else:
        report.say(progress=100)
        report.say(**answer)


def _first_line() -> bytes:
    # Without a buffer: what follows is only ever the end.
    with open(0, "rb", buffering=0, closefd=False) as orders:
        return orders.readline()


def _inspect(order: Mapping[str, Any], report: Report) -> dict[str, Any]:
    limits = Limits.of(order["limits"])
    return {"facts": files.inspect(Path(order["path"]), limits, report)}


def _clean(order: Mapping[str, Any], report: Report) -> dict[str, Any]:
    limits = Limits.of(order["limits"])
    made = files.clean(Path(order["path"]), Path(order["stem"]), limits, report)
    return {"path": str(made), "facts": files.inspect(made, limits, report)}


def _thumbnail(order: Mapping[str, Any], report: Report) -> dict[str, Any]:
    target = Path(order["target"])
    files.thumbnail(Path(order["path"]), target, order["longest"], report)
    return {"facts": files.inspect(target, OWN, report)}


def _render(order: Mapping[str, Any], report: Report) -> dict[str, Any]:
    target = Path(order["target"])
    files.render(Path(order["path"]), order["recipe"], target, report)
    return {"facts": files.inspect(target, OWN, report)}


_WORK: dict[str, Callable[[Mapping[str, Any], Report], dict[str, Any]]] = {
    "inspect": _inspect,
    "clean": _clean,
    "thumbnail": _thumbnail,
    "render": _render,
}
