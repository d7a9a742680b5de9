"""The plan is a pure function of seed and length, and leaves nothing out."""

from __future__ import annotations

import hashlib

import pytest

from social_media.enums import Instant
from social_media.simulator.faults import KINDS, NETWORKS
from tests.chaos.files import File
from tests.chaos.orders import make_orders, parts_of
from tests.chaos.plan import (
    VICTIMS,
    Disturbance,
    FlushBroker,
    Kill,
    KillAt,
    NetworkFault,
    RestartDatabase,
    StopBroker,
    make_plan,
)

LENGTHS = [30.0, 120.0, 1200.0]


def faults_of(plan: list[Disturbance]) -> list[NetworkFault]:
    return [one for one in plan if isinstance(one, NetworkFault)]


@pytest.mark.parametrize("seconds", LENGTHS)
def test_the_same_seed_and_length_give_the_same_plan(seconds: float) -> None:
    assert make_plan(7, seconds) == make_plan(7, seconds)
    assert make_plan(7, seconds) != make_plan(8, seconds)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("seconds", LENGTHS)
def test_every_disturbance_comes_however_short_the_load(
    seed: int, seconds: float
) -> None:
    plan = make_plan(seed, seconds)
    kills = [one.processes for one in plan if isinstance(one, Kill)]
    assert {name for names in kills for name in names} == set(VICTIMS)
    assert ("posting", "posting-2") in kills
    assert {one.instant for one in plan if isinstance(one, KillAt)} == set(Instant)
    rest = {type(one) for one in plan} - {Kill, KillAt, NetworkFault}
    assert rest == {RestartDatabase, FlushBroker, StopBroker}
    assert {fault.kind for fault in faults_of(plan)} == set(KINDS)
    assert {fault.on for fault in faults_of(plan)} == {
        *("publish", "lookup", "refresh", "upload", "media_status")
    }


@pytest.mark.parametrize("kind", ["accept_then_hang", "accept_then_reset", "forbidden"])
def test_the_worst_faults_come_on_every_network(kind: str) -> None:
    networks = {one.network for one in faults_of(make_plan(3, 120)) if one.kind == kind}
    assert networks == set(NETWORKS)


@pytest.mark.parametrize("seconds", LENGTHS)
def test_it_is_in_order_and_leaves_both_ends_alone(seconds: float) -> None:
    times = [one.at for one in make_plan(5, seconds)]
    assert times == sorted(times)
    assert times[0] >= 8
    assert times[-1] <= seconds - 8


def test_a_longer_load_is_disturbed_as_often_a_minute() -> None:
    short, long = len(make_plan(1, 120)), len(make_plan(1, 1200))
    assert 8 < long / short < 12


def test_no_fault_leaves_a_look_up_that_can_t_work() -> None:
    faults = faults_of(make_plan(11, 1200))
    assert not [one for one in faults if (one.kind, one.on) == ("forbidden", "lookup")]
    limited = {one.network for one in faults if one.kind == "rate_limited"}
    assert limited == {"x", "bluesky", "mastodon"}


def test_the_same_seed_gives_the_same_posts() -> None:
    assert make_orders(7, 60, rate=9, accounts=60) == make_orders(
        7, 60, rate=9, accounts=60
    )


def test_posts_are_as_many_as_asked_for_and_every_text_is_unique() -> None:
    orders = make_orders(1, 120, rate=9, accounts=60)
    assert len(orders) == 1080
    texts = [text for order in orders for text in (*order.texts, order.comment) if text]
    assert len(texts) == len(set(texts))
    assert {len(order.texts) for order in orders} == {1, 2, 3}
    assert {len(order.accounts) for order in orders} == {1, 2, 3}
    assert parts_of(orders[:1]) == len(orders[0].accounts) * (
        len(orders[0].texts) + bool(orders[0].comment)
    )


def test_posts_are_written_before_they_are_due_and_due_in_time() -> None:
    orders = make_orders(1, 120, rate=9, accounts=60)
    assert [one.written_at for one in orders] == sorted(
        one.written_at for one in orders
    )
    assert min(one.due_at for one in orders) >= 10
    assert max(one.due_at for one in orders) == pytest.approx(120)
    for one in orders:
        shortest = 3.5 if any(one.media) else 10
        assert shortest <= one.due_at - one.written_at <= 40 or one.written_at == 0


def test_a_third_of_the_posts_shows_media_some_in_a_second_part_only() -> None:
    orders = make_orders(1, 120, rate=9, accounts=120)
    shows = [one for one in orders if any(one.media)]
    assert len(orders) / 4 < len(shows) < len(orders) / 2
    assert all(len(one.media) == len(one.texts) for one in orders)
    patterns = {tuple(bool(part) for part in one.media) for one in shows}
    assert {(True,), (False, True), (True, True)} <= patterns
    shown = [[place.file.kind for place in part] for one in shows for part in one.media]
    assert {"image", "gif", "video"} == {kind for part in shown for kind in part}
    assert {len(part) for part in shown if "image" in part} == {1, 2}
    assert {len(part) for part in shown if {"gif", "video"} & set(part)} == {1}


def test_no_account_is_sent_the_same_file_twice() -> None:
    """Only then an upload of known bytes is one too many."""
    seen = [
        (account, place.file.number)
        for one in make_orders(2, 120, rate=9, accounts=120)
        for account in one.accounts
        for part in one.media
        for place in part
    ]
    assert len(seen) == len(set(seen))


def test_files_are_all_different() -> None:
    digests = {hashlib.sha256(File(number).data).digest() for number in range(60)}
    assert len(digests) == 60
