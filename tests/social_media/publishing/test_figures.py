"""Figures of processes that live, end, are killed and share a folder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest
from structlog.testing import capture_logs

from social_media.publishing import figure_files, figure_values
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


@pytest.fixture
def counter(folder, monkeypatch):
    """A counter of this process in `folder`, none of whose files is open yet."""
    monkeypatch.setattr(figure_files, "_own", {})
    monkeypatch.setattr(figure_files, "_told", set())
    monkeypatch.setattr(figure_values, "mine", figure_values._Mine())
    yield lambda: Counter("stationmaster_tries", "Tries.", ["platform"], registry=None)
    for _, file in figure_values.mine.files.values():
        file.close()
    for _, lock in figure_files._own.values():
        os.close(lock)


def tries():
    return lines("stationmaster_tries_total{")


def test_a_full_disk_ends_nothing_and_loses_nothing(folder, counter):
    kept = folder / f"counter_{figure_files.process_name()}.db"
    kept.symlink_to("/dev/full")
    counted = counter().labels("x")
    counted.inc(2)
    counted.inc()
    assert tries() == []
    kept.unlink()
    counted.inc()
    assert tries() == ['stationmaster_tries_total{platform="x"} 4.0']


def test_what_is_not_kept_is_told_once(folder, counter):
    kept = folder / f"counter_{figure_files.process_name()}.db"
    with capture_logs() as logs:
        for platform in ("x", "bluesky"):
            kept.symlink_to("/dev/full")
            counter().labels(platform).inc()
            kept.unlink()
            counter().labels("mastodon").inc()
            kept.unlink()
            figure_values.mine._drop("counter")
    assert logs == [
        {
            "event": "figures.not_kept",
            "kind": "counter",
            "error": "[Errno 28] No space left on device",
            "log_level": "warning",
        }
    ]


def test_a_disk_that_fills_up_meanwhile(folder, counter, monkeypatch):
    counted = counter().labels("x")
    counted.inc()

    def no_room(descriptor, data, position):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", no_room)
        counted.inc(2)
        counter().labels("bluesky").inc(5)
    counted.inc(4)
    assert tries() == ['stationmaster_tries_total{platform="x"} 7.0']


def test_half_written_is_not_written(folder, counter, monkeypatch):
    really = os.pwrite
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", lambda at, data, to: really(at, data[:7], to))
        counted = counter().labels("x")
        counted.inc()
    assert tries() == []
    counted.inc()
    assert tries() == ['stationmaster_tries_total{platform="x"} 2.0']


def test_a_folder_that_cannot_be_used(folder, counter, settings):
    (folder / "file").touch()
    settings.METRICS_DIR = folder / "file" / "metrics"
    counter().labels("x").inc()
    assert tries() == []
    settings.METRICS_DIR = folder
    counter().labels("x").inc()
    assert tries() == ['stationmaster_tries_total{platform="x"} 1.0']


def test_no_room_to_add_up_the_ended_ones(folder):
    counting(3).communicate(timeout=20)
    (folder / "counter_ended.new").mkdir()
    assert attempts().endswith(" 3.0")
    assert attempts().endswith(" 3.0")
    (folder / "counter_ended.new").rmdir()
    assert attempts().endswith(" 3.0")
    assert kept(folder) == ["counter_ended.db", "histogram_ended.db"]


def test_what_cannot_be_read_is_left_out_and_told_once(folder, monkeypatch):
    monkeypatch.setattr(figure_files, "_told", set())
    process = counting(1, "wait")
    (folder / "other-1-0.alive").mkdir()
    (folder / "counter_other-1-0.db").write_bytes(b"\x50\0\0\0" + b"x" * 86)
    (folder / "histogram_other-1-0.db").write_bytes(b"\x50\0\0\0" + b"\xff" * 86)
    with capture_logs() as logs:
        assert attempts().endswith(" 1.0")
        assert attempts().endswith(" 1.0")
    process.communicate(timeout=20)
    assert sorted(line["path"] for line in logs) == [
        str(folder / "counter_other-1-0.db"),
        str(folder / "histogram_other-1-0.db"),
        str(folder / "other-1-0.alive"),
    ]
