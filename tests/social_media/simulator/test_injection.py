"""Every fault as a client meets it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from tests.social_media.simulator import wire
from tests.social_media.simulator.process import running

PATHS = {
    "x": "/2/tweets",
    "bluesky": "/xrpc/com.atproto.repo.createRecord",
    "mastodon": "/api/v1/statuses",
    "fediverse": "/api/v1/statuses",
}
NETWORKS = list(PATHS)


class Author:
    """Somebody who posts over plain HTTP, on any network."""

    def __init__(self, simulator, network: str, handle: str = "ann") -> None:
        self.network, self.url = network, simulator.urls[network]
        self._given = simulator.account(network, handle)
        self._did = ""
        if network == "bluesky":
            self._sign_in()

    def _sign_in(self) -> None:
        answer = wire.post(
            f"{self.url}/xrpc/com.atproto.server.createSession",
            json={
                "identifier": self._given["identifier"],
                "password": self._given["app_password"],
            },
        ).json()
        self._did, self._given["access_token"] = answer["did"], answer["accessJwt"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._given['access_token']}"}

    def post(self, text: str = "hello", *, timeout: float = 5) -> httpx.Response:
        record = {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": "2026-11-20T10:00:00Z",
        }
        body = {
            "x": {"text": text},
            "bluesky": {
                "repo": self._did,
                "collection": "app.bsky.feed.post",
                "record": record,
            },
        }.get(self.network, {"status": text})
        url = f"{self.url}{PATHS[self.network]}"
        return wire.post(url, json=body, headers=self.headers, timeout=timeout)

    def look_up(self) -> httpx.Response:
        path = {
            "x": "/2/tweets?ids=1",
            "bluesky": f"/xrpc/com.atproto.repo.listRecords?repo={self._did}"
            "&collection=app.bsky.feed.post",
        }.get(self.network, "/api/v1/statuses/1")
        return wire.get(f"{self.url}{path}", headers=self.headers)


@pytest.fixture(params=NETWORKS)
def author(simulator, request) -> Author:
    return Author(simulator, request.param)


def stored(simulator, author: Author) -> list[str]:
    return [post["text"] for post in simulator.posts(author.network)]


def test_accept_then_hang_stores_and_never_answers(simulator, author):
    simulator.fault(author.network, "accept_then_hang", calls=1)
    with pytest.raises(httpx.ReadTimeout):
        author.post("lost", timeout=0.3)
    assert stored(simulator, author) == ["lost"]
    assert author.post("next").is_success


def test_accept_then_reset_stores_and_resets_the_connection(simulator, author):
    simulator.fault(author.network, "accept_then_reset", calls=1)
    with pytest.raises(httpx.ReadError) as broken:
        author.post("lost")
    assert "reset" in str(broken.value).lower()
    assert stored(simulator, author) == ["lost"]
    assert author.post("next").is_success


def test_accept_then_500_stores_and_fails(simulator, author):
    simulator.fault(author.network, "accept_then_500", calls=1)
    assert author.post("lost").status_code == 500
    assert stored(simulator, author) == ["lost"]


def test_error_before_stores_nothing(simulator, author):
    simulator.fault(author.network, "error_before", calls=1)
    assert author.post("lost").status_code == 503
    assert stored(simulator, author) == []
    assert author.post("next").is_success


@pytest.mark.parametrize(
    ("network", "body"),
    [
        (
            "x",
            {
                "detail": "You are not permitted to perform this action.",
                "type": "about:blank",
                "title": "Forbidden",
                "status": 403,
            },
        ),
        ("bluesky", {"error": "Forbidden", "message": "Forbidden"}),
        ("mastodon", {"error": "This action is not allowed"}),
        ("fediverse", {"error": "This action is not allowed"}),
    ],
)
def test_forbidden_speaks_the_networks_words(simulator, network, body):
    author = Author(simulator, network)
    simulator.fault(network, "forbidden", calls=1)
    answer = author.post()
    assert (answer.status_code, answer.json()) == (403, body)
    assert stored(simulator, author) == []


@pytest.mark.parametrize(
    ("network", "status", "body"),
    [
        (
            "x",
            401,
            {
                "title": "Unauthorized",
                "type": "about:blank",
                "status": 401,
                "detail": "Unauthorized",
            },
        ),
        ("bluesky", 400, {"error": "ExpiredToken", "message": "Token has expired"}),
        ("mastodon", 401, {"error": "The access token was revoked"}),
        ("fediverse", 401, {"error": "The access token was revoked"}),
    ],
)
def test_expired_token_speaks_the_networks_words(simulator, network, status, body):
    author = Author(simulator, network)
    simulator.fault(network, "expired_token", calls=1)
    answer = author.post()
    assert (answer.status_code, answer.json()) == (status, body)
    assert stored(simulator, author) == []
    assert author.post().is_success


@pytest.mark.parametrize(
    ("network", "header", "read"),
    [
        ("x", "x-rate-limit-reset", float),
        ("bluesky", "ratelimit-reset", float),
        (
            "mastodon",
            "X-RateLimit-Reset",
            lambda text: datetime.fromisoformat(text).timestamp(),
        ),
    ],
)
def test_rate_limited_tells_when_to_come_back(simulator, network, header, read):
    author = Author(simulator, network)
    simulator.fault(network, "rate_limited", seconds=20)
    answer = author.post()
    assert (answer.status_code, stored(simulator, author)) == (429, [])
    assert answer.headers[header.replace("eset", "emaining")] == "0"
    assert 15 < read(answer.headers[header]) - time.time() < 22


def test_rate_limited_is_over_at_its_reset(simulator, author):
    simulator.fault(author.network, "rate_limited", seconds=0.3)
    assert author.post().status_code == 429
    time.sleep(0.35)
    assert author.post().is_success


def test_slow_answers_late(simulator, author):
    simulator.fault(author.network, "slow", seconds=0.3, calls=1)
    started = time.monotonic()
    assert author.post().is_success
    assert 0.3 <= time.monotonic() - started < 3


def test_slow_carries_out_what_its_client_no_longer_waits_for(simulator, author):
    simulator.fault(author.network, "slow", seconds=0.4, calls=1)
    with pytest.raises(httpx.ReadTimeout):
        author.post("late", timeout=0.1)
    assert stored(simulator, author) == []
    time.sleep(0.5)
    assert stored(simulator, author) == ["late"]


def test_a_reset_ends_what_is_slow(simulator):
    author = Author(simulator, "mastodon")
    simulator.fault("mastodon", "slow", seconds=0.3, calls=1)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(author.post, "late")
        time.sleep(0.1)
        simulator.reset()
        with pytest.raises(httpx.TransportError):
            answer.result()
    assert simulator.posts() == []


def test_a_fault_of_one_account_spares_the_others(simulator, author):
    other = Author(simulator, author.network, "bob")
    simulator.fault(author.network, "error_before", account="ann")
    assert (author.post().status_code, other.post().status_code // 100) == (503, 2)


def test_a_fault_on_look_ups_spares_publishing(simulator, author):
    simulator.fault(author.network, "error_before", on="lookup")
    assert author.look_up().status_code == 503
    assert author.post().is_success


def test_calls_are_counted_once_each_under_concurrency(simulator, author):
    simulator.fault(author.network, "error_before", calls=5)
    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(lambda n: author.post(f"n{n}").status_code, range(15)))
    assert codes.count(503) == 5
    assert len(simulator.posts()) == 10


def test_a_lost_refresh_has_used_up_the_token(simulator):
    given = simulator.account("x", "ann")
    simulator.fault("x", "accept_then_reset", on="refresh", account="ann", calls=1)
    asked = {
        "url": f"{simulator.urls['x']}/2/oauth2/token",
        "data": {
            "grant_type": "refresh_token",
            "client_id": "app",
            "refresh_token": given["refresh_token"],
        },
    }
    with pytest.raises(httpx.ReadError):
        wire.post(**asked)
    assert wire.post(**asked).json()["error"] == "invalid_request"


def test_signing_in_to_bluesky_counts_as_refreshing(simulator):
    given = simulator.account("bluesky", "ann")
    simulator.fault("bluesky", "error_before", on="refresh", account="ann", calls=1)
    url = f"{given['server']}/xrpc/com.atproto.server.createSession"
    body = {"identifier": given["identifier"], "password": given["app_password"]}
    codes = [wire.post(url, json=body).status_code for _ in range(2)]
    assert codes == [503, 200]


def test_refuse_connection_closes_the_port_and_what_rests_on_it(simulator, author):
    with httpx.Client(base_url=author.url) as resting:
        resting.get("/")
        simulator.fault(author.network, "refuse_connection")
        with pytest.raises(httpx.ConnectError):
            resting.get("/")
    others = [url for name, url in simulator.urls.items() if name != author.network]
    assert [wire.get(url).status_code for url in others] == [404] * 3
    simulator.clear_faults()
    assert author.post().is_success


def test_refuse_connection_ends_by_itself(simulator, author):
    simulator.fault(author.network, "refuse_connection", seconds=0.3)
    with pytest.raises(httpx.ConnectError):
        author.post()
    time.sleep(0.4)
    assert author.post().is_success
    assert simulator.faults() == []


@pytest.mark.parametrize("spans", [(0.2, 0.5), (0.5, 0.2), (0.2, None), (None, 0.2)])
def test_a_port_stays_closed_for_the_longest_of_its_faults(simulator, spans):
    author = Author(simulator, "mastodon")
    for seconds in spans:
        simulator.fault("mastodon", "refuse_connection", seconds=seconds)
    time.sleep(0.3)
    with pytest.raises(httpx.ConnectError):
        author.post()
    simulator.clear_faults()
    assert author.post().is_success


def test_a_request_on_its_way_survives_a_closing_port(simulator, author):
    simulator.fault(author.network, "slow", seconds=0.3, calls=1)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(author.post)
        time.sleep(0.1)
        simulator.fault(author.network, "refuse_connection", seconds=0.5)
        assert answer.result().is_success


def test_the_latency_is_the_least_answer_time():
    with running("--latency-ms", "150") as simulator:
        author = Author(simulator, "mastodon")
        started = time.monotonic()
        assert author.post().is_success
        assert time.monotonic() - started >= 0.15
