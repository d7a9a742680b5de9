"""Figures of processes that live, end, are killed and share a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from social_media.publishing import figure_files
from social_media.publishing.figures import EveryProcess

COUNT = """
import sys, django
django.setup()
from social_media.publishing.figures import ATTEMPTS, LATENESS
ATTEMPTS.labels("x", "posted").inc(int(sys.argv[1]))
LATENESS.labels("x").observe(0.2)
print("counted", flush=True)
if sys.argv[2] == "wait":
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    settings.METRICS_DIR = tmp_path
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return tmp_path


def counting(number, then="end"):
    """A process of its own that has counted `number` attempts."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT, str(number), then],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "counted\n"
    return process


def lines(name):
    registry = CollectorRegistry()
    registry.register(EveryProcess())
    text = generate_latest(registry).decode()
    return [line for line in text.splitlines() if line.startswith(name)]


def attempts():
    (line,) = lines("stationmaster_attempts_total{")
    return line


def kept(folder):
    return sorted(file.name for file in folder.iterdir() if file.name != "folder.lock")


def test_living_and_ended_processes_add_up(folder):
    ended = counting(2)
    ended.communicate(timeout=20)
    killed, living = counting(3, "wait"), counting(4, "wait")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()

    expected = 'stationmaster_attempts_total{outcome="posted",platform="x"} 9.0'
    assert attempts() == expected
    assert attempts() == expected
    assert lines('stationmaster_lateness_seconds_bucket{le="0.1"') == [
        'stationmaster_lateness_seconds_bucket{le="0.1",platform="x"} 0.0'
    ]
    assert lines('stationmaster_lateness_seconds_bucket{le="0.25"') == [
        'stationmaster_lateness_seconds_bucket{le="0.25",platform="x"} 3.0'
    ]
    (alive,) = folder.glob("*.alive")
    assert kept(folder) == sorted(
        [
            alive.name,
            f"counter_{alive.stem}.db",
            f"histogram_{alive.stem}.db",
            "counter_ended.db",
            "histogram_ended.db",
        ]
    )
    living.communicate(timeout=20)
    assert attempts() == expected
    assert kept(folder) == ["counter_ended.db", "histogram_ended.db"]


def test_a_name_that_another_container_holds_is_not_taken(folder):
    with figure_files.alone():
        pass
    taken, lock = figure_files._lock_a_name(4711)
    other, other_lock = figure_files._lock_a_name(4711)
    assert (taken[-7:], other[-7:]) == ("-4711-0", "-4711-1")
    os.close(lock)
    again, third = figure_files._lock_a_name(4711)
    assert again == taken
    os.close(other_lock)
    os.close(third)


def test_a_fork_counts_under_a_name_of_its_own(folder, monkeypatch):
    monkeypatch.setattr(figure_files, "_own", {})
    mine = figure_files.process_name()
    monkeypatch.setattr(os, "getpid", lambda: 4711)
    assert figure_files.process_name().endswith("-4711-0")
    assert figure_files.process_name() != mine
    ((_, lock),) = figure_files._own.values()
    os.close(lock)


def test_a_file_that_is_only_just_made_is_left_out(folder):
    process = counting(1, "wait")
    (alive,) = folder.glob("*.alive")
    (folder / f"histogram_{alive.stem}.db").write_bytes(b"")
    assert attempts().endswith(" 1.0")
    assert lines("stationmaster_lateness") == []
    process.communicate(timeout=20)


def test_files_and_figures_of_other_programs_are_left_out(folder):
    process = counting(1, "wait")
    (mine,) = folder.glob("counter_*.db")
    flowers = mine.read_bytes().replace(b"stationmaster_", b"flower_______9")
    # Flower's own, by pid alone; and what a library counts in one of our processes.
    (folder / "counter_1.db").write_bytes(b"broken")
    (folder / "counter_library-1-0.db").write_bytes(flowers)
    (folder / "library-1-0.alive").touch()
    assert attempts().endswith(" 1.0")
    assert lines("flower") == []
    process.communicate(timeout=20)
