"""Punctuality with a large video: its uploads are over when its time comes.

The simulator takes so many bytes a second of each connection. The same accounts have
other posts due while the uploads go on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from social_media.simulator.client import SimulatorClient
from tests.bench.distribution import spread
from tests.bench.installation import Installation, Wanted
from tests.bench.media_owner import MediaOwner
from tests.bench.outcome import GIVE_UP_SECONDS, Outcome
from tests.bench.plan import NETWORKS, text_of
from tests.bench.report import Kind, Report

BYTES_PER_SECOND = 5_000_000
#: The target that the project has set itself, in seconds.
LATEST = 2
#: Requests are counted from so many seconds before the time on.
COUNTED_FROM = 1
#: Other posts are due from so many seconds before the uploads begin.
EARLIER = 3
LOOK_SECONDS = 0.1
_AT_WORK = """
SELECT account.platform
FROM social_media_posttarget target
JOIN social_media_post post ON post.id = target.post_id
JOIN social_media_connectedaccount account ON account.id = target.account_id
WHERE starts_with(post.content, %s) AND target.preparing_until > now()
"""
_VIDEO, _BESIDE = "video", "beside"


@dataclass(frozen=True, slots=True)
class Timing:
    """In seconds before the time of the post: when it is scheduled, and when its
    uploads begin; `beside` other posts are due from then on, one in `every`.
    """

    ahead: float
    prepare: float
    beside: int
    every: float


@dataclass
class Uploading:
    """When somebody was first and last seen uploading, seconds since the epoch."""

    began: float
    ended: float

    def told(self, due: float) -> dict[str, float]:
        """In seconds before the post is due."""
        return {
            "began_before_s": round(due - self.began, 1),
            "ended_before_s": round(due - self.ended, 1),
        }


Uploads = Mapping[str, Uploading]


def run(
    report: Report, on: Installation, owner: MediaOwner, path: Path, timing: Timing
) -> None:
    """One video on every network, and texts beside it."""
    simulator_url = on.stack.demo.simulator_url
    with SimulatorClient(simulator_url) as networks:
        networks.configure(upload_bytes_per_second=BYTES_PER_SECOND)
        file = owner.upload(path)
        owner.wait_for_file(file)
        due = time.time() + timing.ahead
        owner.schedule(text_of(_VIDEO, 0), file, on.shared_accounts(), due)
        schedule_beside(on, due - timing.prepare - EARLIER, timing)
        on.accepted()
        seen = watch_uploads(on, until=due - COUNTED_FROM)
        requests = count_requests(networks, until=due + LATEST)
        on.wait_until_settled(GIVE_UP_SECONDS)
        again = networks.summary()["uploaded_again"]
    wanted = [*on.wanted(_VIDEO), *on.wanted(_BESIDE)]
    found = Outcome(due, wanted, on.accepted(), {})
    report.promise("media, punctuality", found)
    report.judge("media: uploaded again", again, 0, Kind.PROMISE)
    tell(report, found, seen, requests)


def schedule_beside(on: Installation, first: float, timing: Timing) -> None:
    """Texts on the same accounts by turns."""
    batch = {
        "name": _BESIDE,
        "number": timing.beside,
        "chosen": {"first": 0, "number": len(NETWORKS)},
        "every": timing.every,
    }
    if not on.writer.ask("posts", batches=[batch], due=first):
        raise RuntimeError("The posts beside the video were not written in time.")


def watch_uploads(on: Installation, *, until: float) -> dict[str, Uploading]:
    """When uploads of the video began and ended, by network."""
    seen: dict[str, Uploading] = {}
    with on.connect() as connection:
        while (now := time.time()) < until:
            rows = connection.execute(_AT_WORK, [f"{_VIDEO} "]).fetchall()
            for (network,) in rows:
                seen.setdefault(network, Uploading(now, now)).ended = now
            time.sleep(LOOK_SECONDS)
    return seen


def count_requests(networks: SimulatorClient, *, until: float) -> dict[str, int]:
    """Requests that reach each network from now on: a fault that delays by next to
    nothing counts its hits.
    """
    networks.clear_faults()
    for network in NETWORKS:
        networks.fault(network, "slow", on="any", seconds=0.001)
    time.sleep(max(0, until - time.time()))
    counted = {fault["network"]: fault["hits"] for fault in networks.faults()}
    networks.clear_faults()
    return counted


def tell(
    report: Report, found: Outcome, seen: Uploads, requests: Mapping[str, int]
) -> None:
    """Times by network, and what is held to."""
    video, due = found.of(_VIDEO), found.due
    late = {one.network: one.at - due for one in video.accepted}
    for network in NETWORKS:
        figures: dict[str, Any] = {"requests_at_its_time": requests[network]}
        with suppress(KeyError):
            figures |= {"late_s": round(late[network], 3)}
            figures |= seen[network].told(due)
            report.tell(f"media, {network}: late, s", figures["late_s"])
        report.line("media", f"punctuality, {network}", figures)
    in_time = sum(
        one.ended < due - COUNTED_FROM - LOOK_SECONDS for one in seen.values()
    )
    words = "media: networks with uploads over before the time"
    report.judge(words, in_time, len(NETWORKS), Kind.RATIO, at_least=True)
    words = "media: requests per network at the time"
    report.judge(words, max(requests.values()), 1, Kind.RATIO)
    if late:
        latest = round(max(late.values()), 3)
        report.judge("media: latest video, s", latest, LATEST, Kind.TIME)
    beside(report, found.of(_BESIDE), seen)


def beside(report: Report, found: Outcome, seen: Uploads) -> None:
    """Of the other posts, how late those were that were due during an upload of their
    own account.
    """
    during = [one for one in found.wanted if is_during(one, seen)]
    met = spread(Outcome(found.due, during, found.accepted, {}).lateness())
    figures = {"posts": len(found.wanted), "due_meanwhile": len(during), "late_s": met}
    report.line("media", "posts beside the uploads", figures)
    words = "media: other posts while uploading, latest, s"
    report.judge(words, met["max"], LATEST, Kind.TIME)


def is_during(one: Wanted, seen: Uploads) -> bool:
    """Whether its account was uploading when it was due."""
    uploading = seen.get(one.network)
    return uploading is not None and uploading.began <= one.due <= uploading.ended
