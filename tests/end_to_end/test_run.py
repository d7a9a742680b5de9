"""`make run` on settings of one's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from social_media.management.environment import fresh_secrets
from social_media.management.smoke import free_ports
from social_media.management.supervise import ROOT

pytestmark = pytest.mark.processes

#: What pytest's own settings left in the environment.
OURS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "STATE_DIR", "SECRET_KEY", "HTTPS")


def start(env_file: Path, **extra: str) -> subprocess.Popen[str]:
    """`make run` that reads `env_file` instead of .env."""
    kept = {name: os.environ[name] for name in os.environ if name not in OURS}
    kept.pop("FIELD_ENCRYPTION_KEYS", None)
    kept.pop("PROMETHEUS_MULTIPROC_DIR", None)
    return subprocess.Popen(
        [sys.executable, "-m", "social_media.management.run"],
        cwd=ROOT,
        env={**kept, "ENV_FILE": str(env_file), **extra},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def write(path: Path, values: Mapping[str, str]) -> Path:
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return path


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_it_gets_ready_on_the_settings_of_the_file(tmp_path: Path) -> None:
    port = free_ports()[0]
    state = tmp_path / "state"
    settings = {"HTTPS": "false", "STATE_DIR": str(state), "PORT": str(port)}
    process = start(write(tmp_path / "env", {**fresh_secrets(), **settings}))
    give_up = time.monotonic() + 60
    while not is_ready(f"http://127.0.0.1:{port}") and time.monotonic() < give_up:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=40)
    assert process.returncode == 0, said
    assert said.startswith(f"Stationmaster is at http://127.0.0.1:{port}/\n")
    assert time.monotonic() < give_up, said
    assert (state / "db.sqlite3").exists()


def test_without_settings_it_says_how_to_get_some(tmp_path: Path) -> None:
    process = start(tmp_path / ".env")
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said == (
        "There is no .env yet. `make env` writes one with fresh secrets; "
        "`make demo` needs none.\n"
    )


def test_a_placeholder_for_a_secret_stops_the_start_in_words(tmp_path: Path) -> None:
    settings = {"SECRET_KEY": "change-me", "STATE_DIR": str(tmp_path)}
    process = start(write(tmp_path / "env", settings), PORT=str(free_ports()[0]))
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "Set SECRET_KEY in the environment or in .env" in said
