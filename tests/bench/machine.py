"""The machine that figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.throwaway import postgresql_program


def machine() -> dict[str, str | int | float]:
    """Cores, memory, where files lie, and the versions that matter."""
    redis = shutil.which("redis-server") or shutil.which("valkey-server")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _first(r"model name\s*: (.*)", "/proc/cpuinfo"),
        "memory_gib": round(int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo")) / 2**20),
        "kernel": platform.release(),
        "files_on": _file_system(tempfile.gettempdir()),
        "python": platform.python_version(),
        "postgresql": _version(postgresql_program("postgres")),
        "redis": _version(redis),
    }


def _first(pattern: str, path: str) -> str:
    found = re.search(pattern, Path(path).read_text())
    return found[1].strip() if found else "0"


def _version(program: str | None) -> str:
    if program is None:
        return ""
    said = subprocess.run([program, "--version"], check=True, capture_output=True)
    found = re.search(r"\d+(\.\d+)+", said.stdout.decode())
    return found[0] if found else ""


def _file_system(path: str) -> str:
    """The kind of file system that `path` lies on: on tmpfs, fsync costs nothing."""
    mounts = [
        line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()
    ]
    above = [(where, kind) for where, kind in mounts if _is_below(path, where)]
    return max(above, key=lambda mount: len(mount[0]))[1]


def _is_below(path: str, where: str) -> bool:
    return Path(path).resolve().is_relative_to(where)
