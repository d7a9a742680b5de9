"""Compares what stands on the networks with what the database says: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.chaos.evidence import (
    Accepted,
    Attempt,
    Evidence,
    Standing,
    Step,
    StoredPost,
    Target,
)
from tests.chaos.showing import wrong_media

LOST, DOUBLED, WRONG_STATE = "lost", "doubled", "wrong_state"
FINISHED = {"posted", "failed", "cancelled", "unconfirmed"}
FORBIDDEN = 403

#: Account and text: where a reader would see it.
Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that is not as promised, in words."""

    kind: str
    marker: str
    where: str
    words: str
    ledger: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.marker} {self.where}: {self.words}"


def told(deviations: Sequence[Deviation]) -> list[str]:
    """A line for each, and the ledger once below all that is about one target."""
    lines: list[str] = []
    for target, about in groupby(deviations, key=lambda one: (one.where, one.ledger)):
        lines += [str(one) for one in about]
        if target[1]:
            lines.append(f"    ledger: {target[1]}")
    return lines


@dataclass(frozen=True, slots=True)
class Case:
    """One target on trial: what was asked for, what is stored, what stands."""

    order: Accepted
    network: str
    handle: str
    target: Target
    standing: Mapping[Place, Sequence[Standing]]
    renditions: Mapping[str, frozenset[str]]

    def found(self, text: str) -> Sequence[Standing]:
        """Everything with this text that stands on the account."""
        return self.standing.get((self.network, self.handle, text), ())

    def step(self, position: int) -> Step | None:
        """The step at this place."""
        steps = (step for step in self.target.steps if step.position == position)
        return next(steps, None)

    def deviation(self, kind: str, words: str) -> Deviation:
        """Something about this target."""
        return Deviation(
            kind=kind,
            marker=self.order.marker,
            where=f"{self.network} @{self.handle} target {self.target.id}",
            words=words,
            ledger=ledger_of(self.target.attempts),
        )


def judge(evidence: Evidence) -> list[Deviation]:
    """Every deviation from the promise; none is what is hoped for."""
    standing = _by_place(evidence.standing)
    stored = {post.id: post for post in evidence.posts}
    found: list[Deviation] = []
    for order in evidence.accepted:
        post = stored.get(order.post)
        found += _judge_post(order, post, standing, evidence.renditions)
    return [
        *found,
        *_posts_too_many(evidence),
        *_strangers(evidence),
        *_too_many_refused(evidence),
        *_sent_twice(evidence),
    ]


def _by_place(standing: Sequence[Standing]) -> dict[Place, list[Standing]]:
    places: dict[Place, list[Standing]] = defaultdict(list)
    for one in standing:
        places[one.network, one.account, one.text].append(one)
    return places


def ledger_of(attempts: Sequence[Attempt]) -> str:
    """Every try in a line."""
    return "; ".join(
        f"{one.opened_at:%H:%M:%S.%f} part {one.position} {one.outcome or 'OPEN'}"
        f"{f' {one.error_code}' if one.error_code else ''}"
        f"{f' HTTP {one.http_status}' if one.http_status else ''}"
        for one in attempts
    )


def _judge_post(
    order: Accepted,
    post: StoredPost | None,
    standing: Mapping[Place, Sequence[Standing]],
    renditions: Mapping[str, frozenset[str]],
) -> Iterator[Deviation]:
    if post is None:
        words = "the API accepted it, and the database doesn't have it"
        yield Deviation(LOST, order.marker, "database", words)
        return
    targets = {target.account: target for target in post.targets}
    for account, (network, handle) in order.accounts.items():
        target = targets.pop(account, None)
        if target is None:
            where = f"{network} @{handle}"
            yield Deviation(LOST, order.marker, where, "it has no target there")
            continue
        case = Case(order, network, handle, target, standing, renditions)
        yield from _judge_target(case)
    for target in targets.values():
        words = f"it was not asked for on account {target.account}"
        yield Deviation(WRONG_STATE, order.marker, "database", words)
    yield from _wrong_post(order, post)


def _wrong_post(order: Accepted, post: StoredPost) -> Iterator[Deviation]:
    expected = post_status([target.status for target in post.targets])
    if post.status != expected:
        words = f"the post is {post.status}; by its targets it is {expected}"
        yield Deviation(WRONG_STATE, order.marker, "database", words)


def post_status(targets: Sequence[str]) -> str:
    """The status of a post whose targets have all ended."""
    for first in ("posting", "reconciling"):
        if first in targets:
            return first
    if {"queued", "scheduled"} & set(targets):
        return "scheduled"
    if "unconfirmed" in targets:
        return "unconfirmed"
    if "posted" in targets:
        return "posted" if set(targets) == {"posted"} else "partially_posted"
    return "failed" if "failed" in targets else "cancelled"


def _judge_target(case: Case) -> Iterator[Deviation]:
    yield from _wrong_parts(case)
    yield from _wrong_end(case)
    yield from _left_over(case)
    yield from _wrong_steps(case)


def _wrong_parts(case: Case) -> Iterator[Deviation]:
    """How often each part stands, and how often it should."""
    for position, text in enumerate(case.order.parts):
        found, wanted = case.found(text), _should_stand(case, position)
        if not found and wanted:
            yield case.deviation(LOST, f"part {position} stands nowhere")
        if found and not wanted:
            words = f"part {position} stands at {found[0].url}, and should not"
            yield case.deviation(WRONG_STATE, words)
        for extra in found[1:]:
            yield case.deviation(
                DOUBLED, f"part {position} stands again at {extra.url}"
            )
        for one in found:
            yield from _wrong_look(case, position, one)


def _wrong_look(case: Case, position: int, one: Standing) -> Iterator[Deviation]:
    """A part as its readers see it: not too early, never changed, with its media."""
    if one.created_at < case.order.due:
        early = (case.order.due - one.created_at).total_seconds()
        words = f"part {position} was {early:.1f} s too early"
        yield case.deviation(WRONG_STATE, words)
    if one.edits:
        words = f"part {position} was changed {one.edits} times after it appeared"
        yield case.deviation(WRONG_STATE, words)
    wrong = wrong_media(
        case.order.shown(position),
        one.media,
        network=case.network,
        renditions=case.renditions,
    )
    if wrong:
        yield case.deviation(WRONG_STATE, f"part {position} {wrong}")


def _should_stand(case: Case, position: int) -> bool:
    """All parts, but those from the one on that the network has forbidden."""
    step = case.step(position)
    if case.target.status == "failed" and _refused_at(case.target) is not None:
        return position < (_refused_at(case.target) or 0)
    return not (step is not None and step.abandoned and _refused(case, position))


def _refused_at(target: Target) -> int | None:
    """The place of the part that the network has forbidden."""
    last = max(target.attempts, key=lambda one: one.opened_at, default=None)
    return last.position if last and _is_refusal(last) else None


def _refused(case: Case, position: int) -> bool:
    return any(
        _is_refusal(one) and one.position == position for one in case.target.attempts
    )


def _is_refusal(attempt: Attempt) -> bool:
    return (attempt.outcome, attempt.http_status) == ("content_rejected", FORBIDDEN)


def _wrong_end(case: Case) -> Iterator[Deviation]:
    """Whether it has ended, and as what it should."""
    target = case.target
    if target.status not in FINISHED:
        yield case.deviation(LOST, f"it is still {target.status}")
    elif target.status in {"unconfirmed", "cancelled"}:
        words = f"it is {target.status}, and the network could tell"
        yield case.deviation(WRONG_STATE, words)
    elif target.status == "failed":
        yield from _wrong_failure(case)
    elif target.posted_at is None:
        yield case.deviation(WRONG_STATE, "it is posted without a time")


def _wrong_failure(case: Case) -> Iterator[Deviation]:
    if not case.target.error_message:
        yield case.deviation(WRONG_STATE, "it failed, and nobody is told why")
    if _refused_at(case.target) is None:
        words = f"it failed, and nothing forbade it: {case.target.error_message}"
        yield case.deviation(WRONG_STATE, words)


#: How a try ends that leaves its part standing.
ANSWERED = frozenset({"posted", "adopted"})


def _left_over(case: Case) -> Iterator[Deviation]:
    """What an ended target must not have any more, and what it must."""
    target = case.target
    if target.held and target.status in FINISHED:
        yield case.deviation(WRONG_STATE, "a token or lease is left on it")
    if any(not attempt.outcome for attempt in target.attempts):
        yield case.deviation(WRONG_STATE, "an attempt is still open")
    wanted = int(target.status == "posted")
    if target.told != wanted:
        words = f"the activity says {target.told} times that it is posted"
        yield case.deviation(WRONG_STATE, words)


def _wrong_steps(case: Case) -> Iterator[Deviation]:
    texts = [step.text for step in case.target.steps]
    if case.target.status == "posted" and texts != list(case.order.parts):
        yield case.deviation(WRONG_STATE, f"its steps are {texts}")
    for step in case.target.steps:
        found = case.found(step.text)
        if len(found) == 1:
            yield from _wrong_step(case, step, found[0])
        elif step.remote_id and not found:
            words = f"part {step.position} is nowhere, and has id {step.remote_id}"
            yield case.deviation(WRONG_STATE, words)


def _wrong_step(case: Case, step: Step, stands: Standing) -> Iterator[Deviation]:
    part = f"part {step.position}"
    if step.remote_id != stands.id:
        words = f"{part} is {stands.id} there and {step.remote_id or 'nothing'} here"
        yield case.deviation(WRONG_STATE, words)
    if step.remote_url != stands.url:
        words = f"{part} is at {stands.url}, not at {step.remote_url or 'no address'}"
        yield case.deviation(WRONG_STATE, words)
    if step.position == 0 and case.target.remote_url != stands.url:
        words = f"the target's link is {case.target.remote_url or 'empty'}"
        yield case.deviation(WRONG_STATE, words)
    tries = {
        one.outcome for one in case.target.attempts if one.position == step.position
    }
    if step.remote_id and not tries & ANSWERED:
        yield case.deviation(WRONG_STATE, f"{part} has an id, and no try that got it")
    wanted = _answered(case, step.position)
    if stands.reply_to != wanted:
        words = f"{part} answers {stands.reply_to}, not {wanted}"
        yield case.deviation(WRONG_STATE, words)


def _answered(case: Case, position: int) -> str | None:
    """Id of the post that this part must answer, as it stands on the network.

    By what was asked for, whatever the database calls the part.
    """
    if position == 0:
        return None
    comment = case.order.comment and position == len(case.order.parts) - 1
    before = 0 if comment else position - 1
    found = case.found(case.order.parts[before])
    return found[0].id if found else None


def _posts_too_many(evidence: Evidence) -> Iterator[Deviation]:
    """Posts that the database has twice, or that nobody was told of."""
    known = {order.post for order in evidence.accepted}
    copies = Counter(post.content for post in evidence.posts)
    for post in evidence.posts:
        if post.id not in known:
            kind = DOUBLED if copies[post.content] > 1 else WRONG_STATE
            words = f"post {post.id} ({post.content!r}) was never answered for"
            yield Deviation(kind, post.content[:6], "database", words)


def _strangers(evidence: Evidence) -> Iterator[Deviation]:
    """What stands where nobody wanted it."""
    wanted = {
        (network, handle, text)
        for order in evidence.accepted
        for network, handle in order.accounts.values()
        for text in order.parts
    }
    for one in evidence.standing:
        if (one.network, one.account, one.text) not in wanted:
            where = f"{one.network} @{one.account}"
            words = f"{one.text!r} stands at {one.url}, and was not asked for"
            yield Deviation(WRONG_STATE, one.text[:6], where, words)


def _too_many_refused(evidence: Evidence) -> Iterator[Deviation]:
    """More posts were given up as forbidden than calls were answered so."""
    networks = {
        account: network
        for order in evidence.accepted
        for account, (network, _) in order.accounts.items()
    }
    refused = Counter(
        networks.get(target.account, "")
        for post in evidence.posts
        for target in post.targets
        for attempt in target.attempts
        if _is_refusal(attempt)
    )
    for network, number in refused.items():
        allowed = evidence.forbidden.get(network, 0)
        if number > allowed:
            words = f"{number} were refused, and {allowed} calls were forbidden"
            yield Deviation(WRONG_STATE, "-", network, words)


def _sent_twice(evidence: Evidence) -> Iterator[Deviation]:
    if evidence.refused_duplicates:
        words = (
            f"a text was sent again {evidence.refused_duplicates} times; only the "
            "network's refusal of duplicates kept it from standing twice"
        )
        yield Deviation(WRONG_STATE, "-", "x", words)
