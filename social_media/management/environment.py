"""`make env`: .env from .env.example, with fresh secrets, for its owner's eyes."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]


def fresh_secrets() -> dict[str, str]:
    """A value for each secret that Stationmaster doesn't start without."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }


def fill_in(example: str, values: Mapping[str, str]) -> str:
    """`example` with the lines `NAME=...` of `values` replaced."""
    lines = []
    for line in example.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={values[name]}" if name in values else line)
    return "\n".join(lines) + "\n"


def write_private(path: Path, text: str) -> None:
    """Make `path`, for its owner alone. Raises FileExistsError if there is one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def main() -> int:
    """Write .env; leave an existing one alone."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    values = fresh_secrets() | {
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "FLOWER_BASIC_AUTH": f"admin:{secrets.token_urlsafe(24)}",
    }
    try:
        write_private(ROOT / ".env", fill_in(example, values))
    except FileExistsError:
        sys.stdout.write(".env is there already and was left as it is.\n")
    else:
        sys.stdout.write("Wrote .env with fresh secrets. Next: make run\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
