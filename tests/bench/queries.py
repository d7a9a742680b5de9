"""How many queries a request takes, counted in one process (child.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tests.bench.child import obey  # noqa: E402


def count(*, key: str, request: Sequence[Any]) -> int:
    """Statements that one request makes; the second one, when the caches are warm."""
    method, path, body = request
    client = Client(
        headers={"Authorization": f"Api-Key {key}"}, SERVER_NAME="127.0.0.1"
    )
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            answer = client.generic(
                method, path, body or "", content_type="application/json"
            )
        if answer.status_code not in (200, 201):
            raise RuntimeError(f"{method} {path}: {answer.status_code}")
    return len(captured)


if __name__ == "__main__":
    obey(count)
