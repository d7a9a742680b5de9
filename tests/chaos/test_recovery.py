"""How recovery is measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.evidence import Accepted, Attempt, Evidence, StoredPost, Target
from tests.chaos.recovery import (
    Blow,
    Stretch,
    blows_by_target,
    percentile,
    stretches,
)
from tests.chaos.report import Result

DUE = datetime(2030, 1, 1, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return DUE + timedelta(seconds=seconds)


def attempt(opened: float, outcome: str) -> Attempt:
    return Attempt(0, later(opened), later(opened + 1) if outcome else None, outcome)


def evidence(*attempts: Attempt, **changes: Any) -> Evidence:
    given: dict[str, Any] = {"status": "posted", "posted_at": later(60), **changes}
    target = Target(id="t", account="a", attempts=attempts, **given)
    return Evidence(
        accepted=[Accepted("c00001", "p", ("text",), "", {"a": ("x", "ada")}, DUE)],
        posts=[StoredPost("p", "text", "posted", [target])],
        standing=[],
    )


def stretch(found: Evidence, *blows: Blow) -> Stretch:
    (only,) = stretches(found, blows, now=later(200))
    return only


def blow(seconds: float, *holds: tuple[str, str], what: str = "kill") -> Blow:
    return Blow(later(seconds), what, frozenset(holds))


def test_without_a_blow_it_is_how_late_the_post_was() -> None:
    only = stretch(evidence(attempt(59, "posted")))
    assert (only.seconds, only.began, only.hit) == (60, "due", False)


def test_a_failed_try_is_a_blow_at_the_moment_it_was_opened() -> None:
    only = stretch(evidence(attempt(2, "adopted")))
    assert (only.seconds, only.began, only.hit) == (58, "adopted", True)


def test_each_blow_begins_a_stretch_and_the_longest_counts() -> None:
    only = stretch(
        evidence(attempt(5, "unavailable"), attempt(45, "absent")),
        blow(20, ("t", "token")),
    )
    assert (only.seconds, only.began) == (25, "kill")


def test_a_kill_that_did_not_hit_it_changes_nothing() -> None:
    only = stretch(evidence(attempt(59, "posted")), blow(30, ("other", "token")))
    assert (only.seconds, only.began) == (60, "due")


def test_a_later_kill_is_no_excuse_for_a_target_that_still_waits_after_the_first() -> (
    None
):
    only = stretch(
        evidence(attempt(59, "posted")),
        blow(10, ("t", "token")),
        blow(40, ("t", "token")),
    )
    assert (only.seconds, only.began) == (50, "kill")


def test_in_flight_again_under_another_token_it_is_hit_again() -> None:
    only = stretch(
        evidence(attempt(59, "posted")),
        blow(10, ("t", "one")),
        blow(40, ("t", "two")),
    )
    assert only.seconds == 30


def test_blows_are_taken_in_order_of_time() -> None:
    found = blows_by_target([blow(40, ("t", "one")), blow(10, ("t", "one"))])
    assert found == {"t": [(later(10), "kill")]}


def test_a_blow_before_its_time_or_after_its_end_does_not_count() -> None:
    only = stretch(
        evidence(attempt(59, "posted")), blow(-5, ("t", "a")), blow(90, ("t", "b"))
    )
    assert (only.seconds, only.hit) == (60, False)


def test_what_has_not_ended_lasts_until_now() -> None:
    only = stretch(evidence(attempt(10, ""), status="reconciling", posted_at=None))
    assert (only.seconds, only.began) == (190, "open")


def test_a_failure_ends_with_its_last_try() -> None:
    refused = attempt(30, "content_rejected")
    only = stretch(evidence(refused, status="failed", posted_at=None))
    assert only.seconds == 30


def beside(*attempts: Attempt, account: str = "a") -> Evidence:
    """The one target with another one that has these tries."""
    found = evidence(attempt(59, "posted"))
    other = Target("u", account, "posted", posted_at=later(61), attempts=attempts)
    (post,) = found.posts
    return replace(found, posts=[replace(post, targets=[*post.targets, other])])


def first_of(found: Evidence, *blows: Blow) -> Stretch:
    made = stretches(found, blows, now=later(200))
    return next(one for one in made if one.target == "t")


def test_what_holds_up_its_account_holds_up_a_target_too() -> None:
    found = beside(attempt(50, "posted"))
    only = first_of(found, blow(20, ("u", "token")))
    assert (only.seconds, only.began, only.hit, only.late) == (40, "kill", False, 60)
    lost = first_of(beside(attempt(20, "adopted")))
    assert (lost.seconds, lost.began) == (40, "adopted")


def test_another_account_or_a_try_that_holds_nobody_up_is_no_excuse() -> None:
    other = beside(attempt(20, "adopted"), account="b")
    assert first_of(other, blow(20, ("u", "token"))).seconds == 60
    assert first_of(beside(attempt(20, "unavailable"))).seconds == 60


def result(seconds: float, **changes: Any) -> Result:
    found = Stretch(seconds, "c00001", "t", "kill", hit=True, late=seconds)
    given: dict[str, Any] = {"kills": 3, "faults": 4, "deviations": [], **changes}
    return Result(evidence=evidence(), stretches=[found], **given)


def test_the_line() -> None:
    assert result(12.34).line() == (
        "chaos: posts=1 kills=3 faults=4 lost=0 doubled=0 wrong_state=0 "
        "unconfirmed=0 max_recovery_s=12.3 uploaded_again=0"
    )


def test_an_upload_too_many_breaks_the_promise_unless_a_handle_was_lost() -> None:
    made = result(1.0)
    explained = replace(made.evidence, uploaded_again=2, uploads_lost=2)
    assert replace(made, evidence=explained).good
    one_more = replace(made, evidence=replace(explained, uploaded_again=3))
    assert (one_more.uploaded_again, one_more.good) == (1, False)


@pytest.mark.parametrize(("seconds", "good"), [(90.0, True), (90.1, False)])
def test_too_slow_a_recovery_breaks_the_promise(seconds: float, *, good: bool) -> None:
    assert result(seconds).good is good


def test_a_run_that_did_not_work_proves_nothing() -> None:
    assert not result(1.0, failures=["not all posts were written"]).good


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (50, 99)
    assert percentile([], 0.5) == 0
