"""The shortest burst on real processes: the benchmark itself works."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.bench.burst import compare
from tests.bench.installation import installation
from tests.bench.report import Kind, Report
from tests.throwaway import postgresql_program


def redis_program() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


pytestmark = [
    pytest.mark.processes,
    pytest.mark.postgresql,
    pytest.mark.skipif(
        not (postgresql_program("initdb") and redis_program()),
        reason="starts servers of its own, from installed binaries",
    ),
]


def test_a_burst_is_compared_with_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(short=True)
    with installation(accounts=6, workers=1) as on:
        compare(report, on, "all networks", 12, 6)

    told = json.loads(capsys.readouterr().out)
    assert (told["posts"], told["accounts"]) == (12, 6)
    assert told["limit"]["calls"] == 12
    assert told["share_of_limit"] == round(told["per_s"] / told["limit"]["per_s"], 2)
    assert told["cpu_ms"]["worker"] > 0
    assert told["cpu_ms"]["database"] > 0
    assert told["limit"]["cpu_ms"]["client"] > 0
    broken = [one for one in report.targets if one.kind is Kind.PROMISE and not one.met]
    assert broken == []
