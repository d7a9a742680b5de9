"""What the processes write, from their first line on, is one JSON object a line."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.stack import START_SECONDS, stack

pytestmark = pytest.mark.processes


def test_a_worker_says_in_one_object_that_it_is_ready(tmp_path: Path) -> None:
    with stack(tmp_path, LOG_FORMAT="json", LOG_LEVEL="info") as running:
        running.start("posting")
        log, give_up = tmp_path / "posting.log", time.monotonic() + START_SECONDS
        while "ready." not in log.read_text():
            assert time.monotonic() < give_up, running.logs()
            time.sleep(0.1)
        # Later Celery says past every logger that it ends.
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    ready = [line for line in lines if line["event"].endswith(" ready.")]
    assert [line["logger"] for line in ready] == ["celery.apps.worker"]
    assert {type(line) for line in lines} == {dict}
