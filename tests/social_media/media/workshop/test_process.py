from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from social_media.media.workshop import (
    OutOfRoom,
    WorkshopFailed,
    inspect,
    process,
    render,
    thumbnail,
)
from tests import media_samples as samples
from tests.social_media.media.workshop.workbench import LIMITS, video, written

ROOT = Path(__file__).resolve().parents[4]


class LeaseLostError(Exception):
    """What a caller's `progress` may raise."""


def children() -> list[int]:
    """Of this process, those that still run."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "media.workshop"],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in found.stdout.split()]


def long_video(folder: Path) -> Path:
    """One that takes some seconds to transcode."""
    path = folder / "upload"
    samples.large_mp4(path, 30_000_000, seconds=60)
    return path


def test_progress_rises_and_ends_with_the_whole(tmp_path: Path) -> None:
    told: list[int] = []
    source = written(tmp_path, samples.mp4(20, noise=True))
    render(source, video(160, 120), tmp_path / "out", told.append)
    assert told == sorted(set(told))
    assert told[-1] == 100
    assert len(told) > 2


def test_what_progress_raises_comes_through(tmp_path: Path) -> None:
    source = long_video(tmp_path)
    raised: list[float] = []

    def lose(percent: int) -> None:
        if percent > 0:
            raised.append(time.monotonic())
            raise LeaseLostError

    with pytest.raises(LeaseLostError):
        render(source, video(640, 360), tmp_path / "out", lose)
    # It was killed, and did not work on to its end.
    assert time.monotonic() - raised[0] < 1.5
    assert children() == []
    assert list(tmp_path.iterdir()) == [source]


def test_a_crash_is_not_the_callers(tmp_path: Path) -> None:
    source = long_video(tmp_path)

    def crash(percent: int) -> None:
        for child in children():
            os.kill(child, signal.SIGSEGV)

    with pytest.raises(WorkshopFailed) as failure:
        render(source, video(640, 360), tmp_path / "out", crash)
    assert "Traceback" not in failure.value.message
    assert list(tmp_path.iterdir()) == [source]


def test_one_that_hangs_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "SILENCE", 0.8)
    source = long_video(tmp_path)

    def stop(percent: int) -> None:
        for child in children():
            os.kill(child, signal.SIGSTOP)

    began = time.monotonic()
    with pytest.raises(WorkshopFailed, match="took too long"):
        render(source, video(640, 360), tmp_path / "out", stop)
    assert time.monotonic() - began < 5
    assert children() == []
    assert list(tmp_path.iterdir()) == [source]


def test_a_full_disk_is_told_apart(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.symlink_to("/dev/full")
    source = written(tmp_path, samples.jpeg())
    with pytest.raises(OutOfRoom) as failure:
        thumbnail(source, target)
    assert failure.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == [source]
    assert Path("/dev/full").exists()


def test_a_full_disk_is_told_apart_for_videos(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.symlink_to("/dev/full")
    source = written(tmp_path, samples.mp4())
    with pytest.raises(OutOfRoom):
        render(source, video(160, 120), target, lambda _: None)
    assert list(tmp_path.iterdir()) == [source]


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    source = long_video(tmp_path)
    order = {"do": "render", "path": str(source), "target": str(tmp_path / "out")}
    order["recipe"] = video(640, 360).document()
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, json.dumps(order)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert _is_gone(child)


_PARENT = """
import json, sys
from social_media.media.workshop import process
def tell(percent):
    if percent >= 0:
        print(running.pid, flush=True)
popen = process.subprocess.Popen
def started(*args, **options):
    global running
    running = popen(*args, **options)
    return running
process.subprocess.Popen = started
what = json.loads(sys.argv[1])
process.carry_out(process.Order(what=what, seconds=600, max_bytes=10**9), tell)
"""


def _is_gone(process_id: int) -> bool:
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        stat = Path(f"/proc/{process_id}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_no_secret_is_given_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    assert "do-not-tell" not in process._environment().values()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_who_starts_one_can_not_be_looked_into(tmp_path: Path) -> None:
    """Its environment and memory belong to root then; 3 is PR_GET_DUMPABLE."""
    source = written(tmp_path, samples.jpeg())
    told = (
        "import ctypes, sys\n"
        "from pathlib import Path\n"
        "from social_media.media.workshop import Limits, inspect\n"
        "asked = ctypes.CDLL(None).prctl\n"
        "before = asked(3, 0, 0, 0, 0)\n"
        "inspect(Path(sys.argv[1]), Limits(50_000_000, 3600))\n"
        "print(before, asked(3, 0, 0, 0, 0), Path('/proc/self/environ').stat().st_uid)"
    )
    found = subprocess.run(
        [sys.executable, "-c", told, str(source)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test"},
    )
    assert found.stdout == b"1 0 0\n"


@pytest.mark.parametrize(
    ("told", "more"),
    [
        ([10], 300),
        ([10, 10, 10], 300),  # only once
        ([1e12], 600),  # no more than a video may have
        ([-1e12], 0),
        ([float("nan")], 0),
    ],
)
def test_a_process_does_not_give_itself_time(told: list[float], more: float) -> None:
    deadline = process.Deadline(1000, max_length=20)
    for length in told:
        deadline.move(length)
    assert deadline.at == 1000 + more


def test_it_loads_no_django() -> None:
    told = (
        "import sys\n"
        "from social_media.media.workshop import worker, files\n"
        "from social_media.media.workshop.videos import transcode, poster, measure\n"
        "from social_media.media.workshop.stills import render, clean, animation\n"
        "print(sorted({'django', 'celery', 'httpx'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True
    )
    assert found.stdout == b"[]\n"


def test_the_callers_side_loads_no_codec() -> None:
    told = (
        "import sys\n"
        "import social_media.media.workshop\n"
        "print(sorted({'PIL', 'av', 'pillow_heif'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True
    )
    assert found.stdout == b"[]\n"


def test_threads_may_order_at_the_same_time(tmp_path: Path) -> None:
    source = written(tmp_path, samples.jpeg())
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(inspect(source, LIMITS).width))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [640] * 4


@pytest.mark.parametrize("deep", [False, True])
def test_a_transcode_needs_little_memory(*, deep: bool, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    if deep:
        source.write_bytes(samples.deep_mp4(30, 1920, 1080))
    else:
        samples.large_mp4(
            source, 30_000_000, seconds=30, width=1920, height=1080, rate=10
        )
    found = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(source), str(tmp_path / "out")],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test"},
    )
    assert int(found.stdout) < 150_000


_MEASURED = """
import resource, sys
from pathlib import Path
from social_media.media.workshop import render
from social_media.platforms.media import Recipe
from social_media.enums import MediaKind
recipe = Recipe(MediaKind.VIDEO, "video/mp4", 1920, 1080, 25_000_000)
render(Path(sys.argv[1]), recipe, Path(sys.argv[2]), lambda percent: None)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
