"""A cell carried out: a post goes out, dies and recovers, one tick at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import DatabaseError, close_old_connections
from django.db.models import F, Model

from social_media.enums import Instant, TargetStatus
from social_media.media.work import make_due
from social_media.models import (
    ConnectedAccount,
    MediaRendition,
    PostTarget,
    PublishAttempt,
    PublishStep,
)
from social_media.models.clock import database_now
from social_media.oauth.connect import connect
from social_media.publishing.ahead import upload_next
from social_media.publishing.claim import decline_late
from social_media.publishing.reconcile import due_look_ups, reconcile
from social_media.publishing.run import publish
from social_media.publishing.scan import forget_stale_bells, scan
from social_media.publishing.takeover import take_over_expired
from social_media.simulator.client import SimulatorClient
from tests.factories import WorkspaceFactory
from tests.pictures import clip, film, picture, show
from tests.social_media.publishing.conftest import due
from tests.social_media.publishing.matrix import Cell
from tests.social_media.publishing.matrix_owner import Owner
from tests.social_media.publishing.matrix_trouble import (
    NetworkTrouble,
    SetDeadline,
    Watch,
)

HANDLE = "ada"
#: Longer than leases, settle times, rate limits and most pauses between tries; three
#: of it are less than a key is kept, so that a call may be repeated with it.
A_WHILE = timedelta(minutes=15)
#: More than the longest recovery takes.
MOST_ROUNDS = 16
#: Uploads may begin so long before the post is due: time for one that dies, one that
#: fails and one that gets through.
AHEAD = 4.5 * A_WHILE
#: Seconds that a network works on a video: over before it is asked a second time.
PROCESSING = 0.02

#: Every moment that something waits for, or is compared with.
MOMENTS: dict[type[Model], tuple[str, ...]] = {
    ConnectedAccount: ("token_expires_at", "blocked_until", "refresh_lease_expires_at"),
    PostTarget: (
        *("due_at", "late_after", "queued_at", "lease_expires_at", "unknown_since"),
        *("prepare_at", "preparing_until"),
    ),
    MediaRendition: ("due_at", "lease_expires_at"),
    PublishStep: ("published_at", "repeat_until"),
    PublishAttempt: ("opened_at", "give_up_at", "closed_at"),
}


class Killed(BaseException):
    """Nothing catches this: all ends where it is raised, as `kill -9` ends it."""


@dataclass(slots=True)
class Stage:
    """Where one cell is carried out."""

    cell: Cell
    simulator: SimulatorClient
    account: ConnectedAccount
    owner: Owner
    network: NetworkTrouble
    watch: Watch
    targets: list[PostTarget]

    def play(self) -> None:
        """Tick until nothing is in flight; time passes and the owner acts between."""
        self.network.begin()
        for _ in range(MOST_ROUNDS):
            if not live_on():
                live_on()  # the others; too early for what the dead one had in hand
            if self._is_settled():
                break
            self.network.time_passes()
            self.owner.act(self.targets)
            let_time_pass(A_WHILE)

    def _is_settled(self) -> bool:
        unsettled = PostTarget.objects.exclude(status=TargetStatus.POSTED)
        return not unsettled.exists()


def live_on() -> bool:
    """One tick of the processes that live; False if one died in it."""
    try:
        _tick()
    except Killed:
        return False
    return True


def _tick() -> None:
    """As the tasks do it: what fails for the database ends alone."""
    for sweep in (decline_late, forget_stale_bells, take_over_expired):
        _alone(sweep)
    _alone(_ring_due)
    _alone(_ring_look_ups)
    _alone(_ring_uploads)
    _alone(partial(make_due, stopping=lambda: False))


def _ring_due() -> None:
    for batch in scan():
        for target_id in batch:
            _alone(partial(publish, target_id))


def _ring_look_ups() -> None:
    for target_id in due_look_ups():
        _alone(partial(reconcile, target_id))


def _ring_uploads() -> None:
    while upload_next():
        pass


def _alone(step: Callable[[], object]) -> None:
    try:
        step()
    except DatabaseError:
        close_old_connections()  # as a worker does after each task


def let_time_pass(by: timedelta) -> None:
    """As if all that stands in the database had been written so much earlier."""
    for model, names in MOMENTS.items():
        model._default_manager.update(**{name: F(name) - by for name in names})


def set_stage(
    cell: Cell,
    simulator: SimulatorClient,
    strike: Callable[[], None],
    set_deadline: SetDeadline,
) -> Stage:
    """An account with a thread that is due; in a chain, with a post before it."""
    given = simulator.account(cell.network, HANDLE)
    workspace = WorkspaceFactory()
    account = connect(workspace, platform=cell.platform, given=given, user=None)
    network = NetworkTrouble(simulator, cell, set_deadline)
    before = [due(account, "before")] if cell.chained else []
    target = due(account, "one", thread=("two",))
    if cell.illustrated:
        simulator.configure(processing_seconds=PROCESSING)
        illustrate(target, cell)
    return Stage(
        cell=cell,
        simulator=simulator,
        account=account,
        owner=Owner(simulator, cell, account),
        network=network,
        watch=Watch(cell, simulator, network, strike),
        targets=[*before, target],
    )


def illustrate(target: PostTarget, cell: Cell) -> None:
    """Pictures in its first part, two where nothing goes wrong on the network; a video
    in its second, of a kind that no network takes if a rendition is to be made.
    """
    workspace, post = target.account.workspace, target.post
    numbers = (1,) if cell.fault else (1, 2)
    show(post, *(picture(workspace, number=n, alt_text=f"no. {n}") for n in numbers))
    video = film if cell.instant == Instant.MEDIA_MADE else clip
    show(post, video(workspace, alt_text="moving"), part=1)
    if cell.ahead:
        now = database_now()
        PostTarget.objects.filter(pk=target.pk).update(
            due_at=now + AHEAD, prepare_at=now
        )
