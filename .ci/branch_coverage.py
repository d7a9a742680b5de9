"""`branch_coverage.py REPORT FLOOR FOLDER...` fails below FLOOR percent."""  # noqa: INP001

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def percent(files: dict[str, Any], folder: str) -> float:
    """Branches of `folder` that ran, of all that are there."""
    inside = [
        one["summary"] for name, one in files.items() if name.startswith(f"{folder}/")
    ]
    total = sum(summary["num_branches"] for summary in inside)
    covered = sum(summary["covered_branches"] for summary in inside)
    return 100 * covered / total if total else 0.0


def main(report: str, floor: str, *folders: str) -> int:
    """Print one line per folder; 1 if one of them is below `floor`."""
    files = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    found = {folder: percent(files, folder) for folder in folders}
    for folder, covered in found.items():
        sys.stdout.write(f"{folder}: {covered:.1f} % of branches, floor {floor} %\n")
    return int(min(found.values()) < float(floor))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
