"""Every fault as somebody meets it who uploads."""

from __future__ import annotations

import time

import httpx
import pytest

from social_media.simulator.client import SimulatorClient
from tests.social_media.simulator.posters import (
    BlueskyPoster,
    MastodonPoster,
    XPoster,
)
from tests.social_media.simulator.samples import mp4, png


@pytest.fixture(params=["x", "bluesky", "mastodon", "fediverse"])
def network(request) -> str:
    return request.param


class Sender:
    """Uploads a picture."""

    def __init__(self, simulator: SimulatorClient, network: str) -> None:
        kinds = {"x": XPoster, "bluesky": BlueskyPoster}
        self._version = 1 if network == "fediverse" else 2
        self.poster = (
            kinds[network](simulator)
            if network in kinds
            else MastodonPoster(simulator, network)
        )

    def __call__(self) -> httpx.Response:
        if isinstance(self.poster, BlueskyPoster):
            return self.poster.upload(png())
        if isinstance(self.poster, XPoster):
            return self.poster.send(png())
        return self.poster.send(png(), self._version)


@pytest.fixture
def send(simulator, network) -> Sender:
    return Sender(simulator, network)


@pytest.mark.parametrize("kind", ["accept_then_hang", "accept_then_reset"])
def test_an_answer_gets_lost_after_the_bytes_came(simulator, network, send, kind):
    simulator.fault(network, kind, on="upload", calls=1)
    send.poster.timeout = 0.5
    with pytest.raises(httpx.ReadError if "reset" in kind else httpx.ReadTimeout):
        send()
    assert [upload["state"] for upload in simulator.uploads(network)] == ["ready"]
    assert send().is_success


@pytest.mark.parametrize(
    ("kind", "status"),
    [("error_before", 503), ("rate_limited", 429), ("forbidden", 403)],
)
def test_nothing_is_taken(simulator, network, send, kind, status):
    simulator.fault(network, kind, on="upload", calls=1)
    assert send().status_code == status
    assert simulator.uploads() == []
    assert send().is_success


def test_a_500_comes_after_the_bytes(simulator, network, send):
    simulator.fault(network, "accept_then_500", on="upload", calls=1)
    assert send().status_code == 500
    assert len(simulator.uploads()) == 1


def test_an_expired_token(simulator, network, send):
    simulator.fault(network, "expired_token", on="upload", calls=1)
    assert send().status_code == (400 if network == "bluesky" else 401)
    assert simulator.uploads() == []


def test_a_slow_upload(simulator, network, send):
    simulator.fault(network, "slow", on="upload", calls=1, seconds=0.3)
    started = time.monotonic()
    assert send().is_success
    assert time.monotonic() - started >= 0.3


def test_faults_on_uploads_spare_posts_and_the_other_way_round(simulator):
    ann = XPoster(simulator)
    simulator.fault("x", "error_before", on="upload")
    assert ann.tweet("text").status_code == 201
    simulator.clear_faults()
    simulator.fault("x", "error_before")
    assert ann.send(png()).status_code == 200


def test_the_calls_of_an_upload_in_chunks_are_counted_one_by_one(simulator):
    ann = XPoster(simulator)
    simulator.fault("x", "error_before", on="upload", after=2, calls=1)
    media_id = ann.begin(4000)
    codes = [
        ann.append(media_id, 0, mp4(4000)).status_code,
        ann.finalize(media_id).status_code,
        ann.finalize(media_id).status_code,
    ]
    assert codes == [200, 503, 200]


def test_x_is_still_processing(simulator):
    ann = XPoster(simulator)
    media_id = ann.video()
    simulator.fault("x", "processing", on="media_status", calls=1)
    data = ann.status(media_id).json()["data"]
    assert (data["id"], data["processing_info"]) == (
        media_id,
        {"state": "in_progress", "check_after_secs": 1},
    )
    info = ann.status(media_id).json()["data"]["processing_info"]
    assert info["state"] == "succeeded"


def test_bluesky_is_still_processing(simulator):
    ann = BlueskyPoster(simulator)
    job = ann.send_video(mp4()).json()["jobStatus"]["jobId"]
    simulator.fault("bluesky", "processing", on="media_status", calls=2)
    assert ann.job(job).json()["jobStatus"]["state"] == "JOB_STATE_ENCODING"
    assert ann.job("unknown").status_code == 400
    assert ann.job(job).json()["jobStatus"]["state"] == "JOB_STATE_COMPLETED"


@pytest.mark.parametrize("network", ["mastodon", "fediverse"])
def test_mastodon_is_still_processing(simulator, network):
    ann = MastodonPoster(simulator, network)
    media_id = ann.upload(mp4(), version=1)
    path = f"/api/v1/media/{media_id}"
    simulator.fault(network, "processing", on="media_status", calls=1)
    early = ann.request("GET", path)
    assert (early.status_code, early.json()["url"]) == (206, None)
    assert ann.request("GET", path).status_code == 200
    simulator.fault(network, "processing", calls=1)
    assert "not finished processing" in ann.toot("t", media_id).json()["error"]
    assert ann.toot("t", media_id).status_code == 200


@pytest.mark.parametrize(
    ("network", "on"),
    [("x", "publish"), ("bluesky", "publish"), ("x", "any"), ("mastodon", "upload")],
)
def test_processing_where_it_means_nothing_is_refused(simulator, network, on):
    with pytest.raises(ValueError, match="media_status"):
        simulator.fault(network, "processing", on=on)
