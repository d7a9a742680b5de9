"""Memory: what each process takes while a large video goes from upload to post."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.installation import Installation
from tests.bench.media_owner import MediaOwner
from tests.bench.peaks import Peaks
from tests.bench.plan import text_of
from tests.bench.report import Kind, Report

#: The target that the project has set itself, of every process, in MB.
MOST_MB = 150
#: How much of the file, at most, a process may take beyond what a small one took.
SHARE = 0.3
#: Goes the same way first: what is imported on first use is no growth.
SMALL_MB, SMALL_SECONDS = 5, 10
PROCESSES = ("web", "media", "posting", "scan", "beat")
#: Not to be sent before it is made ready; and soon after.
LATER, SOON = 24 * 3600, 2
QUIET_SECONDS = 1

#: Peaks in MB by process, by stage of the way.
Stages = dict[str, Mapping[str, float]]


def run(
    report: Report, on: Installation, owner: MediaOwner, small: Path, large: Path
) -> None:
    """A small file goes the way before the large one does."""
    rest = at_rest(on)
    before = way(report, on, owner, small)
    found = way(report, on, owner, large)
    size = large.stat().st_size / 1_000_000
    for name, most in most_of(found).items():
        if name in rest:
            report.tell(f"media: {name} at rest, MB", rest[name])
        report.judge(f"media, {size:,.0f} MB: {name}, MB", most, MOST_MB, Kind.TIME)
    words = f"media, {size:,.0f} MB: growth as a share of it"
    report.judge(words, round(growth(before, found) / size, 2), SHARE, Kind.RATIO)


def at_rest(on: Installation) -> Mapping[str, float]:
    """Before anything was asked of them."""
    with watched(on) as peaks:
        time.sleep(QUIET_SECONDS)
    return peaks.mb


def way(report: Report, on: Installation, owner: MediaOwner, path: Path) -> Stages:
    """Upload it, make it ready, make what networks need, send it to all of them."""
    stages: Stages = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        began = time.monotonic()
        with watched(on) as peaks:
            yield
        stages[name] = peaks.mb
        took = {"seconds": round(time.monotonic() - began, 1)}
        report.line("media", f"{path.stem}, {name}", took | {"mb": peaks.mb})

    with stage("uploaded"):
        file = owner.upload(path)
    with stage("made ready"):
        owner.wait_for_file(file)
    text = text_of(f"way of {path.stem}", 0)
    with stage("made for networks"):
        post = owner.schedule(text, file, on.shared_accounts(), time.time() + LATER)
        owner.wait_for_file(file)
    with stage("sent to networks"):
        owner.bring_forward(post, time.time() + SOON)
        owner.wait_for_post(post)
    return stages


@contextmanager
def watched(on: Installation) -> Iterator[Peaks]:
    """Peaks of all processes of ours meanwhile."""
    with Peaks({name: on.stack.running[name].pid for name in PROCESSES}) as peaks:
        yield peaks


def most_of(stages: Stages) -> dict[str, float]:
    """Each process's peak on the whole way."""
    names = sorted({name for stage in stages.values() for name in stage})
    return {
        name: max(stage.get(name, 0.0) for stage in stages.values()) for name in names
    }


def growth(before: Stages, found: Stages) -> float:
    """The most that a process took beyond what it took before, at any stage.

    Where a process was there only now, as there was nothing to make of the small file,
    it is compared with nothing.
    """
    usual = most_of(before)
    return max(
        mb - usual[name]
        for stage, peaks in found.items()
        for name, mb in peaks.items()
        if name in before[stage]
    )
