"""The judge sees every kind of deviation, and none where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.evidence import (
    Accepted,
    Attempt,
    Evidence,
    Shown,
    Standing,
    Step,
    StoredPost,
    Target,
)
from tests.chaos.judge import DOUBLED, LOST, WRONG_STATE, judge, post_status, told
from tests.chaos.showing import wrong_media

DUE = datetime(2030, 1, 1, tzinfo=UTC)
TEXTS = ("c00001 part 1 of 2", "c00001 part 2 of 2")
COMMENT = "c00001 comment"
PARTS = (*TEXTS, COMMENT)
KINDS = ("post", "thread_part", "first_comment")


def later(seconds: float) -> datetime:
    return DUE + timedelta(seconds=seconds)


def url(position: int) -> str:
    return f"http://x/ada/{position}"


def attempt(position: int, outcome: str = "posted", **changes: Any) -> Attempt:
    closed = later(position + 0.5) if outcome else None
    made = Attempt(position, later(position), closed, outcome)
    return replace(made, **changes)


def step(position: int, **changes: Any) -> Step:
    made = Step(
        position=position,
        kind=KINDS[position],
        text=PARTS[position],
        remote_id=f"id{position}",
        remote_url=url(position),
        abandoned=False,
    )
    return replace(made, **changes)


def stands(position: int, **changes: Any) -> Standing:
    made = Standing(
        network="x",
        account="ada",
        id=f"id{position}",
        text=PARTS[position],
        url=url(position),
        reply_to="id0" if position else None,  # part 2 answers 1, so does the comment
        created_at=later(position + 0.2),
    )
    return replace(made, **changes)


def target(**changes: Any) -> Target:
    made = Target(
        id="t1",
        account="a1",
        status="posted",
        remote_url=url(0),
        posted_at=later(3),
        told=1,
        steps=[step(0), step(1), step(2)],
        attempts=[attempt(0), attempt(1), attempt(2)],
    )
    return replace(made, **changes)


def evidence(
    only: Target | None = None, standing: list[Standing] | None = None, **changes: Any
) -> Evidence:
    one = target() if only is None else only
    status = post_status([one.status])
    made = Evidence(
        accepted=[Accepted("c00001", "p1", TEXTS, COMMENT, {"a1": ("x", "ada")}, DUE)],
        posts=[StoredPost("p1", TEXTS[0], status, [one])],
        standing=[stands(0), stands(1), stands(2)] if standing is None else standing,
        forbidden={"x": 1},
    )
    return replace(made, **changes)


def kinds(found: Evidence) -> list[str]:
    return [deviation.kind for deviation in judge(found)]


def refused(position: int) -> Attempt:
    return attempt(position, "content_rejected", http_status=403)


def test_nothing_is_wrong_where_all_is_right() -> None:
    assert judge(evidence()) == []


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_part_that_stands_nowhere_is_lost(missing: int) -> None:
    left = [stands(position) for position in range(3) if position != missing]
    found = [one for one in judge(evidence(standing=left)) if one.kind == LOST]
    assert [one.words for one in found] == [f"part {missing} stands nowhere"]


@pytest.mark.parametrize("status", ["scheduled", "queued", "posting", "reconciling"])
def test_a_target_that_has_not_ended_is_lost(status: str) -> None:
    unfinished = target(status=status, told=0, posted_at=None)
    assert kinds(evidence(unfinished)) == [LOST]


@pytest.mark.parametrize("again", [0, 1, 2])
def test_a_part_that_stands_twice_is_doubled(again: int) -> None:
    standing = [stands(0), stands(1), stands(2), stands(again, id="id9", url=url(9))]
    found = judge(evidence(standing=standing))
    assert [one.kind for one in found] == [DOUBLED]
    assert found[0].words == f"part {again} stands again at {url(9)}"


def test_a_part_that_stands_three_times_is_doubled_twice() -> None:
    more = [stands(0, id="id8", url=url(8)), stands(0, id="id9", url=url(9))]
    standing = [stands(0), stands(1), stands(2), *more]
    assert kinds(evidence(standing=standing)) == [DOUBLED, DOUBLED]


def test_the_same_words_on_another_account_are_seen() -> None:
    standing = [stands(0), stands(1), stands(2), stands(0, account="bob")]
    assert kinds(evidence(standing=standing)) == [WRONG_STATE]


def test_a_post_that_the_database_has_twice_is_doubled() -> None:
    post = evidence().posts[0]
    twice = [post, StoredPost("p2", TEXTS[0], "cancelled")]
    assert kinds(evidence(posts=twice)) == [DOUBLED]


def test_a_post_that_the_database_has_lost_is_lost() -> None:
    assert kinds(evidence(posts=[], standing=[])) == [LOST]


def test_a_target_that_the_database_has_lost_is_lost() -> None:
    assert LOST in kinds(evidence(posts=[StoredPost("p1", TEXTS[0], "posted")]))


def test_a_target_that_nobody_asked_for_is_seen() -> None:
    post = evidence().posts[0]
    more = replace(post, targets=[*post.targets, target(id="t2", account="a2")])
    assert kinds(evidence(posts=[more])) == [WRONG_STATE]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"told": 2}, "the activity says 2 times that it is posted"),
        ({"told": 0}, "the activity says 0 times that it is posted"),
        ({"held": True}, "a token or lease is left on it"),
        ({"posted_at": None}, "it is posted without a time"),
        ({"remote_url": ""}, "the target's link is empty"),
        (
            {"attempts": [attempt(0), attempt(1), attempt(2), attempt(2, "")]},
            "an attempt is still open",
        ),
        (
            {"steps": [step(0), step(1), step(2, remote_id="")]},
            "part 2 is id2 there and nothing here",
        ),
        (
            {"steps": [step(0, remote_id="id7"), step(1), step(2)]},
            "part 0 is id0 there and id7 here",
        ),
        (
            {"steps": [step(0), step(1, remote_url=url(7)), step(2)]},
            f"part 1 is at {url(1)}, not at {url(7)}",
        ),
    ],
)
def test_a_posted_target_must_say_what_the_network_shows(
    wrong: dict[str, Any], words: str
) -> None:
    found = judge(evidence(target(**wrong)))
    assert [(one.kind, one.words) for one in found] == [(WRONG_STATE, words)]


def test_steps_that_are_missing_are_seen() -> None:
    assert kinds(evidence(target(steps=[step(0), step(1)]))) == [WRONG_STATE]


def test_a_part_that_answers_the_wrong_one_is_seen() -> None:
    standing = [stands(0), stands(1), stands(2, reply_to="id1")]
    found = judge(evidence(standing=standing))
    assert [one.words for one in found] == ["part 2 answers id1, not id0"]


def test_a_post_before_its_time_is_seen() -> None:
    standing = [stands(0, created_at=later(-2)), stands(1), stands(2)]
    found = judge(evidence(standing=standing))
    assert [one.words for one in found] == ["part 0 was 2.0 s too early"]


@pytest.mark.parametrize("status", ["unconfirmed", "cancelled"])
def test_ends_that_nobody_asked_for_are_wrong(status: str) -> None:
    found = kinds(evidence(target(status=status, told=0)))
    assert found == [WRONG_STATE]


def test_a_post_whose_status_is_not_its_targets_is_seen() -> None:
    post = replace(evidence().posts[0], status="posting")
    assert kinds(evidence(posts=[post])) == [WRONG_STATE]


def failed(**changes: Any) -> Target:
    made = target(
        status="failed",
        told=0,
        error_message="X refused this.",
        posted_at=None,
        steps=[step(0), step(1, remote_id="", remote_url=""), step(2, remote_id="")],
        attempts=[attempt(0), refused(1)],
    )
    return replace(made, **changes)


def test_what_the_network_forbade_may_fail_and_the_rest_stands() -> None:
    assert judge(evidence(failed(), standing=[stands(0)])) == []


def test_a_failure_without_a_reason_is_wrong() -> None:
    silent = failed(error_message="")
    assert kinds(evidence(silent, standing=[stands(0)])) == [WRONG_STATE]


def test_a_failure_that_nothing_forbade_is_wrong_and_its_parts_are_lost() -> None:
    gave_up = failed(attempts=[attempt(0), attempt(1, "unavailable")])
    found = kinds(evidence(gave_up, standing=[stands(0)]))
    assert found == [LOST, LOST, WRONG_STATE]


def test_a_failure_whose_part_stands_after_all_is_wrong() -> None:
    found = kinds(evidence(failed(), standing=[stands(0), stands(1)]))
    assert set(found) == {WRONG_STATE}


def test_more_refusals_than_the_network_made_are_wrong() -> None:
    found = evidence(failed(), standing=[stands(0)], forbidden={})
    assert kinds(found) == [WRONG_STATE]


def test_a_forbidden_first_comment_leaves_the_post_posted() -> None:
    without = target(
        error_code="first_comment",
        steps=[step(0), step(1), step(2, remote_id="", remote_url="", abandoned=True)],
        attempts=[attempt(0), attempt(1), refused(2)],
    )
    assert judge(evidence(without, standing=[stands(0), stands(1)])) == []


def test_a_first_comment_given_up_for_nothing_is_lost() -> None:
    without = target(
        steps=[step(0), step(1), step(2, remote_id="", remote_url="", abandoned=True)],
        attempts=[attempt(0), attempt(1), attempt(2, "unavailable")],
    )
    assert kinds(evidence(without, standing=[stands(0), stands(1)])) == [LOST]


def test_a_text_that_was_sent_twice_is_seen_even_if_it_was_refused() -> None:
    assert kinds(evidence(refused_duplicates=1)) == [WRONG_STATE]


SHOWN = (Shown("sent", "image", "a cat"), Shown("moving", "video", "a dog"))
RENDITIONS = {"sent": frozenset({"clean", "small"}), "moving": frozenset({"mp4"})}


def illustrated(*found: tuple[str, str], network: str = "mastodon") -> str:
    return wrong_media(SHOWN, found, network=network, renditions=RENDITIONS)


@pytest.mark.parametrize("first", ["clean", "small"])
def test_media_may_be_shown_as_they_were_made_for_the_network(first: str) -> None:
    assert illustrated((first, "a cat"), ("mp4", "a dog")) == ""
    assert illustrated((first, "a cat"), ("mp4", ""), network="x") == ""


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([("clean", "a cat")], "shows 1 files, not 2"),
        (
            [("mp4", "a dog"), ("clean", "a cat")],
            "shows other bytes than those of its image no. 1",
        ),
        (
            [("clean", "a cat"), ("sent", "a dog")],
            "shows other bytes than those of its video no. 2",
        ),
        (
            [("clean", "a cat"), ("mp4", "")],
            "describes file 2 as '', not as 'a dog'",
        ),
    ],
)
def test_missing_swapped_and_other_media_are_seen(
    found: list[tuple[str, str]], words: str
) -> None:
    assert illustrated(*found) == words


def test_media_belong_to_their_part() -> None:
    (order,) = evidence().accepted
    with_media = replace(order, media=((), SHOWN))
    shows = (("clean", "a cat"), ("mp4", ""))
    right = [stands(0), stands(1, media=shows), stands(2)]
    given = {"accepted": [with_media], "renditions": RENDITIONS}
    assert judge(evidence(standing=right, **given)) == []
    elsewhere = [stands(0, media=shows), stands(1), stands(2)]
    assert [one.words for one in judge(evidence(standing=elsewhere, **given))] == [
        "part 0 shows 2 files, not 0",
        "part 1 shows 0 files, not 2",
    ]


def test_a_part_that_was_changed_after_it_appeared_is_seen() -> None:
    changed = [stands(0), stands(1, edits=1), stands(2)]
    assert kinds(evidence(standing=changed)) == [WRONG_STATE]


def test_a_deviation_says_where_and_the_ledger_stands_below_once() -> None:
    found = judge(evidence(standing=[stands(0)]))
    assert told([one for one in found if one.kind == LOST]) == [
        "lost: c00001 x @ada target t1: part 1 stands nowhere",
        "lost: c00001 x @ada target t1: part 2 stands nowhere",
        (
            "    ledger: 00:00:00.000000 part 0 posted; 00:00:01.000000 part 1 posted; "
            "00:00:02.000000 part 2 posted"
        ),
    ]


@pytest.mark.parametrize(
    ("targets", "status"),
    [
        (["posted", "posted"], "posted"),
        (["posted", "failed"], "partially_posted"),
        (["failed", "failed"], "failed"),
        (["posted", "unconfirmed"], "unconfirmed"),
        (["posted", "queued"], "scheduled"),
        (["reconciling", "posted"], "reconciling"),
    ],
)
def test_a_post_is_what_its_targets_are(targets: list[str], status: str) -> None:
    assert post_status(targets) == status


def test_a_comment_under_the_wrong_part_is_seen_whatever_it_is_called() -> None:
    called = target(steps=[step(0), step(1), step(2, kind="thread_part")])
    misplaced = [stands(0), stands(1), stands(2, reply_to="id1")]
    assert kinds(evidence(called, misplaced)) == [WRONG_STATE]


@pytest.mark.parametrize("tries", [[], [attempt(2, "absent")]])
def test_an_id_that_no_try_got_is_wrong(tries: list[Attempt]) -> None:
    unexplained = target(attempts=[attempt(0), attempt(1), *tries])
    assert kinds(evidence(unexplained)) == [WRONG_STATE]


def test_an_id_that_a_look_up_found_is_right() -> None:
    found = target(attempts=[attempt(0), attempt(1), attempt(2, "adopted")])
    assert judge(evidence(found)) == []
