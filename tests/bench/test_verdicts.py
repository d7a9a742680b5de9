"""Percentiles, what counts as lost or doubled, and what makes a run fail."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.bench.defaults import shown
from tests.bench.distribution import percentile, spread
from tests.bench.installation import Wanted
from tests.bench.journal import Accepted
from tests.bench.outcome import Outcome
from tests.bench.report import Kind, Report, Target


@pytest.mark.parametrize(
    ("share", "expected"), [(0, 1), (0.5, 50), (0.501, 51), (0.99, 99), (1, 100)]
)
def test_a_percentile_is_a_value_that_occurred(share: float, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_of_one_value_every_percentile_is_that_one() -> None:
    assert spread([0.25]) == {"p50": 0.25, "p99": 0.25, "max": 0.25}


def test_of_no_values_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def outcome(statuses: dict[str, str], accepted: list[str]) -> Outcome:
    wanted = [Wanted("x", "1", text, status, 10.0) for text, status in statuses.items()]
    stands = [Accepted("x", "1", text, 11.0 + n) for n, text in enumerate(accepted)]
    return Outcome(due=10.0, wanted=wanted, accepted=stands, spent={"worker": 0.5})


@pytest.mark.parametrize(
    ("statuses", "accepted", "lost", "doubled"),
    [
        ({"a": "posted", "b": "posted"}, ["a", "b"], 0, 0),
        ({"a": "posted", "b": "posted"}, ["b", "b"], 1, 1),
        ({"a": "posted", "b": "failed"}, ["a", "b"], 1, 0),
        ({"a": "posted"}, ["a", "a", "a"], 0, 2),
        ({"a": "posted", "b": "posted"}, ["c"], 2, 0),
    ],
)
def test_what_is_lost_and_doubled(
    statuses: dict[str, str], accepted: list[str], lost: int, doubled: int
) -> None:
    found = outcome(statuses, accepted)
    assert (found.lost, found.doubled) == (lost, doubled)


def test_times_of_an_outcome() -> None:
    found = outcome(dict.fromkeys(["one a", "two b"], "posted"), ["two b", "one a"])
    assert (found.seconds, found.seconds_from_first) == (2.0, 1.0)
    assert sorted(found.lateness()) == [1.0, 2.0]
    assert found.of("one").lateness() == [2.0]
    assert found.cpu_ms() == {"worker": 250.0, "all": 250.0}


@pytest.mark.parametrize("at_least", [True, False])
def test_a_target_is_met_on_its_side_and_at_its_bound(at_least: bool) -> None:
    met = [
        Target("share", value, 0.5, Kind.RATIO, at_least=at_least).met
        for value in (0.4, 0.5, 0.6)
    ]
    assert met == [not at_least, True, at_least]


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("missed", [None, *Kind])
def test_only_a_broken_promise_fails_a_run_and_a_ratio_a_short_one(
    missed: Kind | None, short: bool
) -> None:
    report = Report(short=short)
    for kind in Kind:
        report.judge(kind.value, 2 if kind is missed else 0, 1, kind)
    failing = {Kind.PROMISE, Kind.RATIO} if short else {Kind.PROMISE}
    assert report.failed == (missed in failing)
    assert report.table().count("MISSED") == (missed is not None)


@pytest.mark.parametrize(("value", "failed"), [(0.5, False), (0.3, False), (0.2, True)])
def test_a_short_run_may_be_held_to_less(value: float, failed: bool) -> None:
    report = Report(short=True)
    report.judge("share", value, 0.5, Kind.RATIO, at_least=True, fails_at=0.3)
    assert report.failed == failed
    assert ("MISSED" in report.table()) == (value < 0.5)


def test_a_figure_without_a_target_is_told_and_fails_nothing() -> None:
    report = Report(short=True)
    report.tell("requests/s", 12.5)
    assert "| requests/s" in report.table()
    assert "12.5" in report.table()
    assert not report.failed


def test_settings_that_nobody_set_are_told_as_the_example_has_them() -> None:
    told = shown({"MAX_QUEUED": "800"})
    assert told["MAX_QUEUED"] == 800
    assert told["SCAN_SECONDS"] == settings.SCAN_EVERY.total_seconds()


def test_costs_are_a_column_for_each_process_that_any_case_names() -> None:
    report = Report()
    report.cost("burst", {"worker": 2.5, "simulator": 0.5})
    report.cost("api", {"web": 10, "simulator": 0})
    assert report.cost_table().splitlines() == [
        "| CPU, ms each | worker | simulator | web |",
        "| --- | --: | --: | --: |",
        "| burst | 2.5 | 0.5 |  |",
        "| api |  | 0 | 10 |",
    ]
